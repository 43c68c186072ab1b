package matrix

import (
	"os"
	"testing"

	"forseti/internal/homeserver"
)

func TestMain(m *testing.M) { os.Exit(homeserver.Main(m)) }
