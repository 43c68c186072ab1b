package acl

import (
	"strings"
	"unicode/utf8"
)

// match reports whether the whole of s matches glob, where * stands for any run
// of code points and ? for one. Only ASCII letters fold: Unicode folding would
// take the Kelvin sign for a k.
func match(glob, s string) bool { return walk(glob, s, false) }

// covers reports whether everything that narrow matches is matched by wide too.
// It never says so wrongly; for globs in normal form it hardly ever misses.
func covers(wide, narrow string) bool { return walk(wide, narrow, true) }

// walk goes through glob and s with two pointers and falls back to the last star
// only, so the work is at most len(glob)*len(s). With symbolic set, s is a glob
// itself: its * yields to a * alone, its ? to a * or a ?.
func walk(glob, s string, symbolic bool) bool {
	g, i := 0, 0
	star, retry := -1, 0
	for i < len(s) {
		if g < len(glob) && glob[g] == '*' {
			star, retry = g+1, i
			g++
			continue
		}
		if g < len(glob) {
			want, wide := utf8.DecodeRuneInString(glob[g:])
			have, size := utf8.DecodeRuneInString(s[i:])
			if one(want, have, symbolic) {
				g, i = g+wide, i+size
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(s[retry:])
		retry += size
		g, i = star, retry
	}
	return strings.Trim(glob[g:], "*") == ""
}

func one(want, have rune, symbolic bool) bool {
	switch {
	case symbolic && have == '*':
		return false
	case want == '?':
		return true
	case symbolic && have == '?':
		return false
	}
	return foldRune(want) == foldRune(have)
}

func foldRune(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// overlap reports whether some name matches both globs, which are ASCII.
func overlap(a, b string) bool {
	switch {
	case !isGlob(a):
		return match(b, a)
	case !isGlob(b):
		return match(a, b)
	}
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

func isGlob(s string) bool { return strings.ContainsAny(s, "*?") }

// normal orders each run of wildcards as ?…?* so that equal globs are equal text.
func normal(glob string) string {
	if !strings.Contains(glob, "*?") && !strings.Contains(glob, "**") {
		return glob
	}
	var b strings.Builder
	star := false
	for i := range len(glob) {
		switch c := glob[i]; {
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
func Overlap(a, b string) bool { return overlap(normal(fold(a)), normal(fold(b))) }
