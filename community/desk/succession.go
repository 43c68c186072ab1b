package desk

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
	"forseti/wire"
)

// Succeeds says why a room is not believed to take the place of the management room, a sentence; "" if it is. Both rooms
// have to name each other, the same user has to have written so in both, and the new one must be closed as the old one was:
// whoever is in it moderates.
func Succeeds(old *rooms.Room, state []*event.Event) (doubt string) {
	next, by, rightly := Replacement(old)
	switch {
	case next == "" || next == old.ID():
		return "The room was replaced, and does not say by which one."
	case !rightly:
		return "Whoever wrote that the room was replaced may not write that there."
	case state == nil:
		return ""
	}
	seen, before := rooms.New(next), id.RoomID("")
	for _, evt := range state {
		if evt.StateKey == nil || evt.Type.Type == event.StateMember.Type {
			continue
		}
		if evt.Type.Type == event.StateCreate.Type && *evt.StateKey == "" {
			before = id.RoomID(wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Object("predecessor").Text("room_id"))
		}
		seen.Apply(evt, evt.Mautrix.ReceivedAt)
	}
	switch {
	case before != old.ID():
		return "The room that it was replaced by does not say that it takes its place."
	case seen.Maker() != by:
		return "The room that it was replaced by was made by somebody else than who wrote so."
	case old.Encrypted() && !seen.Encrypted():
		return "The room that it was replaced by is not encrypted, and this one is."
	case open(seen) && !open(old):
		return "Anybody can come into the room that it was replaced by, and would moderate."
	}
	return ""
}

// open reports whether anybody can come into a room.
func open(r *rooms.Room) bool { return r.JoinRule() == event.JoinRulePublic }
