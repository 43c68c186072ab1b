package content

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// words is what is read of a message's texts.
type words struct {
	shown, rest Text
	html        *visible // what was formatted; nil if nothing was
	outer       []anchor // links of what an edit shows to the simplest clients
	evidence    evidence
	cut         bool
}

// evidence is what is read later of what was shown.
type evidence struct {
	text     string   // what is shown; of what is formatted, the plain text with what it quotes
	fallback string   // what the simplest clients show in its place, if that says something else
	html     *visible // what is shown, if it is formatted; with where links lead it is made when it is asked for
}

// read gives both.
func (e *evidence) read() (text, fallback string) {
	if e.html == nil {
		return e.text, e.fallback
	}
	with, bare := e.html.shownWith(), withoutQuote(e.text)
	if alike(with, bare) {
		return bare, e.fallback
	}
	return with, cmp.Or(e.fallback, e.text)
}

// say has it be another text.
func (e *evidence) say(text string) { e.text, e.html = text, nil }

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
	shown := w.body(o, &r)
	switch o.form {
	case Sticker, Image, Video, Audio, Voice, Document:
		f := &o.files[0]
		plain := o.inner.text("body", mostText)
		// Without a name of its own the body is the name, and no caption.
		if f.Name == "" || f.Name == plain || o.form == Sticker {
			if f.Name == "" {
				f.Name = wire.Clip(plain, mostLabel)
			}
			if shown != f.Name {
				r.add(shown)
			}
			shown = ""
			w.evidence.say("")
		}
		r.add(f.Name)
	case Gallery:
		for _, f := range o.files {
			r.add(f.Name)
		}
	case Location:
		shown = w.also(shown, o.special.place)
	case Poll:
		if o.special.question != "" {
			r.add(shown)
			shown = o.special.question
			w.evidence.say(shown)
		}
		for _, choice := range o.special.choices {
			shown += "\n" + choice
		}
	case Reaction:
		r.add(shown)
		shown = o.about.key
		w.evidence.say(shown)
		if strings.HasPrefix(shown, "mxc://") {
			w.html = &visible{pictures: []Picture{{Address: shown, Emoji: true}}}
		}
	case Member:
		r.add(shown)
		shown = strings.Trim(o.special.profile.Name+"\n"+o.inner.text("reason", mostText), "\n")
		w.evidence.say(shown)
	case Name, Topic, Alias:
		shown = w.also(shown, w.state(o, &r))
	case Pack:
		shown = w.also(shown, w.pack(o))
	}
	if o.form != Member {
		r.add(o.special.profile.Name)
	}
	if o.about.edits != "" && o.inner != &o.outer {
		w.edited(o, &r, shown)
	}
	w.others(o, &r)
	w.shown, w.rest = Text{raw: wire.Clip(shown, mostText)}, Text{raw: wire.Clip(r.b.String(), mostText), aside: true}
	w.cut = w.cut || len(shown) > mostText
}

// also is a text with another line, for people too.
func (w *words) also(shown, more string) string {
	text, fallback := w.evidence.read()
	w.evidence.fallback = fallback
	w.evidence.say(strings.Trim(text+"\n"+more, "\n"))
	return strings.Trim(shown+"\n"+more, "\n")
}

