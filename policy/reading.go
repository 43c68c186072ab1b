package policy

import (
	"math"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Reading is the whole state of a list that an index takes in a part at a time: a list
// may have a hundred thousand rules. To make one is most of the work, and needs no index.
type Reading struct {
	room  id.RoomID
	slots []stated
	at    int
	has   map[slot]int // where in slots
	old   []slot       // that the list had, of which some may be gone: once all slots are taken in
	begun bool         // old is known
}

// stated is what a state says of a slot.
type stated struct {
	slot  slot
	types []statedType
}

type statedType struct {
	age  uint8
	rule Rule
	ok   bool
}

// NewReading reads the full state of a list. Of an event type and state key the last
// counts.
func NewReading(room id.RoomID, state []*event.Event) *Reading {
	g := &Reading{room: room, has: map[slot]int{}}
	for _, evt := range state {
		if evt == nil || evt.StateKey == nil {
			continue
		}
		t, ok := ruleTypes[evt.Type.Type]
		if !ok {
			continue
		}
		s := slot{t.kind, *evt.StateKey}
		at, known := g.has[s]
		if !known {
			at = len(g.slots)
			g.has[s] = at
			g.slots = append(g.slots, stated{slot: s})
		}
		says := statedType{age: t.age}
		says.rule, says.ok = Parse(room, evt)
		g.slots[at].set(says)
	}
	return g
}

func (s *stated) set(says statedType) {
	for i, t := range s.types {
		if t.age == says.age {
			s.types[i] = says
			return
		}
	}
	s.types = append(s.types, says)
}

func (s *stated) has(age uint8) bool {
	for _, t := range s.types {
		if t.age == age {
			return true
		}
	}
	return false
}

// Replace makes the list what its full state says. Rules that are in the list but not in the state are gone; those of
// the same event stay as they are.
func (x *Index) Replace(room id.RoomID, state []*event.Event) Delta {
	d, _ := x.Read(NewReading(room, state), math.MaxInt)
	return d
}

// Read goes on making a list what a reading says, and reports whether more is to come. It looks at up to most rules, but
// for once at the names of all that the list has.
func (x *Index) Read(g *Reading, most int) (d Delta, more bool) {
	l := x.list(g.room)
	for ; most > 0 && g.at < len(g.slots); most-- {
		x.state(l, &g.slots[g.at], &d)
		g.at++
	}
	if g.at == len(g.slots) && !g.begun && most > 0 {
		g.begun = true
		for top := range l.slots.all() {
			g.old = append(g.old, top.slot())
		}
	}
	for ; most > 0 && len(g.old) > 0; most-- {
		last := len(g.old) - 1
		if _, stays := g.has[g.old[last]]; !stays {
			x.state(l, &stated{slot: g.old[last]}, &d)
		}
		g.old = g.old[:last]
	}
	d.sort()
	return d, !g.begun || len(g.old) > 0
}

// state makes a slot what a state says of it. It may have several types and change twice; only its ends make the delta.
func (x *Index) state(l *list, says *stated, d *Delta) {
	before := l.head(says.slot)
	var gone []*entry
	for e := l.top(says.slot); e != nil; e = e.shadow {
		if !says.has(e.age) {
			gone = append(gone, e)
		}
	}
	for _, t := range says.types {
		x.set(l, says.slot, t.age, t.rule, t.ok, new(Delta))
	}
	for _, e := range gone {
		x.put(l, says.slot, e.age, e, nil, new(Delta))
	}
	d.note(before, l.head(says.slot))
}
