package policy

import (
	"iter"
	"strings"

	"forseti/glob"
)

// globs files each pattern under one literal that its matches cannot do without, so that a lookup tries few of them:
// the start, the end from its first `.` or `:`, or four bytes anywhere. Of those the least crowded is taken, since lists
// tend to share a start (`@spam`) or an end (`:matrix.org`). What has no such literal, or only crowded ones, is held
// against every name, all together.
type globs struct {
	patterns map[string]*wildcard
	heads    bag[string, *wildcard]
	tails    bag[string, *wildcard]
	grams    bag[uint32, *wildcard]
	rest     glob.Set[*wildcard]
	// waiting is those of the rest of which no rule may decide: they are the broadest, and so wait for a yes, perhaps by
	// thousands and for ever.
	waiting glob.Set[*wildcard]
	lengths [len(headLengths)]int // patterns filed under a start of each length
	short   int                   // patterns filed under an end of less than four bytes
	// Most names have neither the beginning of a start nor four bytes that something is filed under.
	firsts   sieve
	begins   [startKinds]int // how many of its keys are of each kind
	anywhere strainer
	inside   coarse // of what may begin before the first colon of a name
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

const gramSize = 4

func gram(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// insideKeys are the four bytes that patterns are filed under, and the beginnings of the ends that may begin before the
// first colon.
func (g *globs) insideKeys(yield func(uint32) bool) {
	for key := range g.gramKeys {
		if byte(key) != ':' && !yield(key) {
			return
		}
	}
}

// gramKeys are the four bytes that patterns are filed under, and the beginnings of the ends that are long enough for them.
func (g *globs) gramKeys(yield func(uint32) bool) {
	for w := range g.grams.all() {
		if !yield(gram(w.filed.key)) {
			return
		}
	}
	for w := range g.tails.all() {
		if key := w.filed.key; len(key) >= gramSize && !yield(gram(key)) {
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
		w.waits = !e.decides()
		g.file(w)
	}
	w.add(e)
	e.wild = w
	g.recount(e, false)
	return fresh
}

// remove takes a rule out, and reports whether no other has its pattern.
func (g *globs) remove(e *entry) bool {
	w := e.wild
	e.wild = nil
	if w.remove(e); w.first != nil {
		if e.decides() {
			g.decide(w, -1)
		}
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
		g.lengths[lengthSlot(len(key))]++
		first, kind := firstKey(key)
		g.begins[kind]++
		g.firsts.add(first, g.firstKeys)
	case atTail:
		g.tails.add(key, w)
		if len(key) >= gramSize {
			g.straining(gram(key))
		} else {
			g.short++
		}
	case atGram:
		g.grams.add(gram(key), w)
		g.straining(gram(key))
	case nowhere:
		g.among(w).Add(w.glob, w)
	}
}

func (g *globs) unfile(w *wildcard) {
	switch key := w.filed.key; w.filed.place {
	case atHead:
		g.heads.remove(key, w)
		g.lengths[lengthSlot(len(key))]--
		_, kind := firstKey(key)
		g.begins[kind]--
		g.firsts.remove()
	case atTail:
		g.tails.remove(key, w)
		if len(key) >= gramSize {
			g.unstraining(gram(key))
		} else {
			g.short--
		}
	case atGram:
		g.grams.remove(gram(key), w)
		g.unstraining(gram(key))
	case nowhere:
		g.among(w).Remove(w.glob, w)
	}
}

// straining notes four bytes that something is filed under.
func (g *globs) straining(key uint32) {
	g.anywhere.add(key, g.gramKeys)
	if byte(key) != ':' {
		g.inside.add(key, g.insideKeys)
	}
}

func (g *globs) unstraining(key uint32) {
	g.anywhere.remove()
	if byte(key) != ':' {
		g.inside.remove()
	}
}

// among is the set of the rest in which a pattern is.
func (g *globs) among(w *wildcard) *glob.Set[*wildcard] {
	if w.waits {
		return &g.waiting
	}
	return &g.rest
}

// recount notes whether a rule may decide, which did before or did not.
func (g *globs) recount(e *entry, was bool) {
	switch is := e.decides(); {
	case is == was || e.wild == nil: // it is shadowed, or has no pattern
	case is:
		g.decide(e.wild, 1)
	default:
		g.decide(e.wild, -1)
	}
}

// decide notes that so many rules more of a pattern may decide.
func (g *globs) decide(w *wildcard, more int) {
	w.deciders += more
	waits := w.deciders == 0
	switch {
	case waits == w.waits:
	case w.filed.place != nowhere:
		w.waits = waits
	default:
		g.among(w).Remove(w.glob, w)
		w.waits = waits
		g.among(w).Add(w.glob, w)
	}
}

// mostAlike is how many patterns are filed in one place. Whoever writes a list may have thousands that share every
// literal which is long enough.
const mostAlike = 16

// choose finds the least crowded place; the first of equals wins, so the cheapest look comes first.
func (g *globs) choose(pattern glob.Pattern) filing {
	best, load := filing{}, mostAlike
	try := func(f filing, n int) {
		if n < load {
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
	g.rest.Match(s, look)
	g.waiting.Match(s, look)
}

// within calls look for the patterns that are filed under an end of s, or four bytes of it, that begins from from on and
// before to.
func (g *globs) within(s string, from, to int, look func(*wildcard)) {
	if end := min(to+gramSize-1, len(s)); end-from >= gramSize && !hasAny(&g.anywhere, s[from:end]) {
		from = end - gramSize + 1
	}
	g.holders(s, from, to, look)
}

// holders is within for what may well hold some.
func (g *globs) holders(s string, from, to int, look func(*wildcard)) {
	if whole := min(to, len(s)-gramSize+1); whole > from {
		g.filed(s, from, whole, look)
		from = whole
	}
	// What is shorter than four bytes can only be an end.
	for i := from; i < to && g.short > 0; i++ {
		if s[i] == '.' || s[i] == ':' {
			g.tails.under(s[i:], look)
		}
	}
}

// filed is within for what is filed under four bytes that begin before to, or begins with them.
func (g *globs) filed(s string, from, to int, look func(*wildcard)) {
	for i := from; i < to; i++ {
		key := gram(s[i:])
		if !g.anywhere.has(key) {
			continue
		}
		g.holding(key, s[from:i+gramSize], look)
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
