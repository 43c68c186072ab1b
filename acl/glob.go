package acl

import (
	"strings"
	"unicode/utf8"

	"forseti/glob"
)

// covers reports whether everything that narrow matches is matched by wide too; both are in lower case. It never says
// so wrongly; for globs in normal form it hardly ever misses. It reads narrow as a text in which * yields to a * alone,
// and ? to a * or a ?, and falls back to the last star only. It gives up what takes very many steps.
func covers(wide, narrow string) bool {
	g, i := 0, 0
	star, retry := -1, 0
	for steps := 2*(len(wide)+len(narrow)) + 64; i < len(narrow); steps-- {
		if steps == 0 {
			return false
		}
		if g < len(wide) && wide[g] == '*' {
			star, retry = g+1, i
			g++
			continue
		}
		if g < len(wide) {
			want, wideSize := utf8.DecodeRuneInString(wide[g:])
			have, size := utf8.DecodeRuneInString(narrow[i:])
			if have != '*' && (want == '?' || have != '?' && want == have) {
				g, i = g+wideSize, i+size
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(narrow[retry:])
		retry += size
		g, i = star, retry
	}
	return strings.Trim(wide[g:], "*") == ""
}

// overlap reports whether some name matches both globs, which are ASCII.
func overlap(a, b string) bool {
	switch {
	case !glob.Is(a):
		return glob.Match(b, a)
	case !glob.Is(b):
		return glob.Match(a, b)
	}
	if strings.Contains(a, "*") && strings.Contains(b, "*") {
		return endsMeet(a, b)
	}
	return walkBoth(a, b)
}

// endsMeet is overlap for two globs that both have a star. Between the longer of what they
// begin with and the longer of what they end with there may stand what the one wants and
// then what the other wants: the stars take the rest.
func endsMeet(a, b string) bool {
	meet := func(x, y byte) bool { return x == y || x == '?' || y == '?' }
	for i := 0; a[i] != '*' && b[i] != '*'; i++ {
		if !meet(a[i], b[i]) {
			return false
		}
	}
	for i, j := len(a)-1, len(b)-1; a[i] != '*' && b[j] != '*'; i, j = i-1, j-1 {
		if !meet(a[i], b[j]) {
			return false
		}
	}
	return true
}

// walkBoth is overlap for any two globs.
func walkBoth(a, b string) bool {
	// reach[j]: the part of a read so far and b[:j] can stand for the same text.
	reach := make([]bool, len(b)+1)
	reach[0] = true
	for j := 0; j < len(b) && b[j] == '*'; j++ {
		reach[j+1] = true
	}
	for i := range len(a) {
		next := make([]bool, len(b)+1)
		next[0] = reach[0] && a[i] == '*'
		for j := range len(b) {
			switch {
			case a[i] == '*' || b[j] == '*':
				// Either star takes nothing, or it takes what the other reads.
				next[j+1] = reach[j+1] || next[j]
			default:
				next[j+1] = reach[j] && (a[i] == '?' || b[j] == '?' || a[i] == b[j])
			}
		}
		reach = next
	}
	return reach[len(b)]
}

// Normal is an entity as it stands in ACLs and is told by.
func Normal(entity string) string { return normal(glob.Fold(entity)) }

// normal orders each run of wildcards as ?…?* so that equal globs are equal text.
func normal(pattern string) string {
	if !strings.Contains(pattern, "*?") && !strings.Contains(pattern, "**") {
		return pattern
	}
	var b strings.Builder
	star := false
	for i := range len(pattern) {
		switch c := pattern[i]; {
		case c == '*':
			star = true
		case c != '?' && star:
			b.WriteByte('*')
			star = false
			fallthrough
		default:
			b.WriteByte(c)
		}
	}
	if star {
		b.WriteByte('*')
	}
	return b.String()
}

// Overlap reports whether some server name matches both entities, names or globs.
func Overlap(a, b string) bool {
	a, b = normal(glob.Fold(a)), normal(glob.Fold(b))
	return !tooLong(a) && !tooLong(b) && overlap(a, b)
}

// tooLong reports whether no name is as long as an entity wants it to be. What is not, but for stars, is short: to find
// out about two others would take the product of their lengths.
func tooLong(entity string) bool { return len(entity)-strings.Count(entity, "*") > maxName }
