package glob

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Set is patterns that are held against a name together, each with what it stands for: by thousands, and though they have
// hardly a letter in common with which to look them up. Sorted by their texts, those that begin alike are found out to
// fail together, and what a pattern demands that the name has nowhere is seen before its text is looked at.
//
// A set is not safe for concurrent use.
type Set[V comparable] struct {
	sorted []member[V] // by text
	signs  []sign      // of those
	blocks []sign      // what all of blockSize of those have in common
	gone   int         // of sorted, that are in the set no more
	fresh  []member[V] // what came since it was sorted
	// By Match:
	reach []reached
	looks int
}

type member[V comparable] struct {
	text  string
	last  int  // where the text after the last star begins; 0 if there is no star
	hard  bool // that text is not just to be compared
	need  uint64
	value V
}

// sign is what there is to see of a pattern without its text.
type sign struct {
	need   uint64 // the bytes of its text
	least  uint16 // how many bytes a name needs
	shared uint8  // with how many bytes, at least, it begins as the one before
}

// reached is how far a name was read for the beginning of a text, up to and with a star: nowhere sooner does it end.
type reached struct{ text, name int }

const (
	blockSize = 64
	// What came since the set was sorted is tried one by one, up to leastFresh and one in partFresh of the rest.
	leastFresh = 64
	partFresh  = 64
)

// Len is how many patterns there are.
func (t *Set[V]) Len() int { return len(t.sorted) - t.gone + len(t.fresh) }

// Add takes in a pattern that is not there.
func (t *Set[V]) Add(p Pattern, value V) {
	last := strings.LastIndexByte(p.text, '*') + 1
	end := p.text[last:]
	hard := strings.Contains(end, "?") || end != "" && !utf8.RuneStart(end[0])
	t.fresh = append(t.fresh, member[V]{p.text, last, hard, bytesOf(p.text), value})
	if len(t.fresh) > leastFresh+len(t.sorted)/partFresh {
		t.sort()
	}
}

// Remove takes out a pattern, if it is there with this value.
func (t *Set[V]) Remove(p Pattern, value V) {
	i, _ := slices.BinarySearchFunc(t.sorted, p.text, func(m member[V], text string) int { return strings.Compare(m.text, text) })
	var none V
	if i < len(t.sorted) && t.sorted[i].text == p.text && t.sorted[i].value == value {
		t.sorted[i].value, t.signs[i].need = none, math.MaxUint64
		if t.gone++; t.gone > leastFresh+len(t.sorted)/2 {
			t.sort()
		}
		return
	}
	if i = slices.IndexFunc(t.fresh, func(m member[V]) bool { return m.value == value && m.text == p.text }); i >= 0 {
		last := len(t.fresh) - 1
		t.fresh[i], t.fresh[last] = t.fresh[last], member[V]{}
		t.fresh = t.fresh[:last]
	}
}

// sort puts what came in its place, and forgets what is gone.
func (t *Set[V]) sort() {
	byText := func(a, b member[V]) int { return strings.Compare(a.text, b.text) }
	slices.SortFunc(t.fresh, byText)
	var none V
	old, fresh := t.sorted, t.fresh
	t.sorted = make([]member[V], 0, t.Len())
	for len(old) > 0 || len(fresh) > 0 {
		switch {
		case len(old) > 0 && old[0].value == none:
			old = old[1:]
		case len(fresh) == 0 || len(old) > 0 && byText(old[0], fresh[0]) <= 0:
			t.sorted, old = append(t.sorted, old[0]), old[1:]
		default:
			t.sorted, fresh = append(t.sorted, fresh[0]), fresh[1:]
		}
	}
	t.fresh, t.gone = nil, 0
	t.signs = make([]sign, len(t.sorted))
	t.blocks = make([]sign, (len(t.sorted)+blockSize-1)/blockSize)
	// The texts lie in memory as they are looked at.
	var texts strings.Builder
	for _, m := range t.sorted {
		texts.WriteString(m.text)
	}
	before, rest := "", texts.String()
	for i := range t.sorted {
		m := &t.sorted[i]
		m.text, rest = rest[:len(m.text)], rest[len(m.text):]
		least := len(m.text) - strings.Count(m.text, "*")
		s := sign{m.need, uint16(min(least, math.MaxUint16)), uint8(shared(before, m.text))}
		t.signs[i], before = s, m.text
		if b := &t.blocks[i/blockSize]; i%blockSize == 0 {
			*b = s
		} else {
			*b = sign{b.need & s.need, min(b.least, s.least), min(b.shared, s.shared)}
		}
	}
}

// shared is with how many bytes two texts begin alike, as far as a sign can say.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && n < math.MaxUint8 && a[n] == b[n] {
		n++
	}
	return n
}

