package community

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"forseti/protections/kit"
)

// The list is read when it changes. What is missing or broken is told once, and loosens
// nothing.
func TestScamListIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scams")
	var list *kit.Domains
	var told []string
	s := &scams{path: path, log: zerolog.Nop(), post: func(f func()) { f() }, take: func(d *kit.Domains) { list = d }, told: func(trouble string) { told = append(told, trouble) }}
	at := time.Now()
	write := func(text string) {
		t.Helper()
		at = at.Add(time.Hour)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what        string
		change      func()
		scam, other bool
		told        string // the beginning of what is told; "-" for nothing
	}{
		{"missing", func() {}, false, false, "The operator's list"},
		{"missing still", func() {}, false, false, "-"},
		{"there", func() { write("scam.example\n") }, true, false, ""},
		{"as it was", func() {}, true, false, "-"},
		{"longer", func() { write("scam.example\nother.example\n") }, true, true, ""},
		{"broken", func() { write("<html><body>no such page</body></html>\n") }, true, true, "The operator's list"},
		{"empty", func() { write("") }, true, true, "The operator's list"},
		{"gone", func() { os.Remove(path) }, true, true, "The operator's list"},
		{"a folder", func() { os.Mkdir(path, 0o700) }, true, true, "The operator's list"},
		{"again", func() { os.Remove(path); write("other.example\n") }, false, true, ""},
	} {
		told = nil
		step.change()
		s.look()
		if list.Has("scam.example") != step.scam || list.Has("www.other.example") != step.other {
			t.Errorf("%s: %d hosts", step.what, list.Len())
		}
		switch {
		case step.told == "-" && len(told) == 0:
		case len(told) != 1 || step.told == "" && told[0] != "" || !strings.HasPrefix(told[0], step.told):
			t.Errorf("%s: told %q", step.what, told)
		}
	}
}
