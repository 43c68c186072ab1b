package enforce

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

// Who left a room is kept in view for a while, and not for ever: they may be banned yet,
// and what they said removed. A stranger's server could fill the memory else.
const (
	keptLeavers = 24 * time.Hour
	mostLeavers = 10_000 // of each room
	oftenLeft   = time.Hour
)

// keepLeavers is for how long: at least as long as the rules may be about them.
func (s Settings) keepLeavers() time.Duration { return max(keptLeavers, s.RecentLeavers) }

// ForgetLeavers drops who left a room long ago, or is one of very many who left, and returns
// them. It may be called at any time, and does nothing in most cases.
func ForgetLeavers(w *World, room id.RoomID, now time.Time) []id.UserID {
	r := w.census.rooms[room]
	if r == nil {
		return nil
	}
	last, known := w.census.forgot[room]
	if known && now.Sub(last) < oftenLeft && r.Count(event.MembershipLeave) <= mostLeavers+mostLeavers/10 {
		return nil
	}
	w.census.forgot[room] = now
	ours := func(u id.UserID) bool {
		_, ban := w.Bans.Of(room, u)
		return ban || u == w.spared.self
	}
	dropped := r.Forget(now.Add(-w.Settings.keepLeavers()), mostLeavers, ours)
	for _, u := range dropped {
		w.census.moved(r, u, rooms.Member{Membership: event.MembershipLeave}, rooms.Member{})
		w.Scales.moved(room, u)
	}
	return dropped
}
