package content

import (
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What of a text may need all the rules of normalising. That is a hundred times as dear as others; what people write has few
// such characters, also where it has many marks.
const (
	mostHard  = 600     // characters
	mostGrown = 2 << 10 // bytes by which it becomes longer, for one character may stand for eighteen
)

// normal is a text in NFKC, without what is invisible. It is cut where too many characters need all the rules.
func normal(s string) (out string, cut bool) {
	i := easyTo(s, 0)
	if i == len(s) {
		return s, false
	}
	seen := append(make([]byte, 0, len(s)), s[:i]...)
	hard := 0
	for i < len(s) && hard <= mostHard {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch sp := space(r); {
		case invisible(r):
		case sp == ' ' && spaceOf(r):
			seen = append(seen, ' ')
		case sp != r:
			seen = utf8.AppendRune(seen, r) // one that stays as it is
		case !joined(&seen, r):
			hard++
			seen = utf8.AppendRune(seen, r)
		}
		next := easyTo(s, i)
		seen = append(seen, s[i:next]...)
		i = next
	}
	if cut = i < len(s); hard == 0 {
		return string(seen), cut
	}
	// They are taken some at a time, lest it grow beyond what it may.
	const some = 1 << 8
	most := len(seen) + mostGrown + some
	var b []byte
	for len(seen) > 0 && len(b) < most {
		n := min(some, len(seen))
		for n < len(seen) && !utf8.RuneStart(seen[n]) {
			n++
		}
		b, seen = norm.NFKC.Append(b, seen[:n]...), seen[n:]
	}
	return string(b), cut || len(seen) > 0
}

// joined puts a mark on the letter before it, if there is a character for both: that is the same text, and mostly all that is to
// be done.
func joined(seen *[]byte, mark rune) bool {
	before, size := utf8.DecodeLastRune(*seen)
	whole := together(before, mark)
	if whole == 0 {
		return false
	}
	*seen = utf8.AppendRune((*seen)[:len(*seen)-size], whole)
	return true
}

// together is the character for a letter and a mark; 0 if there is none.
func together(letter, mark rune) rune {
	if mark < 0x300 || mark > 0x338 {
		return 0
	}
	return composites()[[2]rune{letter, mark}]
}

// spaceOf tells whether a character that looks like a space becomes one by the rules of normalising.
func spaceOf(r rune) bool {
	return r == 0xa0 || 0x2000 <= r && r <= 0x200a || r == 0x202f || r == 0x205f || r == 0x3000
}

// grows is by how many bytes the character becomes longer by them with which a text begins.
func grows(s string, size int) int {
	return max(len(norm.NFKC.PropertiesString(s).Decomposition())-size, 0)
}

// composites are the characters for a letter and one of its marks, of Latin, Greek and Cyrillic.
var composites = sync.OnceValue(func() map[[2]rune]rune {
	all := map[[2]rune]rune{}
	for _, from := range []struct{ first, last rune }{{0xc0, 0x24f}, {0x386, 0x3ce}, {0x400, 0x4f9}, {0x1e00, 0x1eff}} {
		for r := from.first; r <= from.last; r++ {
			parts := []rune(string(norm.NFC.PropertiesString(string(r)).Decomposition()))
			if len(parts) < 2 || !norm.NFKC.IsNormalString(string(r)) {
				continue
			}
			for _, last := range []int{len(parts) - 1, 1} { // the one before the last may also come behind it
				mark := parts[last]
				letter := []rune(norm.NFC.String(string(slices.Delete(slices.Clone(parts), last, last+1))))
				if len(letter) == 1 && norm.NFC.String(string(letter[0])+string(mark)) == string(r) {
					all[[2]rune{letter[0], mark}] = r
				}
			}
		}
	}
	return all
})

// easyTo is where what is easy ends that begins at i.
func easyTo(s string, i int) int {
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' && (c < '\t' || c > '\r') || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, size := runeAt(s, i)
		if !isEasy(r) && (r >= stableTable || stable()[r/64]&(1<<(r%64)) == 0) {
			return i
		}
		i += size
	}
	return i
}

// stableTable is where the scripts end that are written with an alphabet, and most of those with marks.
const stableTable = 0x3000

// stable is which characters below that NFKC leaves as they are, whatever is before them, a bit for each; some marks are
// among them, but nothing invisible and no space.
var stable = sync.OnceValue(func() *[stableTable / 64]uint64 {
	var all [stableTable / 64]uint64
	for r := range rune(stableTable) {
		s := string(r)
		if !invisible(r) && space(r) == r && unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) &&
			norm.NFKC.PropertiesString(s).BoundaryBefore() && norm.NFKC.IsNormalString(s) {
			all[r/64] |= 1 << (r % 64)
		}
	}
	return &all
})

// isEasy tells whether a character is one that NFKC leaves as it is, whatever is before it: of the letters that most people
// write most are. None of them is invisible, a mark, or a space.
func isEasy(r rune) bool {
	switch {
	case r < 0x80:
		return r >= ' ' && r != 0x7f || '\t' <= r && r <= '\r'
	case r < 0x250:
		return 0xc0 <= r && r <= 0x17e && r != 0x132 && r != 0x133 && r != 0x13f && r != 0x140 && r != 0x149
	case r < 0x900:
		return 0x391 <= r && r <= 0x3ce && r != 0x3a2 || 0x400 <= r && r <= 0x481 || 0x48a <= r && r <= 0x52f ||
			0x5d0 <= r && r <= 0x5ea || 0x620 <= r && r <= 0x63a || 0x641 <= r && r <= 0x64a
	case r < 0x2000:
		return 0x904 <= r && r <= 0x939 || 0xe01 <= r && r <= 0xe30 || 0xe40 <= r && r <= 0xe46
	case r < 0x3000:
		return 0x2012 <= r && r <= 0x2016 || 0x2018 <= r && r <= 0x2023
	case r < 0xd7a4:
		return 0x4e00 <= r && r <= 0x9fff || 0xac00 <= r || 0x3041 <= r && r <= 0x3096 || 0x30a1 <= r && r <= 0x30fa || r == 0x30fc || 0x3001 <= r && r <= 0x3003 || 0x3008 <= r && r <= 0x3011
	}
	return 0x1f300 <= r && r <= 0x1f64f || 0x1f680 <= r && r <= 0x1f6ff || 0x1f900 <= r && r <= 0x1f9ff
}
