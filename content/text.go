package content

import (
	"strings"
	"unicode"
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
	shape    *Shape
	print    *Fingerprint
}

// besides is what most texts need not have: what is normal is mostly as it was written.
type besides struct{ normal, core string }

type view uint8

const (
	foldedMade view = 1 << iota
	skeletonMade
	coreMade
	normalMade
	otherMade // that it is another than what was written
	cutMade   // that it was too hard
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
// do. It is for whoever looks at it once, and nothing of it is kept.
func (t *Text) AppendSkeleton(to []byte) []byte {
	s := t.normal()
	if small := lowered(s); small != "" {
		s = small
	}
	var b bones
	b.of(s)
	return append(to, b.all()...)
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
		out, cut := normal(viewed)
		if t.made |= normalMade; cut {
			t.made |= cutMade
		}
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
	if len(t.raw) > t.limit() {
		return true
	}
	if len(t.raw) < mostHard {
		return false
	}
	t.normal()
	return t.made&cutMade != 0
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
	small := lowered(t.normal())
	if small == "" && t.made&skeletonMade == 0 && len(t.normal()) <= usual {
		small = t.normal() // it is not worth keeping
	}
	if small == "" {
		t.print = fingerprintOf([]byte(t.Skeleton()))
	} else {
		var b bones
		b.of(small)
		t.print = fingerprintOf(b.all())
	}
	return t.print
}

// How many bytes of a text the views show: what its beginning says, and its end. To look at a letter that is not of ASCII
// takes ten times as long, so that of a text with any it is less.
const (
	mostViewed  = 8 << 10
	mostForeign = 3 << 10
	// What few see is looked at no further than this.
	mostRest        = 3 << 10
	mostForeignRest = 1 << 10
)

// limit is how many bytes are looked at.
func (t *Text) limit() int {
	most, foreign := mostViewed, mostForeign
	if t.aside {
		most, foreign = mostRest, mostForeignRest
	}
	if len(t.raw) > foreign && !isASCII(t.raw) {
		return foreign
	}
	return most
}

// viewed is as much of the text as is looked at.
func (t *Text) viewed() string {
	most := t.limit()
	if len(t.raw) <= most {
		return t.raw
	}
	from, to := len(t.raw)-most/4, most-most/4
	for from < len(t.raw) && t.raw[from]&0xc0 == 0x80 {
		from++
	}
	for to > 0 && t.raw[to]&0xc0 == 0x80 {
		to--
	}
	return t.raw[:to] + "\n" + t.raw[from:]
}

func isASCII(s string) bool {
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
		if r >= utf8.RuneSelf && unicode.IsUpper(r) {
			return strings.ToLower(s)
		}
	}
	return ""
}
