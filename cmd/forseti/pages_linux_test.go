package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const smaps = `00400000-01377000 r-xp 00000000 fe:00 10380349                           /opt/the bot/forseti
Size:              15836 kB
Rss:               12956 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
01377000-023cb000 r--p 00f77000 fe:00 10380349                           /opt/the bot/forseti
Rss:               11984 kB
Anonymous:             0 kB
023cb000-023cc000 r--p 01fcb000 fe:00 10380349                           /opt/the bot/forseti
Rss:                   4 kB
Anonymous:             4 kB
023cc000-024b4000 rw-p 01fcc000 fe:00 10380349                           /opt/the bot/forseti
Anonymous:             0 kB
7f3626000000-7f3626100000 r--p 00000000 fe:00 10380350                   /opt/the bot/forseti.db
Anonymous:             0 kB
7f3626600000-7f36267c0000 r--p 00000000 00:00 0
Anonymous:             0 kB
7fff0000-zz r-xp 00000000 fe:00 10380349 /opt/the bot/forseti
Anonymous:             0 kB
`

// What was written to is kept, and what is not the program's.
func TestClean(t *testing.T) {
	want := []stretch{{0x400000, 0x1377000}, {0x1377000, 0x23cb000}}
	if got := clean([]byte(smaps), "/opt/the bot/forseti"); !slices.Equal(got, want) {
		t.Errorf("got %x", got)
	}
	if got := clean([]byte(smaps), "/opt/forseti"); len(got) > 0 {
		t.Errorf("of another program: %x", got)
	}
	for _, odd := range []string{"", "Anonymous: 0 kB\n", "-\n", "0-1\nAnonymous: 0 kB\n", "0-1 r--p\nAnonymous:\n", "\xff-\xff r--p 0 0 0 /opt/the bot/forseti"} {
		if got := clean([]byte(odd), "/opt/the bot/forseti"); len(got) > 0 {
			t.Errorf("%q: %x", odd, got)
		}
	}
}

// The program goes on as it was, and takes less.
func TestDropProgram(t *testing.T) {
	resident := func() int {
		raw, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip(err)
		}
		_, after, found := strings.Cut(string(raw), "RssFile:")
		if !found {
			t.Skip("the kernel does not tell what is of files")
		}
		kilobytes, err := strconv.Atoi(strings.Fields(after)[0])
		if err != nil {
			t.Fatal(err)
		}
		return kilobytes
	}
	before := resident()
	dropProgram()
	after := resident()
	if after > before*3/4 {
		t.Errorf("%d kB of files before, %d after", before, after)
	}
	for _, c := range subcommands() {
		if c.name == "" || c.run == nil {
			t.Error("what was read of the program is gone")
		}
	}
}
