package content

import (
	"strings"
	"unicode/utf8"

	"forseti/wire"
)

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
			switch name := f.all[i].name; {
			case !o.reads(f, name):
				l.visit(f.of(name), 0)
			case name == "info", name == "file", name == "m.relates_to", name == "m.mentions", name == "m.per_message_profile":
				l.besides(f.of(name), 0)
			}
		}
	}
	if o.more != nil {
		for _, text := range o.more.texts {
			r.add(text)
		}
		w.outer = append(w.outer, o.more.anchors...)
		w.missed = w.missed || o.more.missed
	}
	w.outer = asides(append(w.outer, l.more.anchors...))
	w.missed = w.missed || l.more.missed
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

// besides visits what is in an object beside what is read of it, or says nothing to anybody.
func (l *leaves) besides(value []byte, depth int) {
	if depth > mostNested {
		return
	}
	wire.Each(value, func(name, inner []byte) {
		switch string(name) {
		case "rel_type", "event_id", "key", "m.in_reply_to", "is_falling_back", "user_ids", "room", "displayname", "avatar_url",
			"mimetype", "size", "w", "h", "duration", "url", "hashes", "iv", "v", "thumbnail_url", "blurhash", "xyz.amorgan.blurhash":
			return
		}
		if l.n < mostLeaves && shapeOf(inner) == anObj {
			l.besides(inner, depth+1)
			return
		}
		l.visit(inner, depth+1)
	})
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
