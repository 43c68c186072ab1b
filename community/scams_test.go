package community

import (
	"fmt"
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
	s := &scams{path: path, kept: openStore(t).Settings, log: zerolog.Nop(), post: func(f func()) { f() }, take: func(d *kit.Domains) { list = d }, told: func(trouble string) { told = append(told, trouble) }}
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
		{"a folder", func() { os.Mkdir(path, 0o700) }, true, true, "The operator's list of known scams cannot be read: `" + path + " is a folder`. What I had read of it before holds on."},
		{"a folder still", func() {}, true, true, "-"},
		{"2 GB", func() { os.Remove(path); write("x"); os.Truncate(path, 2<<30) }, true, true, "The operator's list of known scams cannot be read: `" + path + " has 2048 MB, and may have 128`."},
		{"one line", func() { write("scam.example\n" + strings.Repeat("x", 100_000)) }, true, true, "The operator's list of known scams cannot be read: `line 2 is longer than 64 kB`."},
		{"again", func() { write("other.example\n") }, false, true, ""},
		{"some lines wrong", func() { write(strings.Repeat("other.example\n", 99) + "scam example is bad\n") }, false, true, "The operator's list of known scams is read, but 1 of its 100 lines are no hosts, the first is line 100; those are left out."},
		{"those of every machine", func() {
			write("127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n0.0.0.0 0.0.0.0\n0.0.0.0 other.example\n")
		}, false, true, ""},
		{"another as old and as long", func() {
			os.Rename(path, path+"~")
			write("xscam.example\n")
			write("127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n0.0.0.0 0.0.0.0\n0.0.0.0 scams.example\n")
			at = at.Add(-2 * time.Hour)
			os.Chtimes(path, at, at)
		}, false, false, ""},
		{"being written", func() {
			at = time.Now().Add(-time.Hour)
			write("scam.example\n")
			os.Chtimes(path, time.Now(), time.Now())
		}, false, false, "-"},
		{"written", func() { at = time.Now().Add(-time.Hour); os.Chtimes(path, at, at) }, true, false, ""},
	} {
		told = nil
		step.change()
		s.look(t.Context())
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

// What cannot be read from the start on is no list that holds on; and a million hosts are one.
func TestScamListFromTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scams")
	var list *kit.Domains
	var told []string
	s := &scams{path: path, kept: openStore(t).Settings, log: zerolog.Nop(), post: func(f func()) { f() }, take: func(d *kit.Domains) { list = d }, told: func(trouble string) { told = append(told, trouble) }}
	s.look(t.Context())
	if len(told) != 1 || !strings.Contains(told[0], "I have never read it, so no link is compared with it.") {
		t.Errorf("%q", told)
	}
	var many strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&many, "h%d.example\n", i)
	}
	if err := os.WriteFile(path, []byte(many.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.look(t.Context()); list.Len() != 1_000_000 || !list.Has("www.h999999.example") || list.Has("h1000000.example") {
		t.Errorf("%d hosts", list.Len())
	}
	if len(told) != 2 || told[1] != "" {
		t.Errorf("%q", told)
	}
}

// What was read last holds on over a restart, whatever the file is by then; and another file takes
// its place.
func TestScamListOutlivesARestart(t *testing.T) {
	path, kept := filepath.Join(t.TempDir(), "scams"), openStore(t).Settings
	start := func() (list *kit.Domains, told string) {
		s := &scams{path: path, kept: kept, log: zerolog.Nop(), post: func(f func()) { f() }, take: func(d *kit.Domains) { list = d }, told: func(trouble string) { told = trouble }}
		s.load(t.Context())
		s.look(t.Context())
		return list, told
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("scam.example\nother.example\n")
	if list, told := start(); list.Len() != 2 || told != "" {
		t.Errorf("%d hosts, told %q", list.Len(), told)
	}
	for what, change := range map[string]func(){
		"gone": func() { os.Remove(path) }, "empty": func() { write("") }, "broken": func() { write("<html> no such page </html>\n") },
	} {
		change()
		if list, told := start(); !list.Has("www.scam.example") || list.Len() != 2 || !strings.Contains(told, "What I had read of it before holds on.") {
			t.Errorf("%s: %d hosts, told %q", what, list.Len(), told)
		}
	}
	write("third.example\n")
	if list, told := start(); list.Has("scam.example") || !list.Has("third.example") || told != "" {
		t.Errorf("%d hosts, told %q", list.Len(), told)
	}
	// What cannot be read of what was kept is as if nothing was.
	os.Remove(path)
	if err := kept.Set(t.Context(), scamNamespace, scamKey, []byte("odd")); err != nil {
		t.Fatal(err)
	}
	if list, told := start(); list.Len() != 0 || !strings.Contains(told, "I have never read it") {
		t.Errorf("%d hosts, told %q", list.Len(), told)
	}
}
