package rooms

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// record is a Member as a room keeps it. There may be a million over all rooms, so that
// what few have is apart.
type record struct {
	event   id.EventID
	name    string
	changed int64 // ns since 1970; 0 for the zero time
	rare    *rare
	kind    kind
}

// rare is of members on whom somebody else acted.
type rare struct {
	sender id.UserID
	reason string
}

// kind is a membership in one byte.
type kind uint8

const (
	absent kind = iota
	joins
	invited
	knocks
	left
	banned
)

var kinds = [...]event.Membership{
	absent: "", joins: event.MembershipJoin, invited: event.MembershipInvite, knocks: event.MembershipKnock,
	left: event.MembershipLeave, banned: event.MembershipBan,
}

// kindOfMember reads a membership; one that nobody knows counts as leave.
func kindOfMember(m event.Membership) kind {
	for k, known := range kinds {
		if m == known {
			return kind(k)
		}
	}
	return left
}

func (k kind) membership() event.Membership { return kinds[k] }

func (k kind) present() bool { return k == joins || k == invited || k == knocks }

func recordOf(u id.UserID, m Member) record {
	r := record{event: m.Event, name: m.DisplayName, kind: kindOfMember(m.Membership)}
	if !m.Changed.IsZero() {
		r.changed = m.Changed.UnixNano()
	}
	if m.Sender != u || m.Reason != "" {
		r.rare = &rare{m.Sender, m.Reason}
	}
	return r
}

func (r record) member(u id.UserID) Member {
	m := Member{Membership: r.kind.membership(), Event: r.event, Sender: u, DisplayName: r.name}
	if r.changed != 0 {
		m.Changed = time.Unix(0, r.changed)
	}
	if r.rare != nil {
		m.Sender, m.Reason = r.rare.sender, r.rare.reason
	}
	return m
}
