package content

import (
	"strings"
	"unicode/utf8"
)

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
	for {
		var one, other rune
		one, a = letter(a)
		if other, b = letter(b); one != other {
			return false
		}
		if one < 0 {
			return true
		}
	}
}

// letter is the first of a text that is neither mark nor space, and what follows it; negative if there is none.
func letter(s string) (first rune, rest string) {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && isMarkup[s[i]] {
		i++
	}
	if i == len(s) {
		return -1, ""
	}
	if s[i] < utf8.RuneSelf {
		return rune(s[i]), s[i+1:]
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	if r == '\u00a0' {
		return letter(strings.TrimLeft(s[i:], "\u00a0"))
	}
	return r, s[i+size:]
}

// isMarkup are space, and what stands for bold, lists and links in plain text.
var isMarkup = [utf8.RuneSelf]bool{
	' ': true, '\t': true, '\r': true, '\n': true, '*': true, '_': true, '~': true, '`': true, '#': true, '>': true, '-': true, '+': true, '.': true,
	'(': true, ')': true, '[': true, ']': true, '<': true, '\\': true, '|': true,
}
