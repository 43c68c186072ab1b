package content

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Skeleton is the skeleton view of a text: two that look alike have the same. It is for comparing alone, and both sides must
// be in it, for it changes plain words too ("modern" is "rnodern", and so is "rnodern").
//
// It is the skeleton of UTS #39, and more: without case, so that capitals which look like others are found whatever case the
// other side is in; with i and l the same; with small capitals and letters in boxes, which that standard leaves alone; and
// without marks on Latin, Greek and Cyrillic letters.
//
// https://www.unicode.org/reports/tr39/#Confusable_Detection
func Skeleton(s string) string {
	if _, ascii := plain(s); !ascii {
		s, _ = normal(s)
	}
	return skeletonOf(s)
}

// skeletonOf is that of what is normal already.
func skeletonOf(s string) string {
	var b bones
	b.of(s)
	return string(b.all())
}

// of takes the skeleton of a text.
func (b *bones) of(s string) {
	if b.last = ' '; len(s) > usual {
		b.out = make([]byte, 0, len(s)+len(s)/8)
	}
	var ready *[boneTable]string
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			from := i
			for i < len(s) && themselves[s[i]] { // most letters are what they look like
				i++
			}
			if i > from {
				b.last = s[i-1]
				b.base = rune(b.last)
				b.puts(s[from:i])
				continue
			}
			b.ascii(s[i])
			i++
			continue
		}
		r, size := runeAt(s, i)
		i += size
		switch {
		case r < boneTable:
			if ready == nil {
				ready = readyBones()
			}
			b.known(r, ready[r])
		case 0x4e00 <= r && r <= 0x9fff, 0xac00 <= r && r <= 0xd7a3:
			// Characters of East Asia that look like others are those others' matter.
			b.base = r
			b.add(r)
		default:
			b.rune(r)
		}
	}
}

// boneTable is where the letters end that have no marks in their skeleton: Latin, Greek, Cyrillic.
const boneTable = 0x530

// readyBones are the skeletons of all of those.
var readyBones = sync.OnceValue(func() *[boneTable]string {
	var all [boneTable]string
	for r := rune(utf8.RuneSelf); r < boneTable; r++ {
		b := bones{last: 'x'}
		for _, r := range norm.NFD.String(string(r)) {
			if r < utf8.RuneSelf {
				b.ascii(byte(r))
			} else {
				b.look(r)
			}
		}
		all[r] = string(b.few[:b.n])
	}
	return &all
})

// known adds a letter of which the skeleton is ready.
func (b *bones) known(r rune, skeleton string) {
	if skeleton == "" {
		return // a mark, or nothing at all
	}
	if b.base = r; skeleton == " " {
		b.ascii(' ')
		return
	}
	b.puts(skeleton)
	b.last = skeleton[len(skeleton)-1]
}

// usual is how many bytes most skeletons have.
const usual = 512

// bones is a skeleton in the making: a usual one is made where it stands, a larger one in out.
type bones struct {
	few  [usual]byte
	n    int
	out  []byte
	last byte // what was written last, of ASCII
	base rune // the letter that marks would be on
}

// all is what there is of it.
func (b *bones) all() []byte {
	if b.out != nil {
		return bytes.TrimRight(b.out, " ")
	}
	return bytes.TrimRight(b.few[:b.n], " ")
}

func (b *bones) spill() {
	if b.out == nil {
		b.out = append(make([]byte, 0, 2*usual), b.few[:b.n]...)
	}
}

func (b *bones) put(c byte) {
	if b.out == nil && b.n < usual {
		b.few[b.n] = c
		b.n++
		return
	}
	b.spill()
	b.out = append(b.out, c)
}

func (b *bones) puts(s string) {
	if b.out == nil && b.n+len(s) <= usual {
		b.n += copy(b.few[b.n:], s)
		return
	}
	b.spill()
	b.out = append(b.out, s...)
}

// themselves are the small letters, digits and signs that look like nothing else.
var themselves = [256]bool{
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'g': true, 'h': true, 'j': true, 'k': true, 'l': true, 'n': true, 'o': true, 'p': true,
	'q': true, 'r': true, 's': true, 't': true, 'u': true, 'v': true, 'w': true, 'x': true, 'y': true, 'z': true,
	'2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'.': true, ',': true, ':': true, '/': true, '-': true, '_': true, '@': true, '#': true, '!': true, '?': true,
}

func (b *bones) ascii(c byte) {
	b.base = rune(c)
	switch {
	case 'A' <= c && c <= 'Z':
		c |= 0x20
	case c < ' ' && c != '\n':
		if c < '\t' || c > '\r' {
			return
		}
		c = ' '
	}
	switch c {
	case ' ':
		if b.last == ' ' || b.last == '\n' {
			return
		}
	case '1', 'i', '|':
		c = 'l'
	case '0':
		c = 'o'
	case 'm':
		b.puts("rn")
		b.last = 'n'
		return
	case '"':
		b.puts("''")
		b.last = '\''
		return
	case '`':
		c = '\''
	case 0x7f:
		return
	}
	b.put(c)
	b.last = c
}

