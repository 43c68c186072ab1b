package policy

import (
	"strings"
	"unicode/utf8"
)

// glob is a pattern of a rule, folded beforehand: `*` is any run of code points, `?` exactly one, and nothing else is
// special. It always covers the whole subject.
type glob struct {
	pattern string
	least   int // code points that a subject needs at least
}

func newGlob(pattern string) glob {
	for strings.Contains(pattern, "**") {
		pattern = strings.ReplaceAll(pattern, "**", "*")
	}
	return glob{pattern, utf8.RuneCountInString(pattern) - strings.Count(pattern, "*")}
}

// match takes time in the product of both lengths at most. Patterns longer than the subject are out at once, so that
// the length of an event does not count, only that of a name.
func (g glob) match(s string) bool {
	if g.least > len(s) {
		return false
	}
	p := g.pattern
	star, mark := -1, 0
	at, i := 0, 0
	for i < len(s) {
		if at < len(p) {
			switch c := p[at]; {
			case c == '*':
				star, mark = at, i
				at++
				continue
			case c == '?':
				i += width(s[i:])
				at++
				continue
			case c == s[i]:
				i++
				at++
				continue
			}
		}
		if star < 0 {
			return false
		}
		// Only the last star needs another try: an earlier one could not reach further.
		mark += width(s[mark:])
		i, at = mark, star+1
	}
	for at < len(p) && p[at] == '*' {
		at++
	}
	return at == len(p)
}

func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// head is what every match begins with.
func (g glob) head() string {
	if i := strings.IndexAny(g.pattern, "*?"); i >= 0 {
		return g.pattern[:i]
	}
	return g.pattern
}

// tail is what every match ends with.
func (g glob) tail() string {
	return g.pattern[strings.LastIndexAny(g.pattern, "*?")+1:]
}
