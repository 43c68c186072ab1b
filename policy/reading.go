package policy

import (
	"cmp"
	"math"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Reading is the whole state of a list that an index takes in a part at a time: a list
// may have a hundred thousand rules. To make one is most of the work, and needs no index.
// It is for one index only, and once.
type Reading struct {
	room  id.RoomID
	slots []*entry // the event of the newest type in each slot; older types hang below it
	at    int
	find  places

	list   *list
	fresh  bool   // it had nothing
	others int    // how much it had grown, were it by this reading alone
	old    []slot // that the list had, of which some may be gone: once all slots are taken in
	begun  bool   // old is known
}

// NewReading reads the full state of a list. Of an event type and state key the last
// counts.
func NewReading(room id.RoomID, state []*event.Event) *Reading {
	g := &Reading{room: room, slots: make([]*entry, 0, len(state))}
	g.find.room(len(state))
	var in shared
	for _, evt := range state {
		if evt == nil || evt.StateKey == nil {
			continue
		}
		t, ok := ruleTypes[evt.Type.Type]
		if !ok {
			continue
		}
		s, e := said(room, t, evt, &in)
		if at := g.find.of(s, len(g.slots), g.slots); at < len(g.slots) {
			g.slots[at] = g.slots[at].with(e)
		} else {
			g.slots = append(g.slots, e)
		}
	}
	return g
}

// with gives the entries of a slot with another among them, in place of that of its type.
func (e *entry) with(other *entry) *entry {
	top := e
	link := &top
	for *link != nil && (*link).age < other.age {
		link = &(*link).shadow
	}
	if other.shadow = *link; other.shadow != nil && other.shadow.age == other.age {
		other.shadow = other.shadow.shadow
	}
	*link = other
	return top
}

// of gives the entry of one type in a slot.
func (e *entry) of(age uint8) *entry {
	for ; e != nil; e = e.shadow {
		if e.age == age {
			return e
		}
	}
	return nil
}

// Replace makes the list what its full state says. Rules that are in the list but not in the state are gone; those of
// the same event stay as they are.
func (x *Index) Replace(room id.RoomID, state []*event.Event) Delta {
	d, _ := x.Read(NewReading(room, state), math.MaxInt)
	return d
}

// Read goes on making a list what a reading says, and reports whether more is to come. It looks at up to most rules, but
// for once at the names of all that the list has. The delta is in the order of the reading; what is gone comes last.
func (x *Index) Read(g *Reading, most int) (d Delta, more bool) {
	l := x.list(g.room)
	if g.list != l { // it begins, or the list was dropped meanwhile
		g.list, g.fresh, g.others = l, l.slots.size() == 0, l.grown
		if g.fresh && g.at == 0 {
			l.slots.room(len(g.slots))
			x.byEvent.set.room(len(g.slots))
		}
	}
	if g.fresh {
		d.Added = make([]Rule, 0, min(most, len(g.slots)-g.at))
	}
	grown := l.grown
	for ; most > 0 && g.at < len(g.slots); most-- {
		x.state(l, g.slots[g.at].slot(), g.slots[g.at], &d)
		g.at++
	}
	g.others += l.grown - grown
	if g.at == len(g.slots) && !g.begun && (most > 0 || g.fresh) {
		g.begun = true
		if !g.fresh || g.others != l.grown {
			for top := range l.slots.all() {
				g.old = append(g.old, top.slot())
			}
		}
	}
	var gone []slot
	for ; most > 0 && len(g.old) > 0; most-- {
		last := len(g.old) - 1
		if g.find.of(g.old[last], -1, g.slots) < 0 {
			gone = append(gone, g.old[last])
		}
		g.old = g.old[:last]
	}
	slices.SortFunc(gone, func(a, b slot) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.stateKey, b.stateKey))
	})
	for _, s := range gone {
		x.state(l, s, nil, &d)
	}
	return d, !g.begun || len(g.old) > 0
}

// state makes a slot what a state says of it. It may have several types and change twice; only its ends make the delta.
func (x *Index) state(l *list, s slot, says *entry, d *Delta) {
	top := l.top(s)
	if top == nil && says != nil && says.shadow == nil { // nearly all, when a list is read first
		d.note(x.put(l, s, says.age, nil, says))
		return
	}
	before := effective(top)
	for e := top; e != nil; {
		older := e.shadow
		if says.of(e.age) == nil {
			x.put(l, s, e.age, e, nil)
		}
		e = older
	}
	for says != nil {
		older := says.shadow
		x.set(l, s, says)
		says = older
	}
	d.note(before, l.head(s))
}
