package policy

import (
	"iter"
	"strings"

	"forseti/glob"
)

// globs files each pattern under one literal that its matches cannot do without, so that a lookup tries few of them:
// the start, the end from its first `.` or `:`, or four bytes anywhere. Of those the least crowded is taken, since lists
// tend to share a start (`@spam`) or an end (`:matrix.org`).
type globs struct {
	heads   bag[string]
	tails   bag[string]
	grams   bag[uint32]
	rest    []*entry
	starts  int                   // patterns filed under a start
	lengths [len(headLengths)]int // … of each length
	short   int                   // patterns filed under an end of less than four bytes
	// Most names have neither the beginning of a start nor four bytes that something is filed under.
	firsts, lasts, anywhere sieve
}

// filing says where a pattern is kept.
type filing struct {
	place place
	key   string
}

type place uint8

const (
	nowhere place = iota
	atHead
	atTail
	atGram
)

// headLengths bounds the looks that starts cost; a start is cut to the longest of these that fits.
var headLengths = [...]int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}

const (
	gramSize = 4
)

func gram(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// lastGrams are the beginnings of the ends that are long enough for one.
func (g *globs) lastGrams(yield func(uint32) bool) {
	for e := range g.tails.all() {
		if key := e.wild.filed.key; len(key) >= gramSize && !yield(gram(key)) {
			return
		}
	}
}

// firstGrams are the beginnings of the starts that are long enough for one.
func (g *globs) firstGrams(yield func(uint32) bool) {
	for e := range g.heads.all() {
		if key := e.wild.filed.key; len(key) >= gramSize && !yield(gram(key)) {
			return
		}
	}
}

func (g *globs) gramKeys(yield func(uint32) bool) {
	for e := range g.grams.all() {
		if !yield(gram(e.wild.filed.key)) {
			return
		}
	}
}

func (g *globs) add(e *entry) {
	e.wild.filed = g.choose(e.wild.glob)
	switch key := e.wild.filed.key; e.wild.filed.place {
	case atHead:
		g.heads.add(key, e)
		g.starts++
		g.lengths[lengthSlot(len(key))]++
		if len(key) >= gramSize {
			g.firsts.add(gram(key), g.firstGrams)
		}
	case atTail:
		g.tails.add(key, e)
		if len(key) >= gramSize {
			g.lasts.add(gram(key), g.lastGrams)
		} else {
			g.short++
		}
	case atGram:
		g.grams.add(gram(key), e)
		g.anywhere.add(gram(key), g.gramKeys)
	case nowhere:
		g.rest = append(g.rest, e)
	}
}

func (g *globs) remove(e *entry) {
	switch key := e.wild.filed.key; e.wild.filed.place {
	case atHead:
		g.heads.remove(key, e)
		g.starts--
		g.lengths[lengthSlot(len(key))]--
		if len(key) >= gramSize {
			g.firsts.remove(gram(key))
		}
	case atTail:
		g.tails.remove(key, e)
		if len(key) >= gramSize {
			g.lasts.remove(gram(key))
		} else {
			g.short--
		}
	case atGram:
		g.grams.remove(gram(key), e)
		g.anywhere.remove(gram(key))
	case nowhere:
		for i, other := range g.rest {
			if other == e {
				last := len(g.rest) - 1
				g.rest[i], g.rest[last] = g.rest[last], nil
				g.rest = g.rest[:last]
				return
			}
		}
	}
}

// choose finds the least crowded place; the first of equals wins, so the cheapest look comes first.
func (g *globs) choose(pattern glob.Pattern) filing {
	best, load := filing{}, len(g.rest)+1
	try := func(f filing, n int) {
		if best.place == nowhere || n < load {
			best, load = f, n
		}
	}
	tail := pattern.Tail()
	if i := strings.IndexAny(tail, ".:"); i >= 0 {
		try(filing{atTail, tail[i:]}, g.tails.count(tail[i:]))
	}
	if head := pattern.Head(); len(head) > 1 {
		key := head[:headLengths[lengthSlot(len(head))]]
		try(filing{atHead, key}, g.heads.count(key))
	}
	// More than a few tries would make a long pattern dear to add.
	tries := 64
	for part := range strings.FieldsFuncSeq(pattern.String(), func(r rune) bool { return r == '*' || r == '?' }) {
		for i := 0; i+gramSize <= len(part) && tries > 0 && load > 0; i++ {
			key := part[i : i+gramSize]
			try(filing{atGram, key}, g.grams.count(gram(key)))
			tries--
		}
	}
	return best
}

// lengthSlot is the place in headLengths of the longest one that n bytes can fill.
func lengthSlot(n int) int {
	slot := 0
	for slot+1 < len(headLengths) && headLengths[slot+1] <= n {
		slot++
	}
	return slot
}

// candidates calls look for every pattern that might match s, and each of them once at least.
func (g *globs) candidates(s string, look func(*entry)) {
	g.starting(s, look)
	g.within(s, 0, len(s), look)
	for _, e := range g.rest {
		look(e)
	}
}

func visit(one *entry, others []*entry, look func(*entry)) {
	if one == nil {
		return
	}
	look(one)
	for _, e := range others {
		look(e)
	}
}

// starting calls look for the patterns that are filed under a start of s.
func (g *globs) starting(s string, look func(*entry)) {
	if g.starts == 0 {
		return
	}
	long := len(s) >= gramSize && g.firsts.has(gram(s))
	if !long && g.starts == g.firsts.size {
		return
	}
	for slot, n := range g.lengths {
		if size := headLengths[slot]; n > 0 && size <= len(s) && (long || size < gramSize) {
			one, others := g.heads.get(s[:size])
			visit(one, others, look)
		}
	}
}

// within calls look for the patterns that are filed under an end of s, or four bytes of it, that begins from from on and
// before to.
func (g *globs) within(s string, from, to int, look func(*entry)) {
	tails := len(g.tails.first) > 0
	if whole := min(to, len(s)-gramSize+1); whole > from {
		key := gram(s[from:])
		for i := from; ; key = key>>8 | uint32(s[i+gramSize-1])<<24 {
			if tails && (s[i] == '.' || s[i] == ':') && g.lasts.has(key) {
				one, others := g.tails.get(s[i:])
				visit(one, others, look)
			}
			if g.anywhere.has(key) {
				one, others := g.grams.get(key)
				visit(one, others, look)
			}
			if i++; i == whole {
				break
			}
		}
		from = whole
	}
	// What is shorter than four bytes can only be an end.
	for i := from; i < to && g.short > 0; i++ {
		if s[i] == '.' || s[i] == ':' {
			one, others := g.tails.get(s[i:])
			visit(one, others, look)
		}
	}
}

func (g *globs) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, part := range []iter.Seq[*entry]{g.heads.all(), g.tails.all(), g.grams.all()} {
			for e := range part {
				if !yield(e) {
					return
				}
			}
		}
		for _, e := range g.rest {
			if !yield(e) {
				return
			}
		}
	}
}
