package content

import (
	"strings"

	"forseti/wire"
)

// words is what is read of a message's texts.
type words struct {
	shown, rest Text
	html        *visible // what was formatted; nil if nothing was
	outer       []anchor // links of what an edit shows to the simplest clients
	missed      bool     // there are more of these than are kept
	evidence    evidence
	cut         bool
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
type rest struct {
	b   strings.Builder
	cut bool
}

func (r *rest) add(s string) {
	if r.b.Len()+len(s) > 2*mostText {
		r.cut = true
		s = wire.Clip(s, max(2*mostText-r.b.Len(), 0))
	}
	if s == "" {
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
		plain := o.inner.text("body", o.inner.mostText())
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
	w.shown, w.rest = Text{raw: wire.Clip(shown, mostText), endless: o.inner.endless()}, Text{raw: wire.Clip(r.b.String(), mostText), aside: true}
	w.cut = w.cut || r.cut || len(shown) > mostText
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
	most := o.inner.mostText()
	plain := o.inner.text("body", most)
	if plain == "" {
		for _, name := range []string{"m.text", "org.matrix.msc1767.text"} {
			if value := o.inner.of(name); value != nil && plain == "" {
				plain = o.ofForms(name, value, mostText)
			}
		}
	}
	formatted := o.inner.text("formatted_body", most)
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
		w.outer = append(w.outer, asides(old.html.ordered())...)
		w.missed = w.missed || old.html.missed
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
