// Package glob matches the patterns of rules, server ACLs and commands: `*` is any run of characters, also none, `?` is
// exactly one, and nothing else is special. A pattern always covers the whole subject, line breaks and all.
//
// What the start, the end and one piece in between decide is answered by them. For all else github.com/gobwas/glob
// does the matching, save for patterns that it is too slow for: see walk.
package glob

import "strings"

// Pattern is a pattern to be matched. The zero Pattern matches the empty string only.
type Pattern struct {
	text       string // with each run of stars made one
	least      int    // bytes that a subject needs at least
	head, tail int    // lengths of what every match begins and ends with
	from, to   int    // the longest piece between the two, in text
	wild       bool
	decided    bool // by head, piece and tail
	hard       bool // too slow to match or to compile
}

const (
	// mostWildcards is how many of them the library gets. With a hundred `?` after a star it takes a millisecond for
	// one name of the greatest length, a hundred times what walk takes; lists hold what strangers write, by thousands.
	mostWildcards = 8
	// mostDemanded is how many bytes a pattern demands that the library gets. Names have 255 at most; to compile a
	// pattern of the size of an event would take 50 ms.
	mostDemanded = 256
)

// New makes a pattern of its text. It takes letters as they are: see [Fold].
func New(text string) Pattern {
	if strings.Contains(text, "**") {
		text = oneStar(text)
	}
	first := strings.IndexAny(text, Wildcards)
	if first < 0 {
		return Pattern{text: text, least: len(text)}
	}
	last := strings.LastIndexAny(text, Wildcards)
	stars, questions := strings.Count(text, "*"), strings.Count(text, "?")
	p := Pattern{
		text: text, wild: true, least: len(text) - stars,
		head: first, tail: len(text) - last - 1,
		decided: stars <= 2 && questions == 0,
		hard:    stars+questions > mostWildcards || len(text)-stars > mostDemanded,
	}
	for at := first + 1; at <= last; {
		end := at + strings.IndexAny(text[at:], Wildcards)
		if end-at > p.to-p.from {
			p.from, p.to = at, end
		}
		at = end + 1
	}
	return p
}

func oneStar(text string) string {
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		if text[i] != '*' || i == 0 || text[i-1] != '*' {
			b = append(b, text[i])
		}
	}
	return string(b)
}

// Wildcards are the characters that stand for others.
const Wildcards = "*?"

// Is tells whether a text has wildcards.
func Is(text string) bool { return strings.ContainsAny(text, Wildcards) }

// Match tells whether a pattern covers all of s. Who has many subjects makes the pattern once. Most patterns miss by
// their start or end, which is seen before one is made.
func Match(pattern, s string) bool {
	i := 0
	for ; i < len(pattern) && pattern[i] != '*' && pattern[i] != '?'; i++ {
		if i >= len(s) || s[i] != pattern[i] {
			return false
		}
	}
	if i == len(pattern) {
		return i == len(s)
	}
	for p, q := len(pattern)-1, len(s)-1; pattern[p] != '*' && pattern[p] != '?'; p, q = p-1, q-1 {
		if q < 0 || s[q] != pattern[p] {
			return false
		}
	}
	return New(pattern).Match(s)
}

// Match tells whether the pattern covers all of s.
func (p Pattern) Match(s string) bool {
	if len(s) < p.least {
		return false
	}
	if !p.wild {
		return s == p.text
	}
	if s[:p.head] != p.text[:p.head] || s[len(s)-p.tail:] != p.text[len(p.text)-p.tail:] {
		return false
	}
	if p.from < p.to && !strings.Contains(s[p.head:len(s)-p.tail], p.text[p.from:p.to]) {
		return false
	}
	switch {
	case p.decided:
		return true
	case p.hard:
		return walk(p.text, s)
	}
	if c := compiled.get(p.text); c != nil {
		return c.Match(s)
	}
	return walk(p.text, s)
}

// String is the pattern's text, with each run of stars made one.
func (p Pattern) String() string { return p.text }

// Head is what every match begins with.
func (p Pattern) Head() string { return p.text[:p.head] }

// Tail is what every match ends with.
func (p Pattern) Tail() string { return p.text[len(p.text)-p.tail:] }

// Piece is the longest text that every match has between the two.
func (p Pattern) Piece() string { return p.text[p.from:p.to] }

// Fold lowers ASCII letters only, as server ACLs do (MSC4436): Unicode folding would make one name of K and the Kelvin
// sign.
func Fold(s string) string {
	if len(s) < 8 {
		for i := range len(s) {
			if isUpper(s[i]) {
				return folded(s, i)
			}
		}
		return s
	}
	// Most names have no such letters; eight bytes are looked at as one, the last eight perhaps twice.
	found := capitals(eight(s[len(s)-8:]))
	for i := 0; i+8 < len(s); i += 8 {
		found |= capitals(eight(s[i:]))
	}
	if found == 0 {
		return s
	}
	return folded(s, 0)
}

// folded lowers what is from some byte on.
func folded(s string, from int) string {
	lower := []byte(s)
	for i := from; i < len(lower); i++ {
		if isUpper(lower[i]) {
			lower[i] += 'a' - 'A'
		}
	}
	return string(lower)
}

// eight is the first eight bytes.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// capitals has a bit for each of eight bytes that is an ASCII capital: what has no top bit, but has it with what carries
// into that bit from A on added, and not yet with what does from beyond Z on.
func capitals(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	low := w &^ tops
	return (low + (0x80-'A')*ones) &^ (low + (0x80-'Z'-1)*ones) &^ w & tops
}

// Folds tells whether a text folds to another, which is folded.
func Folds(s, folded string) bool {
	if s == folded {
		return true
	}
	if len(s) != len(folded) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if isUpper(c) {
			c += 'a' - 'A'
		}
		if c != folded[i] {
			return false
		}
	}
	return true
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
