package content

import (
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"go.mau.fi/util/emojirunes"
)

// Shape is what can be counted of a text, as people see it.
type Shape struct {
	Characters int // as people count them: an emoji of many parts is one
	Emoji      int
	Lines      int
	Words      int
	Letters    int
	// Capitals of the Cased letters, which are of scripts that have both.
	Capitals, Cased int
	// Marks is how many combining marks are more than people write, as they are piled up on letters.
	Marks int
	// Invisible is how many characters there are of which nothing is shown, without those that scripts and emoji need; Bidi
	// is how many of them turn the direction of writing.
	Invisible, Bidi int
	// Mixed is how many words have letters of several scripts that are not written together, such as Latin with Cyrillic;
	// MixedWord is the first of them. Woven is in how many of them the script changes more than once, as in "pаypаl": one
	// change may be an ending that somebody put to a foreign word, or a space that was forgotten.
	Mixed, Woven int
	MixedWord    string
	// Spaced is how many letters stand alone one after another, as in "f r e e".
	Spaced int
	// Longest is how many characters the longest word has, Repeated how often one character follows itself.
	Longest, Repeated int
	// Cut says that the text is longer than what was counted.
	Cut bool
}

// EmojiShare is how much of it is emoji, from 0 to 1; so are the others.
func (s *Shape) EmojiShare() float64 { return share(s.Emoji, s.Characters) }

// CapitalShare is how many of the letters that could be capitals are.
func (s *Shape) CapitalShare() float64 { return share(s.Capitals, s.Cased) }

// MarkShare is how many marks there are too much for each character.
func (s *Shape) MarkShare() float64 { return share(s.Marks, s.Characters) }

// SpacedShare is how many of the letters stand alone.
func (s *Shape) SpacedShare() float64 { return share(s.Spaced, s.Letters) }

// OnlyEmoji reports whether there is nothing else, so that clients show them large.
func (s *Shape) OnlyEmoji() bool { return s.Emoji > 0 && s.Letters == 0 && s.Words == 0 }

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return min(float64(part)/float64(of), 1)
}

// mostSearched is how many clusters are looked for by all the rules; of what follows each letter is one.
const mostSearched = 300

// tally is a shape in the making.
type tally struct {
	Shape
	scripts scripts
	mix     mixture
	from    int  // where the word begins
	length  int  // of the word
	single  int  // letters that stood alone just now
	lastOf  rune // what was seen last
	before  rune // the same, or a space
	repeats int
}

func shapeOfText(s string) *Shape {
	t := tally{from: -1}
	if s != "" {
		t.Lines = 1
	}
	searched := 0
	state := -1
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && (i+1 == len(s) || s[i+1] < utf8.RuneSelf) {
			t.ascii(s, i, c)
			state = -1
			i++
			if isLetter(c) {
				i = t.word(s, i)
			}
			continue
		}
		r, size := runeAt(s, i)
		if usualLetter(r) && (i+size == len(s) || s[i+size] < utf8.RuneSelf || s[i+size]|1 == 0xd1) { // or Cyrillic
			t.usualLetter(i, r)
			state = -1
			i += size
			continue
		}
		if next, _ := utf8.DecodeRuneInString(s[i+size:]); simple(r) && (i+size == len(s) || next < utf8.RuneSelf || simple(next)) || searched >= mostSearched {
			switch {
			case usualLetter(r):
				t.usualLetter(i, r)
			case searched < mostSearched || !isMark(r) && !invisible(r):
				t.cluster(s, i, s[i:i+size])
			}
			state = -1
			i += size
			continue
		}
		searched++
		cluster, _, _, next := uniseg.FirstGraphemeClusterInString(s[i:], state)
		state = next
		t.cluster(s, i, cluster)
		i += len(cluster)
	}
	t.endWord(s, len(s))
	t.endSingles()
	return &t.Shape
}

