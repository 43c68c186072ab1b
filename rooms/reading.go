package rooms

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Reading is the whole state of a room that is taken in a part at a time: a room may have a
// hundred thousand members. To make one needs no room.
type Reading struct {
	own     []*event.Event // of the room itself
	members []*event.Event // the newest of each
	has     map[id.UserID]struct{}
	begun   bool
	at      int
	kept    int // of those, how many the room has now
	listed  bool
	gone    []id.UserID // whom the state does not have
}

// NewReading reads the full state of a room. Of an event type and state key the last
// counts.
func NewReading(state []*event.Event) *Reading {
	g := &Reading{has: make(map[id.UserID]struct{}, len(state))}
	// Backwards, so that the newest wins without a second copy of all members.
	for _, evt := range slices.Backward(state) {
		switch {
		case evt.StateKey == nil:
		case evt.Type.Type != typeMember:
			g.own = append(g.own, evt)
		default:
			u := id.UserID(*evt.StateKey)
			if _, known := g.has[u]; !known {
				g.has[u] = struct{}{}
				g.members = append(g.members, evt)
			}
		}
	}
	slices.Reverse(g.own)
	slices.Reverse(g.members)
	return g
}

// Read goes on taking in a full look at the room's state: what it does not have is gone.
// It returns what changed (the room's own state, then members in the order of the look,
// then members who are gone), and whether more is to come. It looks at up to most members,
// but for once at the names of all. What told is true of has been heard of since the look
// was asked for, and stays as it is.
func (r *Room) Read(g *Reading, most int, at time.Time, told func(kind, key string) bool) (changes []Change, more bool) {
	if !g.begun {
		g.begun = true
		r.members.reserve(len(g.members))
		changes = r.readOwn(g, at, told)
	}
	for ; most > 0 && g.at < len(g.members); most-- {
		if c := r.readMember(g, g.members[g.at], at, told); c.Kind != None {
			changes = append(changes, c)
		}
		g.at++
	}
	if most > 0 && !g.listed {
		g.listed = true
		if g.kept != r.members.len() {
			for u := range r.members.at {
				if _, there := g.has[u]; !there && !told(typeMember, string(u)) {
					g.gone = append(g.gone, u)
				}
			}
			slices.Sort(g.gone)
		}
	}
	for ; most > 0 && len(g.gone) > 0; most-- {
		if before, known := r.Member(g.gone[0]); known && !told(typeMember, string(g.gone[0])) {
			r.drop(g.gone[0])
			changes = append(changes, Change{Kind: Membership, User: g.gone[0], Before: before})
		}
		g.gone = g.gone[1:]
	}
	if more = !g.listed || len(g.gone) > 0; !more {
		r.seen = true
		r.members.shrink()
	}
	return changes, more
}

func (r *Room) readOwn(g *Reading, at time.Time, told func(kind, key string) bool) (changes []Change) {
	next := New(r.id)
	next.same = r.same
	for _, evt := range g.own {
		arrival := at
		if ts := time.UnixMilli(evt.Timestamp); !r.seen && evt.Timestamp > 0 && ts.Before(at) {
			arrival = ts
		}
		next.Apply(evt, arrival)
	}
	for _, t := range tracked() {
		before, had := r.state[t]
		after, has := next.state[t]
		switch {
		case told(t, "") && had:
			next.state[t] = before
		case told(t, ""):
			delete(next.state, t)
		case had && has && before.equal(after):
			next.state[t] = before // and when that was
		case had || has:
			changes = append(changes, Change{Kind: kindOf(t)})
		}
	}
	r.state = next.state
	r.derive()
	return changes
}

func (r *Room) readMember(g *Reading, evt *event.Event, at time.Time, told func(kind, key string) bool) (c Change) {
	u := id.UserID(*evt.StateKey)
	if !told(typeMember, string(u)) && !r.forgot(u, evt, at) {
		arrival := at
		if ts := time.UnixMilli(evt.Timestamp); !r.seen && evt.Timestamp > 0 && ts.Before(at) {
			// Not having looked before says nothing of when they came.
			arrival = ts
		}
		c = r.setMember(u, parseMember(evt, arrival))
	}
	if r.members.has(u) {
		g.kept++
	}
	return c
}

// Replace takes in a full look at the room's state at once, as Read does.
func (r *Room) Replace(state []*event.Event, at time.Time) []Change {
	changes, _ := r.Read(NewReading(state), len(state)+r.members.len()+1, at, func(string, string) bool { return false })
	return changes
}

// Restore takes in a member as they were known before a restart.
func (r *Room) Restore(u id.UserID, m Member) Change { return r.setMember(u, m) }

// Restored takes in what the room itself was before a restart, when all of its members have
// been taken in. It is as if all of that had been read.
func (r *Room) Restored(state []*event.Event, at time.Time) []Change {
	changes := r.readOwn(NewReading(state), at, func(string, string) bool { return false })
	r.seen = true
	return changes
}
