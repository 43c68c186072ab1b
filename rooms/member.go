package rooms

import (
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// Member is one user's membership of a room. The zero Member is a user of whom
// the room knows nothing, which servers treat like leave.
type Member struct {
	Membership  event.Membership
	Event       id.EventID
	Sender      id.UserID // not the user: somebody acted on them
	Reason      string    // at most 1 kB
	DisplayName string    // at most 1 kB, otherwise as sent
	// Changed is when Membership last became what it is, by our clock; for members
	// found at the first full look the sender's claim, if that is earlier.
	Changed time.Time
}

// Present reports whether the member is in the room or at its door.
func (m Member) Present() bool {
	switch m.Membership {
	case event.MembershipJoin, event.MembershipInvite, event.MembershipKnock:
		return true
	default:
		return false
	}
}

// parseMember reads m.room.member.
func parseMember(evt *event.Event, at time.Time) Member {
	m := ReadMember(raw(&evt.Content))
	m.Event, m.Sender, m.Changed = evt.ID, evt.Sender, at
	if string(m.Sender) == *evt.StateKey {
		m.Sender = id.UserID(*evt.StateKey)
	}
	return m
}

// ReadMember reads the content of m.room.member. An unknown membership counts as leave: no
// server would have accepted it.
func ReadMember(content json.RawMessage) (m Member) {
	var membership, reason, name []byte
	whole := wire.Each(content, func(key, value []byte) {
		switch string(key) {
		case "membership":
			membership = value
		case "reason":
			reason = value
		case "displayname":
			name = value
		}
	})
	if !whole {
		return Member{Membership: event.MembershipLeave}
	}
	m.Reason, m.DisplayName = clip(wire.Text(reason)), clip(wire.Text(name))
	switch event.Membership(wire.Text(membership)) {
	// Constants of our own, so that a member does not pin its event's buffer.
	case event.MembershipJoin:
		m.Membership = event.MembershipJoin
	case event.MembershipInvite:
		m.Membership = event.MembershipInvite
	case event.MembershipKnock:
		m.Membership = event.MembershipKnock
	case event.MembershipBan:
		m.Membership = event.MembershipBan
	default:
		m.Membership = event.MembershipLeave
	}
	return m
}

// Move names what a change of membership was. Kick, unban, refused knock and
// withdrawn invite are all "leave" on the wire; only the membership before and
// the sender tell them apart.
type Move string

// The moves.
const (
	MoveNone        Move = ""
	Joined          Move = "joined"
	Left            Move = "left"
	Kicked          Move = "kicked"
	Banned          Move = "banned"
	Rebanned        Move = "rebanned" // ban to ban: the later event owns it
	Unbanned        Move = "unbanned"
	Invited         Move = "invited"
	InviteWithdrawn Move = "invite withdrawn"
	InviteDeclined  Move = "invite declined"
	Knocked         Move = "knocked"
	KnockRefused    Move = "knock refused"
	KnockTakenBack  Move = "knock taken back"
	ProfileChanged  Move = "profile changed"
	MembershipLost  Move = "membership lost" // gone from the room's state with no event
)

// Move classifies a change of membership or profile.
func (c Change) Move() Move {
	switch c.Kind {
	case Profile:
		return ProfileChanged
	case Membership:
	default:
		return MoveNone
	}
	before, after := c.Before.Membership, c.After.Membership
	switch after {
	case event.MembershipJoin:
		return Joined
	case event.MembershipInvite:
		return Invited
	case event.MembershipKnock:
		return Knocked
	case event.MembershipBan:
		if before == event.MembershipBan {
			return Rebanned
		}
		return Banned
	case "":
		return MembershipLost
	}
	own := c.After.Sender == c.User
	switch before {
	case event.MembershipBan:
		return Unbanned
	case event.MembershipInvite:
		return pick(own, InviteDeclined, InviteWithdrawn)
	case event.MembershipKnock:
		return pick(own, KnockTakenBack, KnockRefused)
	case event.MembershipLeave:
		return MoveNone
	default:
		return pick(own, Left, Kicked)
	}
}

func pick(own bool, yes, no Move) Move {
	if own {
		return yes
	}
	return no
}
