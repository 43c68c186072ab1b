//go:build unix

package community

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rs/zerolog"

	"forseti/protections/kit"
)

// Nobody waits for whoever writes into a pipe.
func TestScamListIsNoPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scams")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	var told []string
	s := &scams{path: path, kept: openStore(t).Settings, log: zerolog.Nop(), post: func(f func()) { f() }, take: func(*kit.Domains) { t.Error("it is a list") }, told: func(trouble string) { told = append(told, trouble) }}
	s.look(t.Context())
	s.look(t.Context())
	if len(told) != 1 || !strings.Contains(told[0], " is no file`.") {
		t.Errorf("%q", told)
	}
}
