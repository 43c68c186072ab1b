package glob

import (
	"strings"
	"unicode/utf8"
)

// walk matches by going back to the last star only: an earlier one could reach no further. It takes time in the product
// of both lengths at most, a nanosecond or two a step.
func walk(pattern, s string) bool {
	star, mark := -1, 0
	at, i := 0, 0
	for i < len(s) {
		if at < len(pattern) {
			switch c := pattern[at]; {
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
		mark += width(s[mark:])
		i, at = mark, star+1
	}
	return strings.Trim(pattern[at:], "*") == ""
}

func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
