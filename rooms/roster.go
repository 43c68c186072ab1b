package rooms

import (
	"iter"
	"maps"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// roster is who is in a room, was, or is kept out.
type roster struct {
	members map[id.UserID]record
	counts  map[event.Membership]int
	most    int                       // of how many it knew since members was made
	keep    time.Duration             // after which Replace brings nobody back who left; 0: it always does
	shared  func(id.UserID) id.UserID // gives one copy of an ID for all rooms
}

func newRoster() roster {
	return roster{
		members: make(map[id.UserID]record), counts: make(map[event.Membership]int),
		shared: func(u id.UserID) id.UserID { return u },
	}
}

// Share has the room keep the copy of a user's ID that shared gives, which may be in many
// rooms.
func (r *roster) Share(shared func(id.UserID) id.UserID) { r.shared = shared }

// Member is what the room says of a user; false if it says nothing.
func (r *roster) Member(u id.UserID) (Member, bool) {
	rec, ok := r.members[u]
	if !ok {
		return Member{}, false
	}
	return rec.member(u), true
}

// Len is of how many users the room says something.
func (r *roster) Len() int { return len(r.members) }

// Members yields all users of whom the room says something, those who left or
// are banned included, in no particular order.
func (r *roster) Members() iter.Seq2[id.UserID, Member] {
	return func(yield func(id.UserID, Member) bool) {
		for u, rec := range r.members {
			if !yield(u, rec.member(u)) {
				return
			}
		}
	}
}

// Count is the number of members with a membership.
func (r *roster) Count(m event.Membership) int { return r.counts[m] }

// Present reports whether a user joined, is invited or knocks.
func (r *roster) Present(u id.UserID) bool { return r.members[u].kind.present() }

// setMember stores a membership and says what that changed.
func (r *roster) setMember(u id.UserID, after Member) Change {
	rec, known := r.members[u]
	var before Member
	if known {
		before = rec.member(u)
	}
	if before.Membership == after.Membership {
		after.Changed = before.Changed
	}
	if known && before == after {
		return Change{}
	}
	if known {
		r.counts[before.Membership]--
	} else {
		u = r.shared(u)
	}
	r.put(u, after)
	c := Change{Kind: Membership, User: u, Before: before, After: after}
	switch {
	case before.Membership == after.Membership && after.Membership == event.MembershipJoin:
		c.Kind = Profile
	case known && before.Event == after.Event && before.Membership == after.Membership:
		return Change{} // only redacted
	}
	return c
}

// shrink lets go of the room that those had who are known no more, if it is much: a map keeps
// it, and whoever looks at all members looks at that too.
func (r *roster) shrink() {
	const few = 1000
	if r.most > few && len(r.members) < r.most/4 {
		members := make(map[id.UserID]record, len(r.members))
		maps.Copy(members, r.members)
		r.members, r.most = members, len(members)
	}
}

func (r *roster) put(u id.UserID, m Member) {
	if m.Sender == u {
		m.Sender = u
	} else {
		m.Sender = r.shared(m.Sender)
	}
	r.counts[m.Membership]++
	r.members[u] = recordOf(u, m)
	r.most = max(r.most, len(r.members))
}

// drop forgets a member of whom the room says something.
func (r *roster) drop(u id.UserID) {
	r.counts[r.members[u].kind.membership()]--
	delete(r.members, u)
}
