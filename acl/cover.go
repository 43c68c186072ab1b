package acl

import (
	"cmp"
	"slices"
	"strings"

	"forseti/glob"
)

// cover answers whether an entry is covered by a broader glob of a set. A glob can cover
// only what begins and ends with the text that it does, so that they are looked up by
// that: thousands of them cost a name a lookup per byte and not a match each.
type cover struct {
	suffixes map[string]bool     // of globs such as *.example.org, by far the most common
	heads    map[string][]string // other globs, by the text before their first wildcard,
	tails    map[string][]string // and those without, by the text after their last one
}

// mostAlike is how many globs with one head or tail are looked at: the shortest. An entry
// that is not found to be covered does no harm, and whoever writes thousands of rules that
// are all alike must not make us compare each with each.
const mostAlike = 64

func newCover(entries []string) cover {
	c := cover{suffixes: map[string]bool{}, heads: map[string][]string{}, tails: map[string][]string{}}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e, "*")
		head, tail := ends(e)
		switch {
		case ok && !glob.Is(rest):
			c.suffixes[rest] = true
		case !glob.Is(e):
		case head != "":
			c.heads[head] = append(c.heads[head], e)
		default:
			c.tails[tail] = append(c.tails[tail], e)
		}
	}
	for _, all := range []map[string][]string{c.heads, c.tails} {
		for text, alike := range all {
			if len(alike) > mostAlike {
				slices.SortFunc(alike, func(a, b string) int {
					return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
				})
				all[text] = slices.Clip(alike[:mostAlike])
			}
		}
	}
	return c
}

// ends are the texts before the first wildcard of an entry and after its last one.
func ends(entry string) (head, tail string) {
	first := strings.IndexAny(entry, glob.Wildcards)
	if first < 0 {
		return entry, entry
	}
	return entry[:first], entry[strings.LastIndexAny(entry, glob.Wildcards)+1:]
}

// covers does not count the entry itself.
func (c cover) covers(entry string) bool {
	head, tail := ends(entry)
	by := func(alike []string) bool {
		return slices.ContainsFunc(alike, func(g string) bool { return g != entry && covers(g, entry) })
	}
	if len(c.suffixes)+len(c.tails) > 0 {
		for i := len(entry) - len(tail); i <= len(entry); i++ {
			if c.suffixes[entry[i:]] && !(i == 1 && entry[0] == '*') || by(c.tails[entry[i:]]) {
				return true
			}
		}
	}
	if len(c.heads) > 0 {
		for i := 1; i <= len(head); i++ {
			if by(c.heads[head[:i]]) {
				return true
			}
		}
	}
	return false
}

// each gives the globs of the set that match a name; of very many that are alike, those
// that are looked at.
func (c cover) each(name string, found func(glob string)) {
	match := func(alike []string) {
		for _, g := range alike {
			if glob.Match(g, name) {
				found(g)
			}
		}
	}
	for i := range len(name) + 1 {
		if c.suffixes[name[i:]] {
			found("*" + name[i:])
		}
		match(c.tails[name[i:]])
		match(c.heads[name[:i]]) // none is without a head
	}
}
