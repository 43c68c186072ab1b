package community

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/enforce"
	"forseti/store"
)

// forgetLeavers drops who left a protected room long ago, and what is stored of them.
func forgetLeavers(w *enforce.World, room id.RoomID, now time.Time, out *store.Commit) {
	for _, u := range enforce.ForgetLeavers(w, room, now) {
		out.State = append(out.State, store.StateRow{Room: room, Type: event.StateMember.Type, Key: string(u)})
	}
}

// remembered reports whether an event of a full look at a protected room is one that the
// world has kept.
func remembered(w *enforce.World, evt *event.Event) bool {
	if evt.Type.Type != event.StateMember.Type {
		return true
	}
	r := w.Room(evt.RoomID)
	if r == nil {
		return true
	}
	_, known := r.Member(id.UserID(*evt.StateKey))
	return known
}