// simple tells whether nothing but a mark may join a character, which is no emoji.
func simple(r rune) bool {
	return r < 0x80 && r >= ' ' || 0xc0 <= r && r <= 0x24f || 0x391 <= r && r <= 0x3ff || 0x400 <= r && r <= 0x481 || 0x48a <= r && r <= 0x52f ||
		0x5d0 <= r && r <= 0x5ea || 0x620 <= r && r <= 0x64a || 0x3041 <= r && r <= 0x3096 || 0x30a1 <= r && r <= 0x30fa || 0x4e00 <= r && r <= 0x9fff ||
		0xac00 <= r && r <= 0xd7a3
}

// usualLetter tells whether a character is a letter of which nothing else need be asked: Cyrillic, Han, Kana, Hangul.
func usualLetter(r rune) bool {
	return 0x400 <= r && r <= 0x45f || 0x3041 <= r && r <= 0x3096 || 0x4e00 <= r && r <= 0x9fff || 0xac00 <= r && r <= 0xd7a3
}

func (t *tally) usualLetter(i int, r rune) {
	t.seen(r)
	if r < 0x460 {
		if t.Cased++; r < 0x430 {
			t.Capitals++
		}
	}
	t.letter(i, t.scripts.of(r))
}

func (t *tally) ascii(s string, i int, c byte) {
	switch {
	case isLetter(c):
		t.seen(rune(c))
		if t.Cased++; c < 'a' {
			t.Capitals++
		}
		t.letter(i, latinScript)
	case '0' <= c && c <= '9':
		t.seen(rune(c))
		t.letter(i, 0)
		t.Letters--
	case c == '\n':
		t.Lines++
		t.endWord(s, i)
	case c == ' ' || c == '\t' || c == '\r':
		t.before = ' '
		t.endWord(s, i)
	case c < ' ' || c == 0x7f:
		t.Invisible++
	default:
		t.seen(rune(c))
		t.endWord(s, i)
	}
}

// word goes on with letters and digits behind a letter, and gives where they end: nothing joins any of them.
func (t *tally) word(s string, from int) int {
	i := from
	for ; i < len(s) && (i+1 == len(s) || s[i+1] < utf8.RuneSelf); i++ {
		c := s[i]
		if isLetter(c) {
			if t.Cased++; c < 'a' {
				t.Capitals++
			}
			t.Letters++
		} else if c < '0' || c > '9' {
			break
		}
		if rune(c) != t.lastOf {
			t.lastOf, t.repeats = rune(c), 0
		}
		t.repeats++
		t.Repeated = max(t.Repeated, t.repeats)
	}
	t.Characters += i - from
	t.length += i - from
	t.mix.letters += i - from
	t.before = t.lastOf
	return i
}

// seen counts a character.
func (t *tally) seen(r rune) {
	t.Characters++
	if r != t.lastOf {
		t.lastOf, t.repeats = r, 0
	}
	t.before = r
	t.repeats++
	t.Repeated = max(t.Repeated, t.repeats)
}

// unseen counts a character of which nothing is shown, unless it has its use where it stands: to join or part letters of
// scripts that change with their neighbours, or emoji; between words of those that know no spaces; to turn the direction
// of writing back.
func (t *tally) unseen(r, behind rune) {
	simple := behind < 0x530
	switch r {
	case 0x200c, 0x200d, 0x200e, 0x200f, 0x61c:
		if !simple || isEmoji(behind) || r >= 0x200e && r != 0x61c && behind <= ' ' {
			return
		}
	case 0x200b:
		if 0xe00 <= behind && behind <= 0x109f || 0x1780 <= behind && behind <= 0x17ff {
			return
		}
	case 0xfe0e, 0xfe0f:
		return
	}
	if !simple && (0xfe00 <= r && r <= 0xfe0d || 0xe0100 <= r || 0x180b <= r && r <= 0x180f) {
		return
	}
	t.Invisible++
}

