package content

import (
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// The bounds of what is read. An event has at most 64 kB, of which no part of one in a room is honestly so long.
const (
	mostText    = 8 << 10 // bytes of one text
	mostChoices = 50
	mostFiles   = 50
	mostLabel   = 1000 // bytes of a name
	mostID      = 255
	mostFaults  = 16
)

// outline is what is known of a message before any text of it is read.
type outline struct {
	form      Form
	msgtype   string
	about     *about
	special   *special
	files     []File
	faults    []string
	forwarded bool
	cut       bool
	// more is text in forms that not all clients show.
	more *more

	outer fields
	inner *fields // what is shown: of an edit its new content
}

// about is what other events a message is about. Most are about none.
type about struct {
	edits, answers, thread, reacts id.EventID
	key                            string
}

// special is what only some forms have.
type special struct {
	question string
	choices  []string
	place    string
	profile  Profile
}

// more is text, and links in it.
type more struct {
	texts   []string
	anchors []anchor
	missed  bool // there are more links than are kept
}

// html takes in what HTML shows, and gives it.
func (m *more) html(source string) string {
	var v visible
	v.see(source)
	m.texts = append(m.texts, strings.TrimSpace(v.aside.String()))
	kept := v.ordered()
	kept = kept[:min(len(kept), mostLinks-min(len(m.anchors), mostLinks))]
	m.anchors = append(m.anchors, kept...)
	m.missed = m.missed || v.missed || len(kept) < len(v.anchors)
	return v.text()
}

// none are those of a message that has none.
var (
	noAbout   about
	noSpecial special
)

// Profile is how somebody is shown.
type Profile struct {
	Name    string
	Avatar  string // mxc://
	Forged  bool   // it is of one message only, and not of the member
	Changed bool   // it is said at all
}

func (m *Message) read() *outline {
	if m == nil {
		return &outline{inner: &fields{}, about: &noAbout, special: &noSpecial}
	}
	if m.outline == nil {
		m.outline = &outline{about: &noAbout, special: &noSpecial}
		m.outline.fill(m)
	}
	return m.outline
}

func (o *outline) fill(m *Message) {
	o.outer.read(m.raw, o.wrong)
	o.inner = &o.outer
	if !o.outer.any && !isObject(m.raw) {
		o.wrong("content is no object")
	}
	if rel := o.outer.of("m.relates_to"); rel != nil {
		o.about = o.relation(rel, m.kind)
	}
	if o.about.edits != "" {
		if fresh := o.outer.of("m.new_content"); fresh != nil {
			inner := &fields{}
			if inner.read(fresh, func(what string) { o.wrong("m.new_content." + what) }); inner.any {
				o.inner = inner
			}
		}
	}
	o.msgtype = o.inner.text("msgtype", mostLabel)
	o.form = formOf(m.kind, o.msgtype, o.inner.has("m.voice"))
	o.forwarded = o.forwarded || said(o.inner.of("m.forwarded")) || said(o.outer.of("m.forwarded"))
	switch o.form {
	case Image, Video, Audio, Voice, Document, Sticker:
		o.files = append(o.files, o.carried(o.inner, string(o.form)))
	case Avatar:
		o.files = append(o.files, o.carried(o.inner, "picture"))
	case Gallery:
		o.gallery()
	case Location:
		where := o.inner.text("geo_uri", mostLabel)
		wire.Each(o.inner.of("m.location"), func(name, value []byte) {
			if string(name) == "uri" && where == "" {
				where = written(value, mostLabel)
			}
		})
		o.special = &special{place: where}
	case Poll:
		o.poll(m.kind)
	case Member:
		o.special = &special{profile: Profile{Name: o.inner.text("displayname", mostLabel), Avatar: address(o.inner.of("avatar_url")), Changed: true}}
	case Words:
		if m.kind == "m.room.message" && o.inner.any && !o.inner.has("body") && !o.inner.has("m.text") && !o.inner.has("org.matrix.msc1767.text") {
			o.wrong("there is no body")
		}
	}
	if own := o.inner.of("m.per_message_profile"); own != nil && o.form != Member {
		var f fields
		f.read(own, o.wrong)
		more := *o.special
		more.profile = Profile{Name: f.text("displayname", mostLabel), Avatar: address(f.of("avatar_url")), Changed: true, Forged: true}
		o.special = &more
	}
	for _, f := range []*fields{&o.outer, o.inner} {
		o.cut = o.cut || f.more || len(f.of("body")) > mostText || len(f.of("formatted_body")) > mostText
	}
}

// said tells whether a field says that something is so.
func said(value []byte) bool { return len(value) > 0 && string(value) != "false" }

func isObject(raw []byte) bool { return wire.Each(raw, func([]byte, []byte) {}) }

// wrong notes a fault.
func (o *outline) wrong(what string) {
	if len(o.faults) < mostFaults && !slices.Contains(o.faults, what) {
		o.faults = append(o.faults, what)
	}
}

// expect tells whether a value has the shape that it should have, and notes if it has not.
func (o *outline) expect(what string, value []byte, want shape) bool {
	switch is := shapeOf(value); is {
	case want:
		return true
	case nothing:
		return false
	default:
		o.wrong(what + " is " + is.String())
		return false
	}
}

// relation reads what an event is about.
func (o *outline) relation(raw []byte, kind string) *about {
	var rel, key string
	var event, reply id.EventID
	fallingBack := false
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "rel_type":
			if o.expect("m.relates_to.rel_type", value, aText) {
				rel = written(value, mostID)
			}
		case "event_id":
			if o.expect("m.relates_to.event_id", value, aText) {
				event = eventID(value)
			}
		case "key":
			if o.expect("m.relates_to.key", value, aText) {
				key = written(value, mostLabel)
			}
		case "is_falling_back":
			fallingBack = string(value) == "true"
		case "m.in_reply_to":
			if o.expect("m.relates_to.m.in_reply_to", value, anObj) {
				wire.Each(value, func(name, value []byte) {
					if string(name) == "event_id" && o.expect("m.relates_to.m.in_reply_to.event_id", value, aText) {
						reply = eventID(value)
					}
				})
			}
		}
	})
	found := &about{}
	switch {
	case rel == "m.replace":
		found.edits = event
	case rel == "m.thread":
		found.thread = event
	case rel == "m.forwarded":
		o.forwarded = true
	case kind == "m.reaction":
		found.reacts, found.key = event, key
	}
	if !fallingBack || rel != "m.thread" {
		found.answers = reply
	}
	return found
}

