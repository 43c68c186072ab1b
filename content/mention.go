package content

import (
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// mostMentions is how many users are kept of those whom a message mentions.
const mostMentions = 100

// Mentions is whom a message calls.
type Mentions struct {
	// Users are those whom it notifies or names in any way, each once, those first who are Called.
	Users []id.UserID
	// Count is how many there are, also of those that are too many to be kept.
	Count int
	// Declared is how many the message declares for notification, Pills how many it links to, Plain how many stand in its
	// text as they are. Called is how many are declared or linked to, each once.
	Declared, Pills, Plain, Called int
	// Hidden are those who are notified and neither linked to nor named. One of them does not count in a reply: that is
	// whom it answers.
	Hidden []id.UserID
	// Room says that all are notified, or that @room stands in the text.
	Room bool
	// All says that the message declares that all are notified. Rings says that they are, if its sender may do so: also if
	// @room stands in the text of a message that declares nothing.
	All, Rings bool
	// Only says that nothing else is said.
	Only bool
}

// nobody is whom most messages call.
var nobody Mentions

// Mentions is whom it calls. It must not be changed.
func (m *Message) Mentions() *Mentions {
	if m == nil {
		return &nobody
	}
	if m.mention == nil {
		m.mention = m.mentions()
	}
	return m.mention
}

func (m *Message) mentions() *Mentions {
	o, l := m.read(), m.found()
	if l == &empty && !o.outer.has("m.mentions") && !o.inner.has("m.mentions") {
		return &nobody
	}
	found := &Mentions{Pills: len(l.pills), Plain: len(l.plain)}
	add := func(u id.UserID) bool {
		if slices.Contains(found.Users, u) {
			return false
		}
		if found.Count++; len(found.Users) < mostMentions {
			found.Users = append(found.Users, u)
		}
		return true
	}
	for _, u := range l.pills {
		add(u)
	}
	shown := ""
	declared := func(u id.UserID) {
		found.Declared++
		if !add(u) || len(found.Hidden) >= mostMentions || slices.Contains(l.plain, u) {
			return
		}
		if shown == "" {
			shown = m.Shown().Folded()
		}
		if local, _, _ := strings.Cut(strings.TrimPrefix(string(u), "@"), ":"); len(local) < 2 || !strings.Contains(shown, Fold(local)) {
			found.Hidden = append(found.Hidden, u)
		}
	}
	silent := true
	for _, f := range []*fields{&o.outer, o.inner} {
		silent = silent && !f.has("m.mentions")
		if found.declared(o, f.of("m.mentions"), declared); o.inner == &o.outer {
			break
		}
	}
	found.Called = found.Count
	for _, u := range l.plain {
		add(u)
	}
	found.All = found.Room
	found.Rings = found.All || silent && l.room
	found.Room = found.Rings || l.room
	if o.about.answers != "" && len(found.Hidden) > 0 {
		found.Hidden = found.Hidden[1:]
	}
	if found.Count == 0 && !found.Room {
		return &nobody
	}
	found.Only = len(o.files) == 0 && len(l.all) == 0 && o.form != Poll && letters(m.Shown().viewed()) <= l.called
	return found
}

// declared reads whom a message declares.
func (found *Mentions) declared(o *outline, raw []byte, user func(id.UserID)) {
	n := 0
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "room":
			if o.expect("m.mentions.room", value, aTruth) && string(value) == "true" {
				found.Room = true
			}
		case "user_ids":
			if !o.expect("m.mentions.user_ids", value, aList) {
				return
			}
			wire.Elements(value, func(value []byte) {
				if n++; n > mostMentions {
					found.Declared++
					found.Count++
					return
				}
				if o.expect("an element of m.mentions.user_ids", value, aText) && len(value) <= mostID+2 {
					user(id.UserID(written(value, mostID)))
				}
			})
		}
	})
}
