package content

import (
	"strings"
	"unicode/utf8"
)

// Text is what somebody wrote, with the views of it that comparisons need. Each is made when it is first asked for, and
// kept.
type Text struct {
	raw      string
	folded   string
	skeleton string
	besides  *besides
	made     view
	aside    bool // few see it
	endless  bool // there is more of it than of any that is looked at as a whole

	head, tail uint32 // what is not looked at is between them
	shape      *Shape
	print      *Fingerprint
}

// besides is what most texts need not have: what is normal is mostly as it was written.
type besides struct{ normal, core, small, viewed string }

type view uint8

const (
	foldedMade view = 1 << iota
	skeletonMade
	coreMade
	normalMade
	otherMade // that it is another than what was written
	boundsMade
	smallMade
)

// NewText gives a text to look at, such as a name.
func NewText(s string) *Text { return &Text{raw: s} }

// String is the text as it was written.
func (t *Text) String() string { return t.raw }

// Empty reports whether there is nothing of it.
func (t *Text) Empty() bool { return t.raw == "" }

// Folded is the text view, for words in any language. See Fold.
func (t *Text) Folded() string {
	if t.made&foldedMade == 0 {
		t.folded, t.made = foldNormal(t.normal()), t.made|foldedMade
	}
	return t.folded
}

// Skeleton is the skeleton view, for what is written with letters that look like others. See Skeleton.
func (t *Text) Skeleton() string {
	if t.made&skeletonMade == 0 {
		t.skeleton, t.made = skeletonOf(t.normal()), t.made|skeletonMade
	}
	return t.skeleton
}

// AppendSkeleton appends the skeleton view of the text in small letters: capitals may look like other letters than small ones
// do. It is for whoever looks at it once: of a usual text nothing of it is kept.
func (t *Text) AppendSkeleton(to []byte) []byte {
	if len(t.normal()) > usual {
		return append(to, t.smallSkeleton()...)
	}
	var b bones
	b.ofSmall(t.normal())
	return append(to, b.all()...)
}

// ofSmall takes the skeleton of a text in small letters.
func (b *bones) ofSmall(s string) {
	if small := lowered(s); small != "" {
		s = small
	}
	b.of(s)
}

// smallSkeleton is the same, kept: of a text that is long it is not made twice.
func (t *Text) smallSkeleton() string {
	if t.made&smallMade == 0 {
		if small := lowered(t.normal()); small != "" {
			t.beside().small = skeletonOf(small)
		} else {
			t.beside().small = t.Skeleton()
		}
		t.made |= smallMade
	}
	return t.besides.small
}

// Core is the letters and digits of the skeleton alone, so that "f r e e" and "fr.ee" are "free". Of text without any it is
// the skeleton.
func (t *Text) Core() string {
	if t.made&coreMade == 0 {
		t.beside().core = Core(t.Skeleton())
		t.made |= coreMade
	}
	return t.besides.core
}

// normal is as much of the text as is looked at, in its normal form.
func (t *Text) normal() string {
	if t.made&normalMade == 0 {
		viewed := t.viewed()
		out, _ := normal(viewed) // nothing is left out here: bounds are no wider
		t.made |= normalMade
		if out != t.raw {
			t.beside().normal = out
			t.made |= otherMade
		}
	}
	if t.made&otherMade != 0 {
		return t.besides.normal
	}
	return t.raw
}

func (t *Text) beside() *besides {
	if t.besides == nil {
		t.besides = &besides{}
	}
	return t.besides
}

// isCut tells whether there is more than is looked at.
func (t *Text) isCut() bool {
	head, _ := t.bounds()
	return head < len(t.raw)
}

// Shape is what can be counted of it.
func (t *Text) Shape() *Shape {
	if t.shape == nil {
		t.shape = shapeOfText(t.viewed())
		t.shape.Cut = t.isCut()
	}
	return t.shape
}

// Fingerprint is what near-equal texts have in common.
func (t *Text) Fingerprint() *Fingerprint {
	if t.print != nil {
		return t.print
	}
	// Capitals may look like other letters than small ones do: Г like Γ, and г like r. All in capitals it is the same text.
	if len(t.normal()) > usual {
		t.print = fingerprintOf(t.smallSkeleton())
		return t.print
	}
	var b bones
	b.ofSmall(t.normal())
	t.print = fingerprintOf(b.all())
	return t.print
}

// How many bytes of a text the views show: what its beginning says, and its end. To look at a letter that is not of ASCII
// takes longer, so that each of its bytes counts as some.
const (
	mostViewed  = 8 << 10
	mostForeign = 3 << 10
	// What few see is looked at no further than this.
	mostRest = 3 << 10
)

// bounds are where the beginning ends that is looked at, and where the end begins; both are the length if all is.
func (t *Text) bounds() (head, tail int) {
	if t.made&boundsMade == 0 {
		t.head, t.tail = bounds(t.raw, t.most())
		t.made |= boundsMade
	}
	return int(t.head), int(t.tail)
}

