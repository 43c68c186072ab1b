// Package content reads a message as people see it, whatever its sender put where. It is
// pure, and knows no room and no rule.
package content

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// Seen is what people see of a message.
type Seen struct {
	// Kind is what it is, in words: "a message", "an edit", "a picture", "a poll".
	Kind string
	// Text is what clients show: of an edit the new text, of formatted text what it
	// renders to, of a picture its caption, of a poll the question.
	Text string
	// Fallback is what the simplest clients show in place of Text, if that says something
	// else; "" if not.
	Fallback string
	Answers  []string   // of a poll
	Edits    id.EventID // what it replaces, if it is an edit
	Files    []File
}

// The bounds of what is read. An event has at most 64 kB.
const (
	mostText    = 64 << 10
	mostAnswers = 50
	mostLabel   = 1000
)

// Read reads the content of an event of a type. What it does not know it calls by that
// type, with whatever text it finds.
func Read(kind string, raw json.RawMessage) Seen {
	outer := wire.Read(raw)
	inner := outer
	seen := Seen{}
	if relation := outer.Object("m.relates_to"); relation.Text("rel_type") == "m.replace" {
		seen.Edits = id.EventID(relation.Short("event_id", mostLabel))
		if fresh := outer.Object("m.new_content"); fresh.Any() {
			inner = fresh
		}
	}
	seen.describe(kind, inner)
	if seen.Edits == "" {
		return seen
	}
	if shown := (&Seen{}).describe(kind, outer); shown.Text != seen.Text && seen.Fallback == "" {
		// What stands there for clients that know no edits. Most put a star before it.
		if plain := strings.TrimPrefix(shown.Text, "* "); !alike(plain, seen.Text) {
			seen.Fallback = shown.Text
		}
	}
	seen.Kind = "an edit of " + seen.Kind
	return seen
}

// describe reads what is shown, edit or not.
func (s *Seen) describe(kind string, o wire.Object) *Seen {
	s.Text, s.Fallback = texts(o)
	switch kind {
	case "m.room.message":
		s.message(o)
	case "m.sticker":
		s.Kind = "a sticker"
		s.Files = append(s.Files, file(o, "sticker"))
		s.named()
	case "m.poll.start", "org.matrix.msc3381.poll.start":
		s.poll(o, kind)
	case "m.reaction":
		s.Kind, s.Text = "a reaction", wire.Clip(o.Object("m.relates_to").Text("key"), mostLabel)
	default:
		s.Kind = "an event of type " + wire.Clip(kind, mostLabel)
	}
	return s
}

func (s *Seen) message(o wire.Object) {
	switch kind := o.Text("msgtype"); kind {
	case "m.image", "m.video", "m.file", "m.audio":
		s.Kind = map[string]string{"m.image": "a picture", "m.video": "a video", "m.file": "a file", "m.audio": "a sound"}[kind]
		if o.Has("org.matrix.msc3245.voice") || o.Has("m.voice") || o.Has("org.matrix.msc3245.voice.v2") {
			s.Kind = "a voice message"
		}
		f := file(o, strings.TrimPrefix(strings.TrimPrefix(s.Kind, "a "), "an "))
		s.Files = append(s.Files, f)
		// Without a name of its own the body is the name, and no caption.
		if named := o.Text("filename"); named == "" || named == o.Text("body") {
			s.named()
		}
	case "m.location":
		s.Kind = "a place"
		if where := wire.Clip(o.Text("geo_uri"), mostLabel); where != "" {
			s.Text = strings.TrimSpace(s.Text + "\n" + where)
		}
	case "m.emote":
		s.Kind = "an emote"
	case "m.notice":
		s.Kind = "a notice"
	case "m.text", "":
		s.Kind = "a message"
	default:
		s.Kind = "a message of type " + wire.Clip(kind, mostLabel)
	}
}

// named takes a text that is only the name of a file, or describes it, for that.
func (s *Seen) named() {
	f := &s.Files[len(s.Files)-1]
	if f.Name == "" {
		f.Name = wire.Clip(s.Text, mostLabel)
	}
	if f.Name == s.Text {
		s.Text = ""
	}
}

// poll reads a poll of either name.
//
// https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/3381-polls.md
func (s *Seen) poll(o wire.Object, kind string) {
	s.Kind = "a poll"
	poll := o.Object("m.poll")
	if kind != "m.poll.start" || !poll.Any() {
		if old := o.Object("org.matrix.msc3381.poll.start"); old.Any() {
			poll = old
		}
	}
	if question := extensible(poll.Object("question")); question != "" {
		s.Text = question
	}
	for _, answer := range poll.Objects("answers", mostAnswers) {
		s.Answers = append(s.Answers, wire.Clip(extensible(answer), mostLabel))
	}
}

// texts reads what is shown, and what else the simplest clients show.
func texts(o wire.Object) (shown, fallback string) {
	plain := wire.Clip(o.Text("body"), mostText)
	if plain == "" {
		plain = extensible(o)
	}
	formatted := ""
	if o.Text("format") == "org.matrix.custom.html" {
		formatted = o.Text("formatted_body")
	}
	if formatted == "" {
		return plain, ""
	}
	visible := Visible(formatted)
	if alike(visible, withoutQuote(plain)) {
		return withoutQuote(plain), ""
	}
	return visible, plain
}

// extensible is text as extensible events have it, of either name: a string, or the
// first of several forms.
func extensible(o wire.Object) string {
	for _, key := range []string{"m.text", "org.matrix.msc1767.text", "body"} {
		if s := o.Text(key); s != "" {
			return wire.Clip(s, mostText)
		}
		for _, form := range o.Objects(key, 10) {
			if s := form.Text("body"); s != "" {
				return wire.Clip(s, mostText)
			}
		}
	}
	return ""
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

// String is all of it in lines, for whoever reads it.
func (s Seen) String() string {
	lines := []string{s.Text}
	for i, answer := range s.Answers {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, answer))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
