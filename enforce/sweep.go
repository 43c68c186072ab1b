package enforce

import (
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

// sweep is the look at everybody in a room, to find out what the rules that are followed
// would do there.
type sweep struct {
	left    []id.UserID
	hit     map[id.UserID]swept
	version int64 // of what was followed when it began
	began   int   // how often
}

// swept is what would become of one user.
type swept struct {
	reach
	shut bool
}

// mostBeginnings is how often a sweep begins anew because other rules are followed.
const mostBeginnings = 5

// Sweep computes what the rules that are followed would do in one room: the question
// that a newly protected room raises. It looks at so many members; if it is not done
// then, it goes on where it was when it is called again.
func (c *Scales) Sweep(room id.RoomID, most int) (e Effect, done bool) {
	r := c.census.rooms[room]
	if r == nil {
		delete(c.sweeps, room)
		return Effect{}, true
	}
	s := c.sweeps[room]
	if s == nil {
		s = &sweep{}
		c.sweeps[room] = s
	}
	if s.began == 0 || s.version != c.book.version && s.began < mostBeginnings {
		*s = sweep{left: c.census.everybody(room), hit: map[id.UserID]swept{}, version: c.book.version, began: s.began + 1}
	}
	c.denials.changed()
	for _, u := range takeLast(&s.left, most) {
		c.look(s, r, u)
	}
	bound := 0
	switch {
	case len(s.hit) > c.mostWeighed():
		bound = max(r.Size(), len(s.hit))
	case len(s.left) > 0:
		return Effect{}, false
	case s.version != c.book.version:
		bound = max(r.Size(), len(s.hit)) // the rules do not keep still
	}
	delete(c.sweeps, room)
	found := &scale{rooms: map[id.RoomID]int{}, Effect: Effect{Bound: bound}}
	for u, would := range s.hit {
		var shut []id.RoomID
		if would.shut {
			shut = []id.RoomID{room}
		}
		found.against(u, would.reach, shut)
	}
	return c.sum(found), true
}

// SweepAtOnce is Sweep for when nobody waits.
func (c *Scales) SweepAtOnce(room id.RoomID) Effect {
	for {
		if e, done := c.Sweep(room, mostWeighed); done {
			return e
		}
	}
}

// look finds out what would become of a member.
func (c *Scales) look(s *sweep, r *rooms.Room, u id.UserID) {
	delete(s.hit, u)
	after := c.standing(u)
	would := swept{c.reaches(u, []*rooms.Room{r}, standing{}, after), after.shut && r.Present(u)}
	if would.shut || would.any() {
		s.hit[u] = would
	}
}

// moved has a sweep that is under way look at a member again.
func (c *Scales) moved(room id.RoomID, u id.UserID) {
	if s := c.sweeps[room]; s != nil {
		s.left = append(s.left, u)
	}
}

// powerMoved has a sweep that is under way begin anew: who can be banned is another matter.
func (c *Scales) powerMoved(room id.RoomID) {
	if s := c.sweeps[room]; s != nil {
		s.version = -1
	}
}
