package e2ee

import (
	"os"
	"testing"

	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
)

// inner stops PostgreSQL too, if a test started it.
type inner struct{ *testing.M }

func (i inner) Run() int { return pgtest.Main(i.M) }

func TestMain(m *testing.M) { os.Exit(homeserver.Main(inner{m})) }
