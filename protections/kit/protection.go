// Package kit is what every protection is given: signals and a view of their room,
// settings, a memory with one bound for all, counters in it, ticks, and the news of
// what came of a finding. It asks the protections and knows none of them, and it
// never speaks to the homeserver.
package kit

import (
	"maps"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Protection is one check on what is said and done in protected rooms. It is owned by
// one goroutine; time reaches it only with signals. What it has to remember it keeps
// in tables and windows of what it was given.
//
// It need not look at who is spared, at who has been caught already, or at what the
// bot is able to do: that is the kit's and the consequences' matter.
type Protection interface {
	// Check looks at one signal of a protected room.
	Check(in Signal, room View) []Finding
}

// Hearer is a protection that wants to know what came of its findings.
type Hearer interface {
	// Outcome tells how an action that followed from a finding has ended, once. After
	// a restart Why and Events of the finding are not known any more.
	Outcome(f Finding, e action.Ending)
}

// Pardoner is a protection that remembers something against a user.
type Pardoner interface {
	// Pardon ends that: a ban of the user in the room was lifted.
	Pardon(p Place)
}

// Given is what one protection is given when it is made, and what is taken back when
// it is switched off.
type Given struct {
	memory *Memory
	tables []table
	ticks  map[tick]time.Time
	look   func(Look)
	shade  bool
}

// Shade reports whether what it finds is only told: it is of a protection where that is in
// shadow. Such a one leaves everything as it is that others share.
func (g *Given) Shade() bool { return g.shade }

// tick is what is waited for.
type tick struct {
	of   *Given
	room id.RoomID
}

// Wake asks for a tick in a room at a time. There is one for a protection and room:
// of several the earliest holds. None is kept over a restart.
func (g *Given) Wake(room id.RoomID, at time.Time) {
	asked := tick{g, room}
	if before, ok := g.ticks[asked]; ok && before.Before(at) {
		return
	}
	g.ticks[asked] = at
}

// release takes back all of it.
func (g *Given) release() {
	for _, t := range g.tables {
		g.memory.release(t)
	}
	maps.DeleteFunc(g.ticks, func(t tick, _ time.Time) bool { return t.of == g })
}

// Cause is why the actions that follow from a finding are wanted.
func (f Finding) Cause() action.Cause {
	return action.Cause{Kind: action.ByProtection, Protection: f.Protection, Event: f.Offence}
}
