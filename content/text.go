package content

// Text is what somebody wrote, with the views of it that comparisons need. Each is made when it is first asked for, and
// kept.
type Text struct {
	raw      string
	folded   string
	skeleton string
	core     string
	made     view
	shape    *Shape
	print    *Fingerprint
}

type view uint8

const (
	foldedMade view = 1 << iota
	skeletonMade
	coreMade
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
		t.folded, t.made = Fold(t.viewed()), t.made|foldedMade
	}
	return t.folded
}

// Skeleton is the skeleton view, for what is written with letters that look like others. See Skeleton.
func (t *Text) Skeleton() string {
	if t.made&skeletonMade == 0 {
		t.skeleton, t.made = Skeleton(t.viewed()), t.made|skeletonMade
	}
	return t.skeleton
}

// Core is the letters and digits of the skeleton alone, so that "f r e e" and "fr.ee" are "free". Of text without any it is
// the skeleton.
func (t *Text) Core() string {
	if t.made&coreMade == 0 {
		t.core, t.made = Core(t.Skeleton()), t.made|coreMade
	}
	return t.core
}

// Shape is what can be counted of it.
func (t *Text) Shape() *Shape {
	if t.shape == nil {
		t.shape = shapeOfText(t.viewed())
		t.shape.Cut = len(t.raw) > mostViewed
	}
	return t.shape
}

// Fingerprint is what near-equal texts have in common.
func (t *Text) Fingerprint() *Fingerprint {
	if t.print == nil {
		t.print = fingerprintOf(t.Core())
	}
	return t.print
}

// mostViewed is how many bytes of a text the views show: what its beginning says, and its end.
const (
	mostViewed = 8 << 10
	mostEnd    = 2 << 10
)

// viewed is as much of the text as is looked at.
func (t *Text) viewed() string {
	if len(t.raw) <= mostViewed {
		return t.raw
	}
	from := len(t.raw) - mostEnd
	for from < len(t.raw) && t.raw[from]&0xc0 == 0x80 {
		from++
	}
	to := mostViewed - mostEnd
	for to > 0 && t.raw[to]&0xc0 == 0x80 {
		to--
	}
	return t.raw[:to] + "\n" + t.raw[from:]
}
