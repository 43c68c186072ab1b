package community

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix"
)

// ownLeaves are the rooms that we left ourselves, until sync has brought that. If a
// moderator has us come back at once, it is old news.
type ownLeaves map[id.RoomID]time.Time

// longestEcho is how long what we did ourselves may take to come.
const longestEcho = 5 * time.Minute

func (o ownLeaves) leave(room id.RoomID, now time.Time) {
	for other, at := range o {
		if now.Sub(at) > longestEcho {
			delete(o, other)
		}
	}
	o[room] = now
}

// brought reports whether a batch says no more than that we left a room ourselves, which
// is said once.
func (o ownLeaves) brought(in *matrix.RoomBatch, self id.UserID, now time.Time) bool {
	at, left := o[in.Room]
	if in.Membership != event.MembershipLeave || !left {
		return false
	}
	delete(o, in.Room)
	by := self // nobody says otherwise
	for _, events := range [][]*event.Event{in.State, in.Timeline} {
		for _, evt := range events {
			if evt.StateKey != nil && *evt.StateKey == string(self) && evt.Type.Type == event.StateMember.Type {
				by = evt.Sender
			}
		}
	}
	return by == self && now.Sub(at) <= longestEcho
}
