package e2ee

import (
	"os"
	"testing"

	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(homeserver.Main(pgtest.Around(m))) }
