package content

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// words is what is read of a message's texts.
type words struct {
	shown, rest Text
	// evidence is what is shown, with where links lead; fallback what the simplest clients show in its place.
	evidence, fallback string
	concealed          string
	spoilers           int
	pictures           []Picture
	anchors            []anchor
	cut                bool
}

func (m *Message) told() *words {
	if m == nil {
		return &words{}
	}
	if m.words == nil {
		m.words = &words{}
		m.words.fill(m.read())
	}
	return m.words
}

// rest collects what is not shown.
type rest struct{ b strings.Builder }

func (r *rest) add(s string) {
	if s == "" || r.b.Len()+len(s) > 2*mostText {
		return
	}
	if r.b.Len() > 0 {
		r.b.WriteByte('\n')
	}
	r.b.WriteString(s)
}

func (w *words) fill(o *outline) {
	var r rest
	shown, seen := w.body(o, &r)
	w.fallback = seen
	switch o.form {
	case Sticker, Image, Video, Audio, Voice, Document:
		f := &o.files[0]
		plain := o.inner.text("body", mostText)
		// Without a name of its own the body is the name, and no caption.
		if nameless := f.Name == "" || f.Name == plain; nameless || o.form == Sticker {
			if f.Name == "" {
				f.Name = wire.Clip(plain, mostLabel)
			}
			if shown == plain || !o.captioned() {
				r.add(shown)
				shown, w.evidence = "", ""
			}
		}
		r.add(f.Name)
	case Gallery:
		for _, f := range o.files {
			r.add(f.Name)
		}
	case Location:
		shown = w.also(shown, o.place)
	case Poll:
		if o.question != "" {
			r.add(shown)
			shown, w.evidence = o.question, o.question
		}
		for _, choice := range o.choices {
			shown += "\n" + choice
		}
	case Reaction:
		r.add(shown)
		shown, w.evidence = o.key, o.key
	case Member:
		shown = w.also(w.also(o.profile.Name, shown), o.inner.text("reason", mostText))
		w.evidence = shown
	case Name, Topic, Alias:
		shown = w.also(shown, w.state(o, &r))
	case Pack:
		shown = w.also(shown, w.pack(o))
	}
	if o.form != Member && o.profile.Name != "" {
		r.add(o.profile.Name)
	}
	w.others(o, &r)
	if o.edits != "" {
		w.edited(o, &r, shown)
	}
	w.shown, w.rest = Text{raw: wire.Clip(shown, mostText)}, Text{raw: wire.Clip(r.b.String(), mostText)}
	w.cut = w.cut || len(shown) > mostText || r.b.Len() > mostText
}

// captioned tells whether formatted text goes with a file.
func (o *outline) captioned() bool { return o.inner.has("m.caption") }

// also is a text with another line, for people too.
func (w *words) also(shown, more string) string {
	shown = strings.TrimSpace(shown + "\n" + more)
	w.evidence = shown
	return shown
}

// body reads a text in both its forms, of whatever kind of event: what is shown, and what the simplest clients show in its
// place if it says something else.
func (w *words) body(o *outline, r *rest) (shown, fallback string) {
	plain := o.inner.text("body", mostText)
	if plain == "" {
		for _, name := range []string{"m.text", "org.matrix.msc1767.text"} {
			if value := o.inner.of(name); value != nil && plain == "" {
				plain = o.form1(name, value, mostText)
			}
		}
	}
	defer func() {
		if w.evidence == "" {
			w.evidence = shown
		}
	}()
	formatted := o.inner.text("formatted_body", mostText)
	if formatted == "" {
		// Only what stands above a reply is a quote of it.
		if o.answers == "" {
			return plain, ""
		}
		bare := withoutQuote(plain)
		r.add(strings.TrimSpace(plain[:len(plain)-len(bare)]))
		return bare, ""
	}
	var v visible
	v.see(formatted)
	w.cut = w.cut || v.cut
	w.concealed, w.spoilers, w.pictures, w.anchors = strings.TrimSpace(v.concealed.String()), v.spoilers, v.pictures, v.anchors
	r.add(strings.TrimSpace(v.aside.String()))
	if o.inner.text("format", 100) != "org.matrix.custom.html" {
		for i := range w.anchors {
			w.anchors[i].aside = true
		}
		r.add(v.text())
		return plain, ""
	}
	bare := withoutQuote(plain)
	if r.add(strings.TrimSpace(plain[:len(plain)-len(bare)])); alike(v.shownWith(), bare) {
		return bare, ""
	}
	if alike(v.text(), bare) { // but for where links lead
		w.evidence = v.shownWith()
		return bare, plain
	}
	w.evidence = v.shownWith()
	r.add(bare)
	return v.text(), plain
}