// body reads a text in both its forms, of whatever kind of event, and gives what is shown.
func (w *words) body(o *outline, r *rest) string {
	plain := o.inner.text("body", mostText)
	if plain == "" {
		for _, name := range []string{"m.text", "org.matrix.msc1767.text"} {
			if value := o.inner.of(name); value != nil && plain == "" {
				plain = o.form1(name, value, mostText)
			}
		}
	}
	formatted := o.inner.text("formatted_body", mostText)
	if formatted == "" {
		bare := plain
		if o.about.answers != "" { // only what stands above a reply is a quote of it
			bare = withoutQuote(plain)
			r.add(strings.TrimSpace(plain[:len(plain)-len(bare)]))
		}
		w.evidence.say(bare)
		return bare
	}
	v := &visible{}
	v.see(formatted)
	w.html, w.cut = v, w.cut || v.cut
	r.add(strings.TrimSpace(v.aside.String()))
	if o.inner.text("format", 100) != "org.matrix.custom.html" {
		asides(v.anchors)
		r.add(v.text())
		w.evidence.say(plain)
		return plain
	}
	bare := withoutQuote(plain)
	r.add(strings.TrimSpace(plain[:len(plain)-len(bare)]))
	if !alike(v.text(), bare) && (len(v.inserts) == 0 || !alike(v.shownWith(), bare)) {
		r.add(bare)
	}
	w.evidence = evidence{text: plain, html: v}
	return v.text()
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
	var old words
	var more rest
	before := outline{form: o.form, inner: &o.outer, about: o.about, special: o.special}
	text := old.body(&before, &more)
	if old.html != nil {
		w.outer = append(w.outer, asides(old.html.anchors)...)
	}
	plain := strings.TrimSpace(strings.TrimPrefix(text, "*"))
	if text != "" && !alike(plain, shown) {
		if was, instead := w.evidence.read(); instead == "" {
			w.evidence.say(was)
			w.evidence.fallback, _ = old.evidence.read()
		}
		r.add(plain)
	}
	r.add(more.b.String())
}

// asides has links be such as nobody sees.
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
	mostLooked = 64 << 10 // bytes, as often as they are looked at
)

// others takes in whatever text stands in fields that are not read of such a message, or are of a wrong shape.
func (w *words) others(o *outline, r *rest) {
	l := leaves{r: r}
	all := []*fields{&o.outer, o.inner}
	if o.inner == &o.outer {
		all = all[:1]
		l.visit(o.outer.of("m.new_content"), 0) // it is no edit, or not a whole one
	}
	for _, f := range all {
		for _, value := range f.odd {
			l.visit(value, 0)
		}
		for i := range f.all {
			if name := f.all[i].name; !o.reads(f, name) {
				l.visit(f.of(name), 0)
			}
		}
	}
	if o.more != nil {
		for _, text := range o.more.texts {
			r.add(text)
		}
		w.outer = append(w.outer, o.more.anchors...)
	}
	w.outer = asides(append(w.outer, l.more.anchors...))
}

// reads tells whether a field of a message of its form is read, or is nothing to read.
func (o *outline) reads(f *fields, name string) bool {
	switch name {
	case "body", "formatted_body", "m.relates_to", "m.new_content", "m.mentions", "m.per_message_profile":
		return true
	case "format", "msgtype", "membership", "m.voice", "m.forwarded", "info", "file":
		return o.form != Custom
	case "m.text", "org.matrix.msc1767.text":
		return !f.has("body")
	case "filename":
		return len(o.files) > 0
	case "url":
		return len(o.files) > 0 || address(f.of("url")) != ""
	case "geo_uri":
		return o.form == Location
	case "m.poll", "org.matrix.msc3381.poll.start":
		return o.form == Poll && !o.cut
	case "itemtypes":
		return false // each may have a caption of its own
	case "displayname", "avatar_url", "reason":
		return o.form == Member
	case "name":
		return o.form == Name
	case "topic", "m.topic":
		return o.form == Topic
	case "alias":
		return o.form == Alias
	case "images", "pack":
		return o.form == Pack
	}
	return false
}

// leaves are the texts in a value, however deep.
type leaves struct {
	r *rest
	n int // how many there were
	b int // how many bytes were looked at, at each depth

	more more
}

func (l *leaves) visit(value []byte, depth int) {
	if l.b += len(value); len(value) == 0 || l.n >= mostLeaves || l.b > mostLooked || depth > mostNested {
		return
	}
	switch shapeOf(value) {
	case aText:
		if said := written(value, mostSource); speaks(said) {
			l.n++
			l.r.add(said)
			// It may be meant as HTML, which would part words and hide where links lead.
			if strings.IndexByte(said, '<') >= 0 && strings.IndexByte(said, '>') >= 0 {
				l.r.add(l.more.html(said))
			}
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
	text, fallback := w.evidence.read()
	return Seen{
		Kind: m.described(), Text: text, Fallback: fallback, Choices: o.special.choices, Edits: o.about.edits, Files: o.files,
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
