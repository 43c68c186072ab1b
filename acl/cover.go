package acl

import (
	"strings"

	"forseti/glob"
)

// cover answers whether an entry is covered by a broader glob of a set. Globs such
// as *.example.org, by far the most common, are looked up by their suffix, so that
// thousands of them cost a name a lookup per byte and not a match each.
type cover struct {
	suffixes map[string]bool
	globs    []string
}

func newCover(entries []string) cover {
	c := cover{suffixes: map[string]bool{}}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e, "*")
		switch {
		case ok && !glob.Is(rest):
			c.suffixes[rest] = true
		case glob.Is(e):
			c.globs = append(c.globs, e)
		}
	}
	return c
}

// covers does not count the entry itself.
func (c cover) covers(entry string) bool {
	if len(c.suffixes) > 0 {
		tail := strings.LastIndexAny(entry, "*?") + 1
		for i := tail; i <= len(entry); i++ {
			if c.suffixes[entry[i:]] && !(i == 1 && entry[0] == '*') {
				return true
			}
		}
	}
	for _, g := range c.globs {
		if g != entry && covers(g, entry) {
			return true
		}
	}
	return false
}