func eventID(value []byte) id.EventID {
	if len(value) > mostID+2 {
		return ""
	}
	return id.EventID(written(value, mostID))
}

// gallery reads several files that are sent as one.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4274
func (o *outline) gallery() {
	n := 0
	wire.Elements(o.inner.of("itemtypes"), func(value []byte) {
		if n++; n > mostFiles {
			o.cut = true
			return
		}
		var f fields
		kind := ""
		f.read(value, o.wrong)
		wire.Each(value, func(name, value []byte) {
			if string(name) == "itemtype" {
				kind = strings.TrimPrefix(written(value, mostLabel), "m.")
			}
		})
		switch kind {
		case "image":
			kind = "picture"
		case "audio":
			kind = "sound"
		case "video", "file":
		default:
			kind = "file"
		}
		found := o.carried(&f, kind)
		if found.Name == "" {
			found.Name = f.text("body", mostLabel)
		}
		o.files = append(o.files, found)
	})
}

// poll reads a poll of either name.
//
// https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/3381-polls.md
func (o *outline) poll(kind string) {
	poll := o.inner.of("m.poll")
	if old := o.inner.of("org.matrix.msc3381.poll.start"); old != nil && (kind != "m.poll.start" || poll == nil) {
		poll = old
	}
	found := &special{}
	if o.special = found; len(poll) > 2*mostText {
		o.cut = true
		return
	}
	wire.Each(poll, func(name, value []byte) {
		switch string(name) {
		case "question":
			if o.expect("question", value, anObj) {
				found.question = o.extensible("question", value, mostText)
			}
		case "answers":
			if !o.expect("answers", value, aList) {
				return
			}
			found.choices = nil
			n := 0
			wire.Elements(value, func(value []byte) {
				if n++; n > mostChoices {
					o.cut = true
				} else if o.expect("answer", value, anObj) {
					found.choices = append(found.choices, o.extensible("answer", value, mostLabel))
				}
			})
		}
	})
}

// extensible is text as extensible events have it, of any name: a string, or the first of several forms.
func (o *outline) extensible(what string, raw []byte, most int) string {
	var forms [3][]byte
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "m.text":
			forms[0] = value
		case "org.matrix.msc1767.text":
			forms[1] = value
		case "body":
			forms[2] = value
		}
	})
	for _, value := range forms {
		if found := o.ofForms(what, value, most); found != "" {
			return found
		}
	}
	return ""
}

// ofForms is what is shown of the forms that a text has: what is formatted, if any is, or else the first. The others are kept
// for those clients that know less, or more.
func (o *outline) ofForms(what string, value []byte, most int) (found string) {
	switch {
	case value == nil:
		return ""
	case shapeOf(value) == aText:
		return written(value, most)
	case shapeOf(value) != aList:
		o.expect(what+"'s text", value, aText)
		return ""
	}
	n, bytes, rich := 0, 0, false
	wire.Elements(value, func(value []byte) {
		if n++; n > mostForms || bytes > mostText {
			o.cut = true
			return
		}
		bytes += len(value)
		if !o.expect(what+"'s text", value, anObj) {
			return
		}
		text, html := o.ofForm(what, value, most)
		if text == "" {
			return
		}
		if found == "" || html && !rich {
			text, found, rich = found, text, html
		}
		if text != "" {
			o.besides().texts = append(o.besides().texts, text)
		}
	})
	return found
}

// ofForm is a text in one form.
func (o *outline) ofForm(what string, raw []byte, most int) (text string, html bool) {
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "body":
			if o.expect(what+"'s text", value, aText) {
				text = written(value, most)
			}
		case "mimetype":
			html = string(value) == `"text/html"`
		}
	})
	if html {
		text = o.besides().html(text)
	}
	return text, html
}

func (o *outline) besides() *more {
	if o.more == nil {
		o.more = &more{}
	}
	return o.more
}

// mostForms is how many forms of one text are looked at.
const mostForms = 10
