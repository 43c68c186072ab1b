package policy

import (
	"iter"
	"strings"
)

// globs files each pattern under one literal that its matches cannot do without, so that a lookup tries few of them:
// the start, the end from its first `.` or `:`, or four bytes anywhere. Of those the least crowded is taken, since lists
// tend to share a start (`@spam`) or an end (`:matrix.org`).
type globs struct {
	heads   bag[string]
	tails   bag[string]
	grams   bag[uint32]
	rest    []*entry
	lengths [len(headLengths)]int // patterns filed under a start of each length
	sieve   []uint32              // patterns by hash of their four bytes; spares most looks at grams
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
	gramSize  = 4
	sieveBits = 14
)

func gram(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func sieveAt(g uint32) uint32 { return g * 2654435769 >> (32 - sieveBits) }

func (g *globs) add(e *entry) {
	e.filed = g.choose(e.glob)
	switch key := e.filed.key; e.filed.place {
	case atHead:
		g.heads.add(key, e)
		g.lengths[lengthSlot(len(key))]++
	case atTail:
		g.tails.add(key, e)
	case atGram:
		if g.sieve == nil {
			g.sieve = make([]uint32, 1<<sieveBits)
		}
		g.grams.add(gram(key), e)
		g.sieve[sieveAt(gram(key))]++
	case nowhere:
		g.rest = append(g.rest, e)
	}
}

func (g *globs) remove(e *entry) {
	switch key := e.filed.key; e.filed.place {
	case atHead:
		g.heads.remove(key, e)
		g.lengths[lengthSlot(len(key))]--
	case atTail:
		g.tails.remove(key, e)
	case atGram:
		g.grams.remove(gram(key), e)
		g.sieve[sieveAt(gram(key))]--
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
func (g *globs) choose(pattern glob) filing {
	best, load := filing{}, len(g.rest)+1
	try := func(f filing, n int) {
		if best.place == nowhere || n < load {
			best, load = f, n
		}
	}
	tail := pattern.tail()
	if i := strings.IndexAny(tail, ".:"); i >= 0 {
		try(filing{atTail, tail[i:]}, g.tails.count(tail[i:]))
	}
	if head := pattern.head(); len(head) > 1 {
		key := head[:headLengths[lengthSlot(len(head))]]
		try(filing{atHead, key}, g.heads.count(key))
	}
	// More than a few tries would make a long pattern dear to add.
	tries := 64
	for part := range strings.FieldsFuncSeq(pattern.pattern, func(r rune) bool { return r == '*' || r == '?' }) {
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
	visit := func(one *entry, others []*entry) {
		if one == nil {
			return
		}
		look(one)
		for _, e := range others {
			look(e)
		}
	}
	for slot, n := range g.lengths {
		if size := headLengths[slot]; n > 0 && size <= len(s) {
			visit(g.heads.get(s[:size]))
		}
	}
	if len(g.tails.first) > 0 {
		for i := range len(s) {
			if s[i] == '.' || s[i] == ':' {
				visit(g.tails.get(s[i:]))
			}
		}
	}
	if len(g.grams.first) > 0 {
		for i := 0; i+gramSize <= len(s); i++ {
			if key := gram(s[i:]); g.sieve[sieveAt(key)] > 0 {
				visit(g.grams.get(key))
			}
		}
	}
	for _, e := range g.rest {
		look(e)
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
