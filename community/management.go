package community

import (
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/commits"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
)

// management is the management room: who is in it may command.
type management struct {
	world *enforce.World
	queue *queue
	room  *base
	bots  *otherBots
	duty  *duty

	// For who is not the owner: the moderators and what they are called, and what we are.
	known  sync.Map
	called atomic.Pointer[string]

	joined  func(id.UserID)      // hears of who joins, once it is known who is there
	view    func([]*event.Event) // sees the whole state
	closed  func()               // hears that the room was replaced, or is so no more
	settled bool                 // it is known who is there
}

func newManagement(world *enforce.World, q *queue, room *base, c *commits.Writer) *management {
	m := &management{world: world, queue: q, room: room, duty: &duty{commits: c, of: sanction.Duty{}}}
	m.bots = &otherBots{commits: c, here: &m.known}
	return m
}

// viewed is told once the whole state was taken in.
func (m *management) viewed(state []*event.Event) {
	m.settled = true
	m.view(state)
}

// displayName is how we are called in the management room. Commands ask for it as well.
func (m *management) displayName() string {
	if name := m.called.Load(); name != nil {
		return *name
	}
	return ""
}

// follow keeps moderators in step with the members of the management room.
func (m *management) follow(change rooms.Change) {
	about := change.Kind == rooms.Membership || change.Kind == rooms.Profile
	switch {
	case about && change.User == m.world.Self():
		m.called.Store(&change.After.DisplayName)
		return
	case change.Kind == rooms.Profile:
		m.known.Store(change.User, change.After.DisplayName)
	}
	if change.Kind == rooms.Tombstone {
		m.closed()
	}
	if change.Kind != rooms.Membership {
		return
	}
	joined := change.After.Membership == event.MembershipJoin
	if joined {
		m.known.Store(change.User, change.After.DisplayName)
	} else {
		m.known.Delete(change.User)
		m.duty.left(change.User, time.Now())
	}
	m.queue.enqueue(m.world.SetModerator(change.User, joined), time.Now())
	if joined && m.settled && change.Before.Membership != event.MembershipJoin {
		m.joined(change.User)
	}
}

// team is who moderates, by the names that they have in this room.
func (m *management) team() (all []kit.Namesake) {
	for u := range m.known.Range {
		user, _ := u.(id.UserID)
		in, _ := m.room.Member(user)
		all = append(all, kit.Namesake{User: user, Name: in.DisplayName})
	}
	return all
}

// here tells whether a user is in the management room.
func (m *management) here(user id.UserID) bool {
	in, _ := m.room.Member(user)
	return in.Membership == event.MembershipJoin
}