func (b *bones) rune(r rune) {
	if invisible(r) {
		return
	}
	if isMark(r) {
		if b.base >= 0x530 {
			b.add(r)
		}
		return
	}
	if r = space(r); r < utf8.RuneSelf {
		b.ascii(byte(r))
		return
	}
	if 0x1e00 <= r && r <= 0x1fff { // more letters with marks
		if whole := norm.NFD.PropertiesString(string(r)).Decomposition(); whole != nil {
			r, _ = utf8.DecodeRune(whole)
			if r < boneTable {
				if b.base = r; r < utf8.RuneSelf {
					b.ascii(byte(r))
				} else {
					b.known(r, readyBones()[r])
				}
				return
			}
		}
	}
	b.look(r)
}

// look adds what a character looks like.
func (b *bones) look(r rune) {
	if invisible(r) || isMark(r) {
		return
	}
	if r = space(r); r < utf8.RuneSelf {
		b.ascii(byte(r))
		return
	}
	b.base = r
	if c := boxed(r); c != 0 {
		b.ascii(c)
		return
	}
	as := looks(r)
	if as == "" {
		b.folded(r)
		return
	}
	for _, r := range as {
		b.folded(r)
	}
}

// folded adds a character of a skeleton in its one case, which may look like others again.
func (b *bones) folded(r rune) {
	if r < utf8.RuneSelf {
		b.ascii(byte(r))
		return
	}
	if isMark(r) {
		return // a bar through a letter
	}
	small := fold(r)
	if small != r {
		if as := looks(small); as != "" {
			for _, r := range as {
				if r < utf8.RuneSelf {
					b.ascii(byte(r))
				} else if !isMark(r) {
					b.add(r)
				}
			}
			return
		}
	}
	if c := boxed(small); c != 0 {
		b.ascii(c)
		return
	}
	b.add(small)
}

func (b *bones) add(r rune) {
	if b.out == nil && b.n+utf8.UTFMax <= usual {
		b.n = len(utf8.AppendRune(b.few[:b.n], r))
	} else {
		b.spill()
		b.out = utf8.AppendRune(b.out, r)
	}
	b.last = 0xff
}

// boxed is the letter in a box or circle, or of which a small capital is one; 0 if it is none of them.
func boxed(r rune) byte {
	switch {
	case r < 0x1d00 && (r < 0x250 || r > 0x2af):
		return 0
	case 0x1f150 <= r && r <= 0x1f169:
		return 'a' + byte(r-0x1f150)
	case 0x1f170 <= r && r <= 0x1f189:
		return 'a' + byte(r-0x1f170)
	case 0x1f1e6 <= r && r <= 0x1f1ff:
		return 'a' + byte(r-0x1f1e6)
	case 0xe000 <= r:
		return 0
	}
	switch r {
	case 'ᴀ':
		return 'a'
	case 'ʙ':
		return 'b'
	case 'ᴄ':
		return 'c'
	case 'ᴅ':
		return 'd'
	case 'ᴇ':
		return 'e'
	case 'ꜰ':
		return 'f'
	case 'ɢ':
		return 'g'
	case 'ʜ':
		return 'h'
	case 'ɪ':
		return 'i'
	case 'ᴊ':
		return 'j'
	case 'ᴋ':
		return 'k'
	case 'ʟ':
		return 'l'
	case 'ᴍ', 'ʍ':
		return 'm'
	case 'ɴ':
		return 'n'
	case 'ᴏ':
		return 'o'
	case 'ᴘ':
		return 'p'
	case 'ʀ':
		return 'r'
	case 'ꜱ':
		return 's'
	case 'ᴛ':
		return 't'
	case 'ᴜ':
		return 'u'
	case 'ᴠ':
		return 'v'
	case 'ᴡ':
		return 'w'
	case 'ʏ':
		return 'y'
	case 'ᴢ':
		return 'z'
	}
	return 0
}

// Core is the letters and digits of a skeleton; all of it if there are none.
func Core(skeleton string) string {
	from := 0
	for from < len(skeleton) && isCore(rune(skeleton[from])) && skeleton[from] < utf8.RuneSelf {
		from++
	}
	if from == len(skeleton) {
		return skeleton
	}
	var b strings.Builder
	b.Grow(len(skeleton))
	for _, r := range skeleton {
		if isCore(r) {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return skeleton
	}
	return b.String()
}

// Unleet has digits and signs that stand for letters be those. It is for words that are marked so, on both sides: "4ll" is
// "all", and "covid19" something else.
func Unleet(skeleton string) string {
	if strings.IndexFunc(skeleton, func(r rune) bool { return r < utf8.RuneSelf && leet[r] != 0 }) < 0 {
		return skeleton
	}
	return string(AppendUnleet(make([]byte, 0, len(skeleton)), skeleton))
}

// AppendUnleet appends that.
func AppendUnleet[T ~string | ~[]byte](to []byte, skeleton T) []byte {
	for i := range len(skeleton) {
		c := skeleton[i]
		if letter := leet[c]; letter != 0 {
			c = letter
		}
		to = append(to, c)
	}
	return to
}

// leet is what such a digit or sign stands for.
var leet = [256]byte{'4': 'a', '@': 'a', '8': 'b', '3': 'e', '6': 'g', '9': 'g', '!': 'l', '5': 's', '$': 's', '7': 't', '+': 't', '2': 'z'}