// bytesOf has a bit for each kind of byte in a text but wildcards. Those that folded names are made of have one each.
func bytesOf(text string) (all uint64) {
	for i := range len(text) {
		if c := text[i]; c != '*' && c != '?' {
			all |= bitOf(c)
		}
	}
	return all
}

func bitOf(c byte) uint64 {
	if c >= 0x60 { // in the place of capitals
		c -= 0x20
	}
	return 1 << ((c - 0x20) & 63)
}

// Match calls found for what each pattern stands for that covers all of s. It gives how much it had to look at, signs and
// bytes of texts, each of which takes some nanoseconds: a thousand names may cost as little as one, among the same patterns.
func (t *Set[V]) Match(s string, found func(V)) (looks int) {
	if t.Len() == 0 {
		return 0
	}
	has := sign{need: bytesOf(s), least: uint16(min(len(s), math.MaxUint16))}
	t.looks = len(t.fresh)
	for i := range t.fresh {
		if m := &t.fresh[i]; m.need&^has.need == 0 && t.walk(m.text, s) {
			found(m.value)
		}
	}
	t.reach = t.reach[:0]
	var none V
	// alike is with how many bytes the next one begins as that which was last tried; no text with that many of them as of
	// fails covers the name.
	alike, fails := 0, math.MaxInt
	for i := 0; i < len(t.signs); t.looks++ {
		if i%blockSize == 0 {
			b := &t.blocks[i/blockSize]
			if low := min(alike, int(b.shared)); b.beyond(has) || low >= fails {
				alike = low
				i += blockSize
				continue
			}
		}
		g := &t.signs[i]
		alike = min(alike, int(g.shared))
		m := &t.sorted[i]
		i++
		// What is there no more is beyond all but a name that has every kind of byte.
		if alike >= fails || g.beyond(has) || m.value == none {
			continue
		}
		covers := false
		if covers, fails = t.try(m, s, alike); covers {
			found(m.value)
		}
		alike = math.MaxInt
	}
	return t.looks
}

// walk is walk, which may have to look at the product of both lengths, but passes over most of it quickly.
func (t *Set[V]) walk(pattern, s string) bool {
	const quick = 16
	t.looks += len(s) + len(pattern)*len(s)/quick
	return walk(pattern, s)
}

// beyond tells whether a pattern demands more than a name has.
func (g *sign) beyond(has sign) bool { return g.need&^has.need != 0 || g.least > has.least }

// try goes on where those that begin with the same bytes came to. If a pattern does not cover the name, fails is how many
// of its bytes are enough for that.
func (t *Set[V]) try(m *member[V], s string, alike int) (covers bool, fails int) {
	text := m.text
	for len(t.reach) > 0 && t.reach[len(t.reach)-1].text > alike {
		t.reach = t.reach[:len(t.reach)-1]
	}
	var at reached
	if n := len(t.reach); n > 0 {
		at = t.reach[n-1]
	} else if at, fails = beginning(text, s); fails > 0 {
		return false, fails
	} else if at.text == 0 { // there is no star
		return t.walk(text, s), math.MaxInt
	} else {
		t.reach = append(t.reach, at)
	}
	for at.text < m.last {
		looks := 0
		at, looks, fails = at.next(text, s)
		if t.looks += looks; fails > 0 {
			return false, fails
		}
		t.reach = append(t.reach, at)
	}
	// What begins as this one does may go on with a star, so that nothing is found out about others.
	if m.hard {
		return t.walk(text[m.last-1:], s[at.name:]), math.MaxInt
	}
	return strings.HasSuffix(s[at.name:], text[m.last:]), math.MaxInt
}

// beginning reads what is before the first star. If there is none, nothing is reached.
func beginning(text, s string) (at reached, fails int) {
	i := 0
	for k := range len(text) {
		c := text[k]
		switch {
		case c == '*':
			return reached{k + 1, i}, 0
		case i < len(s) && c == '?':
			i += width(s[i:])
		case i < len(s) && c == s[i]:
			i++
		default:
			return at, k + 1
		}
	}
	return at, 0
}

// next finds where what is between two stars first ends in the name.
func (at reached) next(text, s string) (to reached, looks, fails int) {
	from, far, first := at.name, at.text, text[at.text]
	for {
		// Most of what is between two stars begins with a letter that most names do not have.
		if first != '?' && first < utf8.RuneSelf {
			n := strings.IndexByte(s[from:], first)
			if n < 0 {
				return to, looks + 1, far + 1
			}
			from += n
		}
		i, k := from, at.text
		for ; i < len(s) && text[k] != '*'; k++ {
			if text[k] == s[i] {
				i++
			} else if text[k] == '?' {
				i += width(s[i:])
			} else {
				break
			}
		}
		looks += 1 + k - at.text
		if text[k] == '*' {
			return reached{k + 1, i}, looks, 0
		}
		if far = max(far, k); i == len(s) {
			return to, looks, far + 1
		}
		from += width(s[from:])
	}
}
