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
	patterns map[string]*wildcard
	heads    bag[string, *wildcard]
	tails    bag[string, *wildcard]
	grams    bag[uint32, *wildcard]
	rest     []*wildcard
	live     live                  // of the rest
	starts   int                   // patterns filed under a start
	lengths  [len(headLengths)]int // … of each length
	short    int                   // patterns filed under an end of less than four bytes
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
	for w := range g.tails.all() {
		if key := w.filed.key; len(key) >= gramSize && !yield(gram(key)) {
			return
		}
	}
}

// firstGrams are the beginnings of the starts that are long enough for one.
func (g *globs) firstGrams(yield func(uint32) bool) {
	for w := range g.heads.all() {
		if key := w.filed.key; len(key) >= gramSize && !yield(gram(key)) {
			return
		}
	}
}

func (g *globs) gramKeys(yield func(uint32) bool) {
	for w := range g.grams.all() {
		if !yield(gram(w.filed.key)) {
			return
		}
	}
}

// add adds a rule, and reports whether its pattern is new.
func (g *globs) add(e *entry) bool {
	pattern := glob.New(foldFor(e.kind, e.entity))
	w := g.patterns[pattern.String()]
	fresh := w == nil
	if fresh {
		if g.patterns == nil {
			g.patterns = make(map[string]*wildcard)
		}
		w = &wildcard{glob: pattern}
		g.patterns[pattern.String()] = w
		g.file(w)
	}
	w.add(e)
	e.wild = w
	g.live.known = g.live.known && w.filed.place != nowhere
	return fresh
}

// remove takes a rule out, and reports whether no other has its pattern.
func (g *globs) remove(e *entry) bool {
	w := e.wild
	e.wild = nil
	g.live.known = g.live.known && w.filed.place != nowhere
	if w.remove(e); w.first != nil {
		return false
	}
	delete(g.patterns, w.glob.String())
	g.unfile(w)
	return true
}

func (g *globs) file(w *wildcard) {
	w.filed = g.choose(w.glob)
	switch key := w.filed.key; w.filed.place {
	case atHead:
		g.heads.add(key, w)
		g.starts++
		g.lengths[lengthSlot(len(key))]++
		if len(key) >= gramSize {
			g.firsts.add(gram(key), g.firstGrams)
		}
	case atTail:
		g.tails.add(key, w)
		if len(key) >= gramSize {
			g.lasts.add(gram(key), g.lastGrams)
		} else {
			g.short++
		}
	case atGram:
		g.grams.add(gram(key), w)
		g.anywhere.add(gram(key), g.gramKeys)
	case nowhere:
		w.inRest = len(g.rest)
		g.rest = append(g.rest, w)
	}
}

func (g *globs) unfile(w *wildcard) {
	switch key := w.filed.key; w.filed.place {
	case atHead:
		g.heads.remove(key, w)
		g.starts--
		g.lengths[lengthSlot(len(key))]--
		if len(key) >= gramSize {
			g.firsts.remove()
		}
	case atTail:
		g.tails.remove(key, w)
		if len(key) >= gramSize {
			g.lasts.remove()
		} else {
			g.short--
		}
	case atGram:
		g.grams.remove(gram(key), w)
		g.anywhere.remove()
	case nowhere:
		if g.rest = dropAt(g.rest, w.inRest); w.inRest < len(g.rest) {
			g.rest[w.inRest].inRest = w.inRest
		}
	}
}

// live is the patterns that are tried for every name, without those of which no rule may decide: they are the broadest,
// and so wait for a yes, perhaps by thousands and for ever.
type live struct {
	all     []*wildcard
	weights uint64
	known   bool
}

// deciding gives the patterns of the rest that may decide. weights is the number of the last change of what decides.
func (g *globs) deciding(weights uint64) []*wildcard {
	if l := &g.live; !l.known || l.weights != weights {
		clear(l.all)
		l.all, l.weights, l.known = l.all[:0], weights, true
		for _, w := range g.rest {
			if w.same.deciding(weights) != nil {
				l.all = append(l.all, w)
			}
		}
	}
	return g.live.all
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
	// All of a name of the greatest length: what makes a pattern its own may come last. Of most, the first is good.
	tries := 256
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

// holding calls look for the patterns that are filed under the last four bytes of a text. A name may be made of very few
// of those: if there are many patterns, they are looked at where the four bytes come first.
func (g *globs) holding(key uint32, s string, look func(*wildcard)) {
	one, others := g.grams.get(key)
	switch {
	case one == nil:
	case others == nil:
		look(one)
	case len(others.all) < 8 || !strings.Contains(s[:len(s)-1], s[len(s)-gramSize:]):
		g.grams.under(key, look)
	}
}

// candidates calls look for every pattern that might match s, and each of them once at least.
func (g *globs) candidates(s string, look func(*wildcard)) {
	g.starting(s, look)
	g.within(s, 0, len(s), look)
	for _, w := range g.rest {
		look(w)
	}
}

// starting calls look for the patterns that are filed under a start of s.
func (g *globs) starting(s string, look func(*wildcard)) {
	if g.starts == 0 {
		return
	}
	long := len(s) >= gramSize && g.firsts.has(gram(s))
	if !long && g.starts == g.firsts.size {
		return
	}
	for slot, n := range g.lengths {
		if size := headLengths[slot]; n > 0 && size <= len(s) && (long || size < gramSize) {
			g.heads.under(s[:size], look)
		}
	}
}

// within calls look for the patterns that are filed under an end of s, or four bytes of it, that begins from from on and
// before to.
func (g *globs) within(s string, from, to int, look func(*wildcard)) {
	tails := len(g.tails.first) > 0
	if whole := min(to, len(s)-gramSize+1); whole > from {
		key := gram(s[from:])
		for i := from; ; key = key>>8 | uint32(s[i+gramSize-1])<<24 {
			if tails && (s[i] == '.' || s[i] == ':') && g.lasts.has(key) {
				g.tails.under(s[i:], look)
			}
			if g.anywhere.has(key) {
				g.holding(key, s[from:i+gramSize], look)
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
			g.tails.under(s[i:], look)
		}
	}
}

// all gives the rules.
func (g *globs) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, w := range g.patterns {
			if !yield(w.first) {
				return
			}
			if w.more == nil {
				continue
			}
			for _, e := range w.more.all {
				if !yield(e) {
					return
				}
			}
		}
	}
}