// state is the text of a name, topic or address of a room.
func (w *words) state(o *outline, r *rest) string {
	switch o.form {
	case Name:
		return o.inner.text("name", mostText)
	case Topic:
		plain := o.inner.text("topic", mostText)
		if forms := o.inner.of("m.topic"); forms != nil {
			if rich := o.extensible("topic", forms, mostText); rich != "" && rich != plain {
				r.add(plain)
				return rich
			}
		}
		return plain
	default:
		return o.inner.text("alias", mostLabel)
	}
}

// edited takes in what stands there for clients that know no edits. Most put a star before it.
func (w *words) edited(o *outline, r *rest, shown string) {
	if o.inner == &o.outer {
		return
	}
	var old words
	var more rest
	before := outline{form: o.form, inner: &o.outer, answers: o.answers}
	text, _ := old.body(&before, &more)
	plain := strings.TrimSpace(strings.TrimPrefix(text, "*"))
	w.anchors, w.pictures = append(w.anchors, asides(old.anchors)...), append(w.pictures, old.pictures...)
	if !alike(plain, shown) && text != "" {
		if w.fallback == "" {
			w.fallback = old.evidence
		}
		r.add(plain)
	}
	r.add(more.b.String())
}

func asides(all []anchor) []anchor {
	for i := range all {
		all[i].aside = true
	}
	return all
}

// The bounds of what is looked at of fields that nobody knows.
const (
	mostLeaves = 200
	mostNested = 8
)

// others takes in whatever text stands in fields that are not read, or are of a wrong shape.
func (w *words) others(o *outline, r *rest) {
	l := leaves{r: r}
	all := []*fields{&o.outer}
	if o.inner != &o.outer {
		all = append(all, o.inner)
	} else if fresh := o.outer.of("m.new_content"); fresh != nil {
		l.visit(fresh, 0) // it is no edit, or not a whole one
	}
	for _, f := range all {
		for _, value := range f.odd {
			l.visit(value, 0)
		}
		for _, name := range []string{"m.url_previews", "m.caption", "m.location", "description"} {
			if value := f.of(name); value != nil {
				l.visit(value, 0)
			}
		}
		if o.form != Name && o.form != Topic && o.form != Member {
			for _, name := range []string{"name", "topic", "m.topic", "displayname", "reason", "m.text", "org.matrix.msc1767.text"} {
				if value := f.of(name); value != nil && (f.has("body") || name[0] != 'm' && name[0] != 'o') {
					l.visit(value, 0)
				}
			}
		}
		if o.form != Poll {
			l.visit(f.of("m.poll"), 0)
			l.visit(f.of("org.matrix.msc3381.poll.start"), 0)
		}
	}
}

// leaves are the texts in a value, however deep.
type leaves struct {
	r *rest
	n int
}

func (l *leaves) visit(value []byte, depth int) {
	if len(value) == 0 || l.n >= mostLeaves || depth > mostNested {
		return
	}
	switch shapeOf(value) {
	case aText:
		if said := written(value, mostSource); speaks(said) {
			l.n++
			l.r.add(said)
		}
	case anObj:
		wire.Each(value, func(_, inner []byte) { l.visit(inner, depth+1) })
	case aList:
		wire.Elements(value, func(inner []byte) { l.visit(inner, depth+1) })
	}
}

// speaks tells whether a text may be one for people, and no address, number, hash or name of ours.
func speaks(s string) bool {
	if len(s) < 2 || strings.HasPrefix(s, "mxc://") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c == ' ' || c >= utf8.RuneSelf || c == '/' || c == '@' || c == '.' && len(s) < 200 {
			return true
		}
	}
	return len(s) < 40
}

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
	for i, r := range s {
		switch r {
		case ' ', '\t', '\r', '\n', '\u00a0', '*', '_', '~', '`', '#', '>', '-', '+', '.', '(', ')', '[', ']', '<', '\\', '|':
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		return r, s[i+size:]
	}
	return -1, ""
}

// Seen is what people saw of a message, for whoever reads it later.
type Seen struct {
	// Kind is what it is, in words: "a message", "an edit of a picture", "a poll".
	Kind string
	// Text is what clients show, with where links lead.
	Text string
	// Fallback is what the simplest clients show in place of Text, if that says something
	// else; "" if not.
	Fallback string
	Choices  []string   // of a poll
	Edits    id.EventID // what it replaces, if it is an edit
	Files    []File
}

// Seen gives that.
func (m *Message) Seen() Seen {
	w, o := m.told(), m.read()
	return Seen{
		Kind: m.described(), Text: w.evidence, Fallback: w.fallback, Choices: o.choices, Edits: o.edits, Files: o.files,
	}
}

// String is all of it in lines, for whoever reads it.
func (s Seen) String() string {
	lines := []string{s.Text}
	for i, choice := range s.Choices {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, choice))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
