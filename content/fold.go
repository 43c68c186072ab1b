package content

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How many combining marks may follow one letter. More are piled up to make text unreadable, and go. Letters of Latin,
// Greek and Cyrillic that need any are mostly one character with them; the scripts of India, and Thai, Hebrew, Khmer or
// Tibetan, need several.
const (
	mostMarks       = 6
	mostMarksSimple = 2
)

// Fold is the text view of a text: compatibility characters as what they stand for (NFKC), small letters, nothing that is
// invisible, one space for many, and of each letter no more marks than people write. Words are looked for in it, folded
// likewise. Of what has more than 600 characters that need all the rules of NFKC, the rest is left out; so it is of a
// skeleton.
func Fold(s string) string {
	if clean, ascii := plain(s); clean {
		return strings.TrimRight(s, " ")
	} else if ascii {
		return foldASCII(s)
	}
	s, _ = normal(s)
	return foldNormal(s)
}

// foldNormal is the text view of what is normal already.
func foldNormal(s string) string {
	if clean, ascii := plain(s); clean {
		return strings.TrimRight(s, " ")
	} else if ascii {
		return foldASCII(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	last, base, n := ' ', ' ', 0
	// A small letter may have a character with its mark that the capital had not.
	other, again := false, false
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if other = 'A' <= r && r <= 'Z'; other {
				r |= 0x20
			}
			base, n = r, 0
			if r = space(r); r == ' ' && (last == ' ' || last == '\n') {
				continue
			}
			last = r
			b.WriteByte(byte(r))
			continue
		case isEasy(r):
			base, n = fold(r), 0
			other, r = base != r || r == 'ß', base
		case invisible(r):
			again = true
			continue // what only NFKC brought
		case isMark(r):
			again = again || other
			if n++; n > mostMarks || n > mostMarksSimple && base < 0x530 {
				continue
			}
		default:
			base, n = space(fold(r)), 0
			other, r = base != r, base
		}
		if r == ' ' && (last == ' ' || last == '\n') {
			continue
		}
		if last = r; r == 'ß' {
			b.WriteString("ss")
			continue
		}
		b.WriteRune(r)
	}
	folded := strings.TrimRight(b.String(), " ")
	if again {
		return norm.NFKC.String(folded)
	}
	return folded
}

// plain tells whether a text is its own text view, but for a space at its end, and whether it is ASCII.
func plain(s string) (clean, ascii bool) {
	clean = true
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			return false, false
		}
		if c == ' ' && (last == ' ' || last == '\n') || 'A' <= c && c <= 'Z' || c < ' ' && c != '\n' || c == 0x7f {
			clean = false
		}
		last = c
	}
	return clean, true
}

func foldASCII(s string) string {
	b := make([]byte, 0, len(s))
	last := byte(' ')
	for i := range len(s) {
		c := asciiFolds[s[i]&0x7f]
		if c == 0 || c == ' ' && (last == ' ' || last == '\n') {
			continue
		}
		last = c
		b = append(b, c)
	}
	if last == ' ' && len(b) > 0 {
		b = b[:len(b)-1]
	}
	return string(b)
}

// asciiFolds is what becomes of each character; 0 if nothing.
var asciiFolds = func() (all [utf8.RuneSelf]byte) {
	for c := range byte(utf8.RuneSelf) {
		switch {
		case 'A' <= c && c <= 'Z':
			all[c] = c | 0x20
		case c == '\t' || c == '\r' || c == '\v' || c == '\f':
			all[c] = ' '
		case c >= ' ' && c != 0x7f || c == '\n':
			all[c] = c
		}
	}
	return all
}()

// fold is a letter in its one case. Runs of letters of the usual scripts need no search.
func fold(r rune) rune {
	switch {
	case 0x430 <= r && r <= 0x45f, 0x3040 <= r && r <= 0xa63f, 0xac00 <= r && r <= 0xd7a3, 0x590 <= r && r <= 0x109f:
		return r // Cyrillic; East Asian; from Hebrew to Burmese, none of which has cases
	case 0x410 <= r && r <= 0x42f:
		return r + 0x20
	case r == 'ς':
		return 'σ'
	case r == 'ẞ':
		return 'ß'
	}
	return unicode.ToLower(r)
}

// space is the one space for all that look like it.
func space(r rune) rune {
	switch {
	case r == '\n', r == ' ':
		return r
	case r < 0x80:
		if r == '\t' || r == '\r' || r == '\v' || r == '\f' {
			return ' '
		}
		return r
	case r == 0x2028, r == 0x2029, r == 0x85:
		return '\n'
	case r == 0xa0, r == 0x1680, 0x2000 <= r && r <= 0x200a, r == 0x202f, r == 0x205f, r == 0x3000, r == 0x2800:
		return ' '
	}
	return r
}

// visibleOnly is a text without what is invisible.
func visibleOnly(s string) string {
	for i := easyTo(s, 0); i < len(s); i = easyTo(s, i) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !invisible(r) {
			i += size
			continue
		}
		var b strings.Builder
		b.Grow(len(s))
		b.WriteString(s[:i])
		for _, r := range s[i:] {
			if !invisible(r) {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	return s
}

// invisible tells whether nothing is shown of a character: zero-width and filling ones, controls, of writing direction too,
// variation selectors and tags.
func invisible(r rune) bool {
	switch {
	case r < 0x80:
		return r < ' ' && (r < '\t' || r > '\r') || r == 0x7f
	case r < 0x300:
		return r < 0xa0 && r != 0x85 || r == 0xad
	case r < 0x2000:
		switch r {
		case 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180e, 0x180f:
			return true
		}
		return false
	case r < 0x3000:
		return 0x200b <= r && r <= 0x200f || 0x202a <= r && r <= 0x202e || 0x2060 <= r && r <= 0x206f
	case r < 0xfe00:
		return r == 0x3164
	case r <= 0xffff:
		return r <= 0xfe0f || r == 0xfeff || r == 0xffa0 || 0xfff0 <= r && r <= 0xfffb
	}
	return 0x1bca0 <= r && r <= 0x1bca3 || 0x1d173 <= r && r <= 0x1d17a || 0xe0000 <= r && r <= 0xe0fff
}
