package rooms

import (
	"iter"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// roster is who is in a room, was, or is kept out.
type roster struct {
	members records
	counts  [len(kinds)]int
	keep    time.Duration             // after which Replace brings nobody back who left; 0: it always does
	shared  func(id.UserID) id.UserID // gives one copy of an ID for all rooms
	// Of whom is asked with nearly every question, it is known without looking for them.
	acts id.UserID
	is   kind
}

func newRoster() roster {
	return roster{
		members: newRecords(0),
		shared:  func(u id.UserID) id.UserID { return u },
	}
}

// Member is what the room says of a user; false if it says nothing.
func (r *roster) Member(u id.UserID) (Member, bool) {
	rec, known := r.members.find(u)
	if !known {
		return Member{}, false
	}
	return rec.member(u), true
}

// Len is of how many users the room says something.
func (r *roster) Len() int { return r.members.len() }

// Members yields all users of whom the room says something, those who left or
// are banned included, in no particular order.
func (r *roster) Members() iter.Seq2[id.UserID, Member] {
	return func(yield func(id.UserID, Member) bool) {
		for u, rec := range r.members.each {
			if !yield(u, rec.member(u)) {
				return
			}
		}
	}
}

// Count is the number of members with a membership.
func (r *roster) Count(m event.Membership) int {
	if k := kindOfMember(m); k.membership() == m {
		return r.counts[k]
	}
	return 0
}

// Size is how many are in the room or at its door.
func (r *roster) Size() int { return r.counts[joins] + r.counts[invited] + r.counts[knocks] }

// Present reports whether a user joined, is invited or knocks.
func (r *roster) Present(u id.UserID) bool { return r.kind(u).present() }

// setMember stores a membership and says what that changed.
func (r *roster) setMember(u id.UserID, after Member) Change {
	before, known := r.Member(u)
	if before.Membership == after.Membership {
		after.Changed = before.Changed
	}
	if known && before == after {
		return Change{}
	}
	if known {
		r.counts[kindOfMember(before.Membership)]--
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

func (r *roster) put(u id.UserID, m Member) {
	if m.Sender == u {
		m.Sender = u
	} else {
		m.Sender = r.shared(m.Sender)
	}
	rec := recordOf(u, m)
	r.counts[rec.kind]++
	r.members.put(u, rec)
	if u == r.acts {
		r.is = rec.kind
	}
}

// drop forgets a member of whom the room says something.
func (r *roster) drop(u id.UserID) {
	r.counts[r.members.of(u).kind]--
	r.members.drop(u)
	if u == r.acts {
		r.is = absent
	}
}

// kind is what a user is in the room.
func (r *roster) kind(u id.UserID) kind {
	if u == r.acts {
		return r.is
	}
	return r.members.of(u).kind
}
