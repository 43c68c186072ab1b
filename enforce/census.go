package enforce

import (
	"iter"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/rooms"
)

// census knows in which rooms a user is, and how many are present in all and by
// server. It follows every change of a member, so that weighing a change never
// loops over rooms × members. All of it can be derived from the rooms.
type census struct {
	spots   map[id.UserID]spot
	present int            // distinct users
	servers map[string]int // of those, by server
}

// spot is where one user is.
type spot struct {
	rooms   []*rooms.Room // that say something of the user
	present int           // of those, in how many the user is, or is at the door
}

func newCensus() *census {
	return &census{spots: map[id.UserID]spot{}, servers: map[string]int{}}
}

// moved takes in a change of one member of a room.
func (c *census) moved(r *rooms.Room, u id.UserID, before, after rooms.Member) {
	s := c.spots[u]
	was := s.present > 0
	switch {
	case inView(after) && !inView(before):
		s.rooms = append(s.rooms, r)
	case inView(before) && !inView(after):
		s.rooms = without(s.rooms, r)
	}
	switch {
	case after.Present() && !before.Present():
		s.present++
	case before.Present() && !after.Present():
		s.present--
	}
	if len(s.rooms) == 0 {
		delete(c.spots, u)
	} else {
		c.spots[u] = s
	}
	if is := s.present > 0; is != was {
		c.count(policy.ServerOf(u), is)
	}
}

func (c *census) count(server string, in bool) {
	if in {
		c.present++
		c.servers[server]++
		return
	}
	c.present--
	c.servers[server]--
	if c.servers[server] == 0 {
		delete(c.servers, server)
	}
}

func without(all []*rooms.Room, r *rooms.Room) []*rooms.Room {
	for i, other := range all {
		if other == r {
			last := len(all) - 1
			all[i], all[last] = all[last], nil
			return all[:last]
		}
	}
	return all
}

// left takes in that a room is no longer looked after.
func (c *census) left(r *rooms.Room) {
	for u, m := range r.Members() {
		c.moved(r, u, m, rooms.Member{})
	}
}

// of gives the rooms that say something of a user, who may have left.
func (c *census) of(u id.UserID) []*rooms.Room { return c.spots[u].rooms }

// isPresent reports whether a user is in any room, or at its door.
func (c *census) isPresent(u id.UserID) bool { return c.spots[u].present > 0 }

// some gives users who are present, in no order.
func (c *census) some() iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		for u, s := range c.spots {
			if s.present > 0 && !yield(u) {
				return
			}
		}
	}
}
