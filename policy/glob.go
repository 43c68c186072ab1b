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

// match reports whether the pattern covers all of s.
func (g glob) match(s string) bool {
	if g.least > len(s) {
		return false
	}
	if strings.IndexByte(g.pattern, '?') < 0 {
		return matchStars(g.pattern, s)
	}
	return g.matchAny(s)
}

// matchStars takes each piece between stars at its first place, from left to right: a later place could only leave
// less for the pieces after it.
func matchStars(pattern, s string) bool {
	first := strings.IndexByte(pattern, '*')
	if first < 0 {
		return pattern == s
	}
	last := strings.LastIndexByte(pattern, '*')
	head, tail := pattern[:first], pattern[last+1:]
	if len(head)+len(tail) > len(s) || !strings.HasPrefix(s, head) || !strings.HasSuffix(s, tail) {
		return false
	}
	s = s[len(head) : len(s)-len(tail)]
	for rest := pattern[first:last]; rest != ""; {
		piece := rest[1:]
		if end := strings.IndexByte(piece, '*'); end >= 0 {
			piece = piece[:end]
		}
		rest = rest[1+len(piece):]
		at := strings.Index(s, piece)
		if at < 0 {
			return false
		}
		s = s[at+len(piece):]
	}
	return true
}

// matchAny takes time in the product of both lengths at most. Patterns longer than the subject are out at once, so that
// the length of an event does not count, only that of a name.
func (g glob) matchAny(s string) bool {
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
