package acl

import (
	"cmp"
	"slices"
	"strings"

	"forseti/glob"
)

// cover answers which globs of a set cover an entry. A glob can cover only what begins and
// ends with the text that it does, so that they are looked up by that: thousands of them
// cost an entry a few lookups and not a match each.
type cover struct {
	suffixes map[string]*entry // globs such as *.example.org, by far the most common
	heads    map[string]*alike // others, by how they begin, …
	tails    map[string]*alike // … those that begin with a wildcard, by how they end
	odd      alike             // those that take more than three comparisons
	lengths  [3]lengths        // of the keys of those maps
}

// alike is globs that are alike: those that are looked at, the shortest first, and the rest.
type alike struct{ first, rest []*entry }

// mostAlike is how many globs that are alike are looked at. An entry that is not found to be
// covered does no harm, and whoever writes thousands of rules that are all alike must not
// make us compare each with each.
const mostAlike = 16

// mostNeeded is the same for what may be needed in a room, of which only servers that are
// there are asked.
const mostNeeded = 1000

func emptyCover() cover {
	return cover{suffixes: map[string]*entry{}, heads: map[string]*alike{}, tails: map[string]*alike{}}
}

// newCover is a cover of entries that somebody wrote.
func newCover(entries []string) cover {
	c := emptyCover()
	for _, text := range entries {
		if e := (&entry{pattern: newPattern(text)}); e.wild {
			c.add(e)
		}
	}
	return c
}

// rungs are the lengths to which the ends of globs are cut, so that a long name has few.
var rungs = [...]int{16, 24, 32, 48, 64, 96, 128, 192}

func rung(n int) int {
	if n <= rungs[0] {
		return n
	}
	i, found := slices.BinarySearch(rungs[:], n)
	if found {
		return n
	}
	return rungs[i-1]
}

// place says where a glob is kept: by its suffix, or among those that are alike, of which fresh says whether
// it is to be made.
func (c *cover) place(g *entry, fresh bool) (suffix string, on *alike) {
	if rest, ok := strings.CutPrefix(g.text, "*"); ok && !glob.Is(rest) {
		return rest, nil
	}
	if !g.plain {
		return "", &c.odd
	}
	of, key, which := c.heads, g.head[:rung(len(g.head))], 1
	if key == "" {
		of, key, which = c.tails, g.tail[len(g.tail)-rung(len(g.tail)):], 2
	}
	if of[key] == nil && fresh {
		of[key] = &alike{}
		c.lengths[which].add(key)
	}
	return "", of[key]
}

// drop forgets those that are alike if there are none left.
func (c *cover) drop(g *entry, on *alike) {
	if len(on.first) > 0 || on == &c.odd {
		return
	}
	of, key, which := c.heads, g.head[:rung(len(g.head))], 1
	if key == "" {
		of, key, which = c.tails, g.tail[len(g.tail)-rung(len(g.tail)):], 2
	}
	delete(of, key)
	c.lengths[which].remove(len(key))
}

func byLength(a, b *entry) int {
	return cmp.Or(cmp.Compare(len(a.text), len(b.text)), strings.Compare(a.text, b.text))
}

// add takes in a glob, and gives which is looked at from now on, and which no more.
func (c *cover) add(g *entry) (come, gone *entry) {
	suffix, on := c.place(g, true)
	if on == nil {
		c.suffixes[suffix] = g
		c.lengths[0].add(suffix)
		return g, nil
	}
	i, _ := slices.BinarySearchFunc(on.first, g, byLength)
	if i == mostAlike {
		on.rest = append(on.rest, g)
		return nil, nil
	}
	on.first = slices.Insert(on.first, i, g)
	if len(on.first) > mostAlike {
		gone = on.first[mostAlike]
		on.first, on.rest = on.first[:mostAlike], append(on.rest, gone)
	}
	return g, gone
}

