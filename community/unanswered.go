package community

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/store"
)

// lingering is how long a request that got no answer may still be carried out.
const lingering = time.Hour

// place is a user in a room.
type place struct {
	room id.RoomID
	user id.UserID
}

// lostBan is a ban that got no answer.
type lostBan struct {
	action action.Action
	at     time.Time
}

// remember keeps a ban of which nobody knows whether it happened. It may not be
// wanted any more when it would be tried again; if it shows up after all, it is ours,
// and ours to lift.
func (c *Community) remember(t enforce.Attempt, at time.Time) {
	a := t.Action
	if t.Failure == nil || t.Failure.Kind != action.Transient || a.Verb != action.Ban {
		return
	}
	for p, old := range c.unanswered {
		if at.Sub(old.at) > lingering {
			delete(c.unanswered, p)
		}
	}
	c.unanswered[place{a.Room, a.User}] = lostBan{a, at}
}

// noticeBan records which event our ban became.
func (c *Community) noticeBan(evt *event.Event, change rooms.Change, at time.Time, out *store.Commit) {
	if change.Kind != rooms.Membership || change.After.Membership != event.MembershipBan || change.After.Sender != c.self {
		return
	}
	if _, ours := c.world.Ours(evt.RoomID, change.User); ours {
		out.Located = append(out.Located, located(evt.RoomID, change.User, evt.ID))
		return
	}
	if e, found := c.claim(evt.RoomID, change.User, at); found {
		out.Located = append(out.Located, e)
	}
}

// claimAll finds bans without an answer in a room that was read as a whole.
func (c *Community) claimAll(room id.RoomID, at time.Time) {
	for p := range c.unanswered {
		if p.room != room {
			continue
		}
		if e, found := c.claim(p.room, p.user, at); found {
			c.extra.Located = append(c.extra.Located, e)
		}
	}
}

// claim makes a ban without an answer ours if it is there.
func (c *Community) claim(room id.RoomID, user id.UserID, at time.Time) (store.Located, bool) {
	lost, known := c.unanswered[place{room, user}]
	m, _ := c.world.Room(room).Member(user)
	if !known || m.Membership != event.MembershipBan || m.Sender != c.self || m.Event == "" {
		return store.Located{}, false
	}
	delete(c.unanswered, place{room, user})
	if _, ours := c.world.Ours(room, user); ours {
		return store.Located{}, false
	}
	c.world.SetOurs(room, user, enforce.Ban{Event: m.Event, Cause: lost.action.Cause})
	c.enqueue([]enforce.Key{keyOf(lost.action)}, at)
	return store.Located{Entry: lost.action.ID, Event: m.Event}, true
}
