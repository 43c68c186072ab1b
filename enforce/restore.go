package enforce

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

// RestoreMember takes in a member of a protected room as they were known before a restart.
func RestoreMember(w *World, room id.RoomID, u id.UserID, m rooms.Member) {
	if r := w.census.rooms[room]; r != nil {
		w.follow(r, r.Restore(u, m))
	}
}

// RestoreRoom takes in what a protected room itself was then, after its members. Who calls
// it has all planned anew.
func RestoreRoom(w *World, room id.RoomID, state []*event.Event, at time.Time) {
	r := w.census.rooms[room]
	if r == nil {
		return
	}
	w.census.heard(at)
	for _, c := range r.Restored(state, at) {
		w.follow(r, c)
	}
}
