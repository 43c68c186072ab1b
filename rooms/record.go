package rooms

import (
	"slices"
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

// records are the members of a room. A map is half empty most of the time, and what it holds
// for each is small.
type records struct {
	at   map[id.UserID]uint32 // where in all
	all  []record
	free []uint32 // of those, the places that nobody has
}

func newRecords(n int) records {
	return records{at: make(map[id.UserID]uint32, n), all: make([]record, 0, n)}
}

func (rs *records) len() int { return len(rs.at) }

func (rs *records) has(u id.UserID) bool {
	_, known := rs.at[u]
	return known
}

// of is the record of a user; the zero record if there is none.
func (rs *records) of(u id.UserID) record {
	i, known := rs.at[u]
	if !known {
		return record{}
	}
	return rs.all[i]
}

func (rs *records) each(yield func(id.UserID, record) bool) {
	for u, i := range rs.at {
		if !yield(u, rs.all[i]) {
			return
		}
	}
}

func (rs *records) put(u id.UserID, r record) {
	if i, known := rs.at[u]; known {
		rs.all[i] = r
		return
	}
	if last := len(rs.free) - 1; last >= 0 {
		i := rs.free[last]
		rs.free = rs.free[:last]
		rs.at[u], rs.all[i] = i, r
		return
	}
	rs.at[u] = uint32(len(rs.all))
	rs.all = append(rs.all, r)
}

func (rs *records) drop(u id.UserID) {
	if i, known := rs.at[u]; known {
		delete(rs.at, u)
		rs.all[i] = record{}
		rs.free = append(rs.free, i)
	}
}

// reserve makes room for so many in all.
func (rs *records) reserve(n int) {
	if n > len(rs.all) {
		rs.all = slices.Grow(rs.all, n-len(rs.all))
	}
}

// shrink lets go of the room that those had who are known no more, if it is much: a map keeps
// it, and whoever looks at all members looks at that too.
func (rs *records) shrink() {
	const few = 1000
	if cap(rs.all) <= few || rs.len() >= cap(rs.all)/4 {
		return
	}
	less := newRecords(rs.len())
	for u, r := range rs.each {
		less.put(u, r)
	}
	*rs = less
}
