package kit

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
	"forseti/sanction/trust"
	"forseti/wire"
)

// fewest is how many bytes of letters a message has that says something: three words of
// ours, or one of fewer letters that say more each.
const fewest = 15

// mostEarning is how many bytes of a message are looked at for that: who says something says it
// at the beginning.
const mostEarning = 1 << 10

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r)
}

// earns reports whether a signal is a message by which trust can be earned: one that says
// something, is no edit of another, and could be read.
func (s Signal) earns() bool {
	if s.What != Said || s.Sealed || s.Message.Edits() != "" || s.Event.Type.Type != event.EventMessage.Type {
		return false
	}
	n := 0
	for i, r := range s.Message.Shown().String() {
		if i > mostEarning {
			break
		}
		if isLetter(r) {
			if n += utf8.RuneLen(r); n >= fewest {
				return true
			}
		}
	}
	return false
}

// Says reports whether a message says something of its own: it is no edit, no file alone,
// and not shorter than three words.
func (s Signal) Says() bool { return s.earns() }

// accept counts what nobody has anything against.
func (s *Set) accept(in Signal, room *rooms.Room, found []Finding) {
	if !in.earns() || slices.ContainsFunc(found, func(f Finding) bool { return f.User == in.Sender }) {
		return
	}
	if s.Samples != nil && s.Trust.Level(in.Sender, in.Arrived) >= trust.Regular {
		s.Samples.Heard(in.Event.ID, in.Sender, in.Message, in.Arrived)
	}
	s.Trust.Accept(trust.Message{
		Room: in.Room, User: in.Sender, Event: in.Event.ID, Own: room.Ranked(in.Sender) || room.Maker() == in.Sender,
	}, in.Arrived)
}

// removed takes back what counted and is removed. The homeserver gives only redactions
// that hold.
//
// https://spec.matrix.org/v1.16/rooms/v11/#redactions
func (s *Set) removed(in Signal) {
	if in.What != Said || in.Event.Type.Type != event.EventRedaction.Type {
		return
	}
	for _, gone := range []id.EventID{in.Event.Redacts, id.EventID(wire.Content(in.Event.Content.VeryRaw, in.Event.Content.Raw).Text("redacts"))} {
		s.Trust.Removed(in.Room, gone)
		if s.Samples != nil {
			s.Samples.Removed(gone)
		}
	}
}
