package content

import "strings"

// withoutQuote drops what old clients quote above a reply, which others do not show.
func withoutQuote(body string) string {
	if !strings.HasPrefix(body, "> <") && !strings.HasPrefix(body, "> * <") {
		return body
	}
	for strings.HasPrefix(body, ">") {
		_, body, _ = strings.Cut(body, "\n")
	}
	return strings.TrimPrefix(body, "\n")
}

// alike reports whether two texts say the same but for marks and space: what is bold in
// one is between stars in the other.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	i, j := 0, 0
	for {
		i, j = spoken(a, i), spoken(b, j)
		if i == len(a) || j == len(b) {
			return i == len(a) && j == len(b)
		}
		if a[i] != b[j] {
			return false
		}
		i, j = i+1, j+1
		const some = 32
		for i+some <= len(a) && j+some <= len(b) && a[i:i+some] == b[j:j+some] { // what is the same in both need not be looked at
			i, j = i+some, j+some
		}
	}
}

// spoken is where, from i on, the next byte of a text is that is of neither mark nor space.
func spoken(s string, i int) int {
	for i < len(s) {
		switch c := s[i]; {
		case isMarkup[c]:
			i++
		case c == "\u00a0"[0] && i+1 < len(s) && s[i+1] == "\u00a0"[1]:
			i += 2
		default:
			return i
		}
	}
	return i
}

// isMarkup are space, and what stands for bold, lists and links in plain text.
var isMarkup = [256]bool{
	' ': true, '\t': true, '\r': true, '\n': true, '*': true, '_': true, '~': true, '`': true, '#': true, '>': true, '-': true, '+': true, '.': true,
	'(': true, ')': true, '[': true, ']': true, '<': true, '\\': true, '|': true,
}
