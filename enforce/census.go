package enforce

import (
	"bytes"
	"encoding/json"
	"iter"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// census holds the protected rooms, and knows in which of them a user is, and how many
// are present in all and by server. It follows every change of a member, so that weighing
// a change never loops over rooms × members. All of it can be derived from the rooms.
type census struct {
	self     id.UserID
	rooms    map[id.RoomID]*rooms.Room
	held     map[id.RoomID]bool      // whose first sweep waits for a yes
	forgot   map[id.RoomID]time.Time // when who left was last dropped there
	subjects *policy.Subjects        // everybody who may have to be banned or freed
	spots    map[id.UserID]spot
	present  int             // distinct users
	servers  map[string]int  // of those, by server
	latest   time.Time       // when it was last heard of any room
	acl      json.RawMessage // the content that a room had last
}

// spot is where one user is.
type spot struct {
	rooms   []*rooms.Room // that say something of the user
	present int           // of those, in how many the user is, or is at the door
}

func newCensus(self id.UserID) *census {
	return &census{
		self:  self,
		rooms: map[id.RoomID]*rooms.Room{}, held: map[id.RoomID]bool{}, forgot: map[id.RoomID]time.Time{}, subjects: policy.NewSubjects(),
		spots: map[id.UserID]spot{}, servers: map[string]int{},
	}
}

// protect begins to look after a room, of which nothing is known yet.
func (c *census) protect(room id.RoomID) {
	if c.rooms[room] == nil {
		r := rooms.New(room)
		r.Share(c.subjects.Shared, c.sharedACL)
		r.Acts(c.self)
		c.rooms[room] = r
	}
}

// sharedACL gives the one copy of a content that rooms have one after the other: it may be
// long, and most of them have the same.
func (c *census) sharedACL(content json.RawMessage) json.RawMessage {
	if !bytes.Equal(content, c.acl) {
		c.acl = content
	}
	return c.acl
}

// unprotect forgets a room.
func (c *census) unprotect(room id.RoomID) {
	r := c.rooms[room]
	if r == nil {
		return
	}
	for u, m := range r.Members() {
		c.moved(r, u, m, rooms.Member{})
	}
	delete(c.rooms, room)
	delete(c.held, room)
	delete(c.forgot, room)
}

// inView reports whether a rule may concern the member: to ban, or to free.
func inView(m rooms.Member) bool { return m.Membership != "" }

// moved takes in a change of one member of a room, and reports whether the member has
// come into view there.
func (c *census) moved(r *rooms.Room, u id.UserID, before, after rooms.Member) (came bool) {
	s := c.spots[u]
	was := s.present > 0
	switch {
	case inView(after) && !inView(before):
		s.rooms = append(s.rooms, r)
		c.subjects.Add(u)
		came = true
	case inView(before) && !inView(after):
		s.rooms = without(s.rooms, r)
		c.subjects.Remove(u)
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
	return came
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

// of gives the rooms that say something of a user, who may have left.
func (c *census) of(u id.UserID) []*rooms.Room { return c.spots[u].rooms }

// mostTouched is how many users whom rules touch are listed. If there are more, all are
// looked at: to list them would take longer than to find out that most are not touched.
const mostTouched = 10 * mostWeighed

// touched gives those whom rules touch; all is true if they are more than can be listed.
func (c *census) touched(rules []policy.Rule) (users []id.UserID, all bool) {
	for u := range c.subjects.AffectedByAny(rules) {
		if len(users) == mostTouched {
			return users, true
		}
		users = append(users, u)
	}
	return users, false
}

// keysOf are the keys of one user wherever a room says something of them.
func (c *census) keysOf(u id.UserID) []Key {
	in := c.of(u)
	keys := make([]Key, len(in))
	for i, r := range in {
		keys[i] = memberKey(r.ID(), u)
	}
	return keys
}

func memberKey(room id.RoomID, u id.UserID) Key {
	return Key{Lane: action.MemberLane, Room: room, Subject: string(u)}
}

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

// followedIn are the rooms that say something of a user and that rules are followed in. They
// are to be looked at, and not kept.
func (c *census) followedIn(u id.UserID) (in []*rooms.Room) {
	if len(c.held) == 0 {
		return c.of(u) // which is all the same, and much where there are many
	}
	for _, r := range c.of(u) {
		if !c.held[r.ID()] {
			in = append(in, r)
		}
	}
	return in
}

// presentIn are those of them where the user is present.
func (c *census) presentIn(u id.UserID) (in []id.RoomID) {
	for _, r := range c.followedIn(u) {
		if r.Present(u) {
			in = append(in, r.ID())
		}
	}
	return in
}

// everybody is of whom a room says something.
func (c *census) everybody(room id.RoomID) []id.UserID {
	r := c.rooms[room]
	if r == nil {
		return nil
	}
	all := make([]id.UserID, 0, r.Len())
	for u := range r.Members() {
		all = append(all, u)
	}
	return all
}

// heard notes that it is as late as this.
func (c *census) heard(at time.Time) {
	if at.After(c.latest) {
		c.latest = at
	}
}