func (t *Text) most() int {
	switch {
	case t.aside:
		return mostRest
	case t.endless:
		return mostViewed / 2
	}
	return mostViewed
}

func bounds(s string, most int) (head, tail uint32) {
	const longer = 0xef // with which the characters begin that stand for many
	if len(s) <= mostSure && strings.IndexByte(s, longer) < 0 || len(s) <= most && isASCII(s) {
		return uint32(len(s)), uint32(len(s))
	}
	c := costs{s: s, usual: mostHard * most / mostViewed, hardest: mostHard * 3 / 4, longest: mostGrown * 3 / 4}
	from, to := 0, len(s)
	for left := scale * most * 3 / 4; from < to; {
		if s[from] < utf8.RuneSelf {
			if left -= scale; left < 0 {
				break
			}
			from++
			continue
		}
		r, size := runeAt(s, from)
		if left -= c.of(r, from, size, true); left < 0 {
			break
		}
		from += size
	}
	c.hard, c.grown, c.hardest, c.longest = min(c.hard, c.hardest), min(c.grown, c.longest), mostHard, mostGrown
	for left := scale * most / 4; to > from; {
		if s[to-1] < utf8.RuneSelf {
			if left -= scale; left < 0 {
				break
			}
			to--
			continue
		}
		r, size := utf8.DecodeLastRuneInString(s[:to])
		if left -= c.of(r, to-size, size, false); left < 0 {
			break
		}
		to -= size
	}
	if from >= to {
		return uint32(len(s)), uint32(len(s))
	}
	return uint32(from), uint32(to)
}

// costs is what it costs to look at the characters of a text. Of what has to be made normal by all the rules beginning and end
// have each their share, so that none of what is looked at is left out there.
type costs struct {
	s              string
	usual, uneasy  int // characters that are not easy
	hardest, hard  int // those of them that need all the rules
	longest, grown int // bytes by which these become longer
	letter         rune
	after          int // behind this place it is the letter that stands there, once marks are put on it
}

// of is what the character costs that stands at a place. Whether a mark is put on the letter before it is known on the way
// forward alone.
func (c *costs) of(r rune, at, size int, forward bool) int {
	cost := scale * size * mostViewed / mostForeign
	if isEasy(r) || r < stableTable && stable()[r/64]&(1<<(r%64)) != 0 {
		return cost
	}
	c.uneasy++
	if unseen := invisible(r); (!unseen && space(r) == r) && !(forward && c.joined(r, at, size)) {
		c.hard++
		c.grown += grows(c.s[at:], size)
		if c.hard > c.hardest || c.grown > c.longest {
			return never
		}
	} else if unseen && forward {
		c.letter, c.after = c.before(at), at+size
	}
	if c.uneasy > c.usual {
		return dear
	}
	return cost
}

// joined tells whether a mark is put on what stands before it, as normal does.
func (c *costs) joined(mark rune, at, size int) bool {
	whole := together(c.before(at), mark)
	if whole != 0 {
		c.letter, c.after = whole, at+size
	}
	return whole != 0
}

// before is the letter before a place.
func (c *costs) before(at int) rune {
	if c.after == at {
		return c.letter
	}
	r, _ := utf8.DecodeLastRuneInString(c.s[:at])
	return r
}

const (
	// mostSure is how long a text is that is looked at whatever it is.
	mostSure = 512
	// scale is what it costs to look at a byte of ASCII, and dear what a character costs that needs all the rules of
	// normalising, once there are more of them than people write.
	scale = 3
	dear  = 16 * scale
	// never is what the first costs that is not looked at.
	never = 1 << 30
)

// viewed is as much of the text as is looked at.
func (t *Text) viewed() string {
	head, tail := t.bounds()
	if head == len(t.raw) {
		return t.raw
	}
	if by := t.beside(); by.viewed == "" {
		by.viewed = t.raw[:head] + "\n" + t.raw[tail:]
	}
	return t.besides.viewed
}

// runeAt decodes a character; those of two bytes need no search.
func runeAt(s string, i int) (r rune, size int) {
	if lead := s[i]; 0xc2 <= lead && lead < 0xe0 && i+1 < len(s) && s[i+1]&0xc0 == 0x80 {
		return rune(lead&0x1f)<<6 | rune(s[i+1]&0x3f), 2
	}
	return utf8.DecodeRuneInString(s[i:])
}

func isASCII(s string) bool {
	const some = 8
	for ; len(s) >= some; s = s[some:] {
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&utf8.RuneSelf != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lowered is a text in small letters; "" if it has no capitals but those of ASCII, whose case means nothing to a skeleton.
func lowered(s string) string {
	for _, r := range s {
		if r >= utf8.RuneSelf && isUpper(r) {
			return strings.ToLower(s)
		}
	}
	return ""
}
