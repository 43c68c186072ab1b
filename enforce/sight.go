package enforce

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/recent"
	"forseti/rooms"
)

// sight is what the rooms say of work.
type sight struct {
	world    *World
	redacted recent.Events
}

// member is what the room says of whom a key is about.
func (s *sight) member(w *work) rooms.Member {
	if room := s.world.Room(w.key.Room); room != nil {
		m, _ := room.Member(id.UserID(w.key.Subject))
		return m
	}
	return rooms.Member{}
}

// pointless reports whether the room is already as the action would make it.
func (s *sight) pointless(w *work, a action.Action) bool {
	row := a.Verb.Row()
	if row.Lane == action.MessageLane {
		return s.redacted.Has(a.Event)
	}
	room := s.world.Room(a.Room)
	if room == nil || row.Fulfilled == nil {
		return false
	}
	m, _ := room.Member(a.User)
	return row.Fulfilled(m.Membership) && !w.unheard(row)
}

// unheard reports whether a try that undoes an action had no answer, and may have been
// made all the same.
func (w *work) unheard(row action.Row) bool {
	switch event.MembershipBan {
	case row.Leads:
		return w.unban != nil
	case row.Reverse.Row().Leads:
		return w.ban != nil
	default:
		return false
	}
}

// cameBack reports whether a user was removed by a try without an answer, and is in
// the room again since: to remove them once more was not asked for.
func (s *sight) cameBack(w *work, a action.Action) bool {
	room := s.world.Room(a.Room)
	if room == nil || !w.doubt || w.tried == nil || w.tried.Verb != a.Verb || !a.Verb.Row().Once {
		return false
	}
	m, _ := room.Member(a.User)
	return w.seen != "" && m.Event != "" && m.Event != w.seen
}

// able tells whether we have the power for an action in a room that we know.
func (s *sight) able(w *work, a action.Action) rooms.Refusal {
	room, self := s.world.Room(a.Room), s.world.Self()
	switch {
	case room == nil:
		return rooms.Refusal{}
	case a.Verb.Row().Power == action.UnbanPower && w.ban != nil:
		return room.CanBan(self, a.User)
	default:
		return Able(room, self, a)
	}
}

// Able tells whether somebody has the power for an action in a room.
func Able(room *rooms.Room, self id.UserID, a action.Action) rooms.Refusal {
	switch a.Verb.Row().Power {
	case action.BanPower:
		return room.CanBan(self, a.User)
	case action.UnbanPower:
		return room.CanUnban(self, a.User)
	case action.KickPower:
		return room.CanKick(self, a.User)
	case action.InvitePower:
		return room.CanInvite(self, a.User)
	case action.RedactPower:
		return room.CanRedact(self)
	case action.LevelPower:
		level := int64(0)
		if a.Level != nil {
			level = *a.Level
		}
		return room.CanSetLevel(self, a.User, level)
	case action.StatePower:
		return room.CanSetState(self, a.State.Type.Type)
	default:
		return rooms.Refusal{}
	}
}

// happened looks whether a try without an answer did what it was for: whether the
// room is as it would have made it, and by us.
func (s *sight) happened(w *work) action.Outcome {
	a := w.tried
	dropped := action.Outcome{Dropped: true}
	room := s.world.Room(w.key.Room)
	switch {
	case a == nil || room == nil:
		return dropped
	case a.Verb.Row().Lane == action.MessageLane && s.redacted.Has(a.Event):
		return action.Outcome{Done: true}
	}
	m, _ := room.Member(a.User)
	switch {
	case s.cameBack(w, *a):
		return action.Outcome{Done: true}
	case m.Sender != s.world.Self() || m.Event == "" || m.Membership != a.Verb.Row().Leads:
		return dropped
	case m.Membership == event.MembershipBan:
		s.adopt(*a, m.Event)
	}
	return action.Outcome{Done: true, Event: m.Event}
}

// adopt makes a ban that is there ours, unless it is already: by whom else it was
// asked for meanwhile stays true.
func (s *sight) adopt(a action.Action, evt id.EventID) {
	if _, ours := s.world.Bans.Of(a.Room, a.User); !ours {
		s.world.Bans.Set(a.Room, a.User, Ban{Event: evt, Cause: a.Cause})
	}
}