func (t *tally) cluster(s string, i int, cluster string) {
	if len(cluster) == 1 && cluster[0] < utf8.RuneSelf {
		t.ascii(s, i, cluster[0])
		return
	}
	first, size := utf8.DecodeRuneInString(cluster)
	marks := 0
	emoji := isEmoji(first)
	for _, r := range cluster[size:] {
		switch {
		case r == 0xfe0f || r == 0x20e3:
			emoji = emoji || r == 0x20e3 && ('0' <= first && first <= '9' || first == '#' || first == '*') || r == 0xfe0f && emojirunes.Is(first) && !invisible(first)
		case emoji && (r == 0x200d || 0xe0020 <= r && r <= 0xe007f):
		case invisible(r):
			t.unseen(r, first)
		case isMark(r):
			marks++
		}
	}
	if most := mostMarks; marks > 0 {
		if first < 0x530 {
			most = mostMarksSimple
		}
		t.Marks += max(marks-most, 0)
	}
	switch {
	case emoji:
		t.seen(first)
		t.Emoji++
		t.endWord(s, i)
	case bidi(first):
		t.Bidi++
		t.Invisible++
	case invisible(first):
		t.unseen(first, t.before)
	case first == 0x2028 || first == 0x2029 || first == 0x85 || cluster == "\r\n":
		t.Lines++
		t.endWord(s, i)
	case space(first) == ' ':
		t.before = ' '
		t.endWord(s, i)
	case isCore(first):
		t.seen(first)
		upper := isUpper(first)
		if upper || isLower(first) {
			if t.Cased++; upper {
				t.Capitals++
			}
		}
		t.letter(i, t.scripts.of(first))
	default:
		t.seen(first)
		t.endWord(s, i)
	}
}

// isEmoji tells whether a character is shown as one by itself.
func isEmoji(r rune) bool {
	if r < 0x231a || r > 0x1ffff {
		return false
	}
	switch {
	case 0x1f1e6 <= r && r <= 0x1f1ff, 0x1f300 <= r && r <= 0x1f64f && r != 0x1f3fb-1, 0x1f680 <= r && r <= 0x1f6ff, 0x1f900 <= r && r <= 0x1f9ff, 0x1fa70 <= r && r <= 0x1faff:
		return true
	case r >= 0x1f000, r < 0x2b56 && r >= 0x231a:
		return emojirunes.Is(r) && (r >= 0x1f000 || unicode.Is(unicode.So, r) && presents(r))
	}
	return false
}

// presents tells whether an old sign is shown as an emoji though nothing says so.
func presents(r rune) bool {
	switch {
	case r == 0x231a, r == 0x231b, 0x23e9 <= r && r <= 0x23ec, r == 0x23f0, r == 0x23f3, r == 0x25fd, r == 0x25fe, r == 0x2614, r == 0x2615,
		0x2648 <= r && r <= 0x2653, r == 0x267f, r == 0x2693, r == 0x26a1, r == 0x26aa, r == 0x26ab, r == 0x26bd, r == 0x26be, r == 0x26c4, r == 0x26c5,
		r == 0x26ce, r == 0x26d4, r == 0x26ea, r == 0x26f2, r == 0x26f3, r == 0x26f5, r == 0x26fa, r == 0x26fd, r == 0x2705, r == 0x270a, r == 0x270b,
		r == 0x2728, r == 0x274c, r == 0x274e, 0x2753 <= r && r <= 0x2755, r == 0x2757, 0x2795 <= r && r <= 0x2797, r == 0x27b0, r == 0x27bf,
		r == 0x2b1b, r == 0x2b1c, r == 0x2b50, r == 0x2b55:
		return true
	}
	return false
}

func bidi(r rune) bool {
	return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}

// letter adds one to the word.
func (t *tally) letter(i int, of script) {
	if t.from < 0 {
		t.from, t.length, t.mix = i, 0, mixture{}
	}
	t.Letters++
	t.length++
	t.mix.add(of)
}

func (t *tally) endWord(s string, i int) {
	if t.from < 0 {
		return
	}
	t.Words++
	t.Longest = max(t.Longest, t.length)
	if t.length == 1 && t.mix.first != 0 && t.mix.first != han {
		t.single++
	} else {
		t.endSingles()
	}
	if t.mix.mixed() {
		if t.mix.changes > 1 {
			t.Woven++
		}
		if t.Mixed++; t.MixedWord == "" {
			t.MixedWord = s[t.from:min(i, t.from+mostLabel)]
		}
	}
	t.from = -1
}

// endSingles counts letters that stood alone, if there were more than people write by themselves: "I o u".
func (t *tally) endSingles() {
	if t.single >= 4 {
		t.Spaced += t.single
	}
	t.single = 0
}