// remove takes out a glob that is there.
func (c *cover) remove(g *entry) (come, gone *entry) {
	suffix, on := c.place(g, false)
	if on == nil {
		delete(c.suffixes, suffix)
		c.lengths[0].remove(len(suffix))
		return nil, g
	}
	i, found := slices.BinarySearchFunc(on.first, g, byLength)
	if !found {
		on.take(slices.Index(on.rest, g))
		return nil, nil
	}
	on.first = slices.Delete(on.first, i, i+1)
	if len(on.rest) > 0 {
		least := 0
		for i := range on.rest {
			if byLength(on.rest[i], on.rest[least]) < 0 {
				least = i
			}
		}
		come = on.take(least)
		on.first = append(on.first, come)
	}
	c.drop(g, on)
	return come, g
}

// take takes one out of the rest.
func (on *alike) take(i int) *entry {
	e, last := on.rest[i], len(on.rest)-1
	on.rest[i], on.rest[last] = on.rest[last], nil
	on.rest = on.rest[:last]
	return e
}

// covers does not count the entry itself.
func (c *cover) covers(p *pattern) bool {
	covered := false
	c.each(p, false, func(*entry) bool {
		covered = true
		return false
	})
	return covered
}

// each gives the globs that cover another pattern, of those that are looked at, or of all
// that are not too many, until found says no.
func (c *cover) each(p *pattern, all bool, found func(g *entry) bool) {
	text := p.text
	for i := range c.lengths[0].all {
		l := &c.lengths[0].all[i]
		if l.n > len(text) {
			break
		}
		key := text[len(text)-l.n:]
		if !l.may(key) {
			continue
		}
		if g := c.suffixes[key]; g != nil && g.text != text && !found(g) {
			return
		}
	}
	some := func(globs []*entry) bool {
		for _, g := range globs {
			if g.wantsSign&^p.signs == 0 && g.covers(text) && g.text != text && !found(g) {
				return false
			}
		}
		return true
	}
	on := func(globs *alike) bool {
		return some(globs.first) && (!all || len(globs.rest) > mostNeeded || some(globs.rest))
	}
	for which, of := range [...]map[string]*alike{1: c.heads, 2: c.tails} {
		for i := range c.lengths[which].all {
			l := &c.lengths[which].all[i]
			if l.n > len(text) {
				break
			}
			key := text[:l.n]
			if which == 2 {
				key = text[len(text)-l.n:]
			}
			if !l.may(key) {
				continue
			}
			if globs := of[key]; globs != nil && !on(globs) {
				return
			}
		}
	}
	on(&c.odd)
}

// lengths counts keys by their length, and remembers with which letters those begin and end: of most names it is seen by
// these that none of a length is theirs.
type lengths struct {
	count map[int]int
	all   []length // sorted
}

type length struct {
	n           int
	first, last uint64 // a bit for each byte modulo 64, of those that are gone too
}

func bit(c byte) uint64 { return 1 << (c & 63) }

func (l *lengths) find(n int) (i int, found bool) {
	return slices.BinarySearchFunc(l.all, n, func(l length, n int) int { return cmp.Compare(l.n, n) })
}

func (l *lengths) add(key string) {
	n := len(key)
	if l.count == nil {
		l.count = map[int]int{}
	}
	i, found := l.find(n)
	if l.count[n]++; !found {
		l.all = slices.Insert(l.all, i, length{n: n})
	}
	if n > 0 {
		l.all[i].first |= bit(key[0])
		l.all[i].last |= bit(key[n-1])
	}
}

func (l *lengths) remove(n int) {
	if l.count[n]--; l.count[n] == 0 {
		i, _ := l.find(n)
		l.all = slices.Delete(l.all, i, i+1)
	}
}

// may reports whether a text may be a key. It has the length.
func (l *length) may(key string) bool {
	return l.n == 0 || l.first&bit(key[0]) != 0 && l.last&bit(key[l.n-1]) != 0
}
