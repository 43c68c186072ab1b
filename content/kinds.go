package content

import (
	"sync"
	"unicode"

	"go.mau.fi/util/confusable"
)

// kind is which characters of the basic plane are of some kind, a bit for each: to search the tables of package unicode for
// one takes longer than all else that is done with it.
type kind [1 << 16 / 64]uint64

func (k *kind) has(r rune) bool { return k[r/64]&(1<<(r%64)) != 0 }

// kindOf is those in tables.
func kindOf(tables ...*unicode.RangeTable) *kind {
	var k kind
	for _, table := range tables {
		for _, all := range table.R16 {
			for r := rune(all.Lo); r <= rune(all.Hi); r += rune(all.Stride) {
				k[r/64] |= 1 << (r % 64)
			}
		}
	}
	return &k
}

// beyond is where the basic plane ends.
const beyond = 1 << 16

var (
	ofMarks = sync.OnceValue(func() *kind { return kindOf(unicode.Mn, unicode.Me) })
	ofWords = sync.OnceValue(func() *kind { return kindOf(unicode.L, unicode.M, unicode.Nd) })
	ofUpper = sync.OnceValue(func() *kind { return kindOf(unicode.Upper) })
	ofLower = sync.OnceValue(func() *kind { return kindOf(unicode.Lower) })
)

// isMark tells whether a character is a mark on the one before.
func isMark(r rune) bool {
	switch {
	case r < 0x300, 0x370 <= r && r < 0x483, 0x3100 <= r && r <= 0xa66e, 0xac00 <= r && r <= 0xd7ff:
		return false
	case r < beyond:
		return ofMarks().has(r)
	}
	return unicode.In(r, unicode.Mn, unicode.Me)
}

// isCore tells whether a character is of a word.
func isCore(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	case 0x400 <= r && r < 0x482, 0x4e00 <= r && r <= 0x9fff, 0xac00 <= r && r <= 0xd7a3:
		return true
	case r < beyond:
		return ofWords().has(r)
	case 0x1f000 <= r && r <= 0x1faff:
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// isUpper tells whether a character is a capital.
func isUpper(r rune) bool {
	if r < beyond {
		return ofUpper().has(r)
	}
	return unicode.IsUpper(r)
}

func isLower(r rune) bool {
	if r < beyond {
		return ofLower().has(r)
	}
	return unicode.IsLower(r)
}

// looks is what a character looks like, "" if only like itself. What is often asked for is looked up once.
func looks(r rune) string {
	if r < stableTable {
		return looksTable()[r]
	}
	return confusable.GetReplacement(r)
}

var looksTable = sync.OnceValue(func() *[stableTable]string {
	var all [stableTable]string
	for r := range rune(stableTable) {
		all[r] = confusable.GetReplacement(r)
	}
	return &all
})
