package enforce

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// Sweep computes what the rules that are followed would do in one room: the
// question that a newly protected room raises.
func (w *World) Sweep(room id.RoomID) Effect {
	r := w.rooms[room]
	if r == nil {
		return Effect{}
	}
	s := &scale{rooms: map[id.RoomID]int{}}
	for u, m := range r.Members() {
		if !m.Present() || w.spared(u) {
			continue
		}
		_, ban := w.Desired(u)
		switch {
		case ban && r.CanBan(w.Self, u).OK():
			s.Banned = append(s.Banned, u)
			s.hit(u, []id.RoomID{room})
		case w.shut(policy.ServerOf(u)):
			s.Shut = append(s.Shut, u)
			s.hit(u, []id.RoomID{room})
		}
	}
	return w.sum(s)
}

// Size is how many are in a protected room, or at its door.
func (w *World) Size(room id.RoomID) int {
	if r := w.rooms[room]; r != nil {
		return members(r)
	}
	return 0
}

// members counts who is in a room or at its door.
func members(r *rooms.Room) int {
	n := 0
	for _, m := range []event.Membership{event.MembershipJoin, event.MembershipInvite, event.MembershipKnock} {
		n += r.Count(m)
	}
	return n
}

func byRule(b Ban) bool { return b.Cause.Kind == action.ByRule }
