package policy

import (
	"iter"
	"math"

	"maunium.net/go/mautrix/id"
)

// list is the state of one watched list. An event type and state key hold at most one rule. Of the types of one kind
// the newest name with an event counts and shadows the older ones, also if its event holds no rule.
type list struct {
	id         id.RoomID
	place      int                 // in the order of lists
	exempting  bool                // its exemptions are followed
	aside      Aside               // what of it is only shown
	slots      bag[uint64, *entry] // the event that counts, by slot; older types hang below it
	grown      int                 // how often a slot came to be
	size       int                 // rules in effect
	exemptions int                 // of those, how many exempt, or would if the list might
}

const unplaced = math.MaxInt

type slot struct {
	kind     Kind
	stateKey string
}

func (s slot) key() uint64 { return hashOf(s.stateKey) + uint64(s.kind) }

func (e *entry) slot() slot { return slot{e.kind, e.stateKey} }

// top is the event that counts in a slot.
func (l *list) top(s slot) *entry {
	one, others := l.slots.get(s.key())
	if one != nil && one.slot() == s {
		return one
	}
	if others != nil {
		for _, e := range others.all {
			if e.slot() == s {
				return e
			}
		}
	}
	return nil
}

// head is the rule in effect in a slot.
func (l *list) head(s slot) *entry { return effective(l.top(s)) }

func effective(top *entry) *entry {
	if top == nil || top.form == blank {
		return nil
	}
	return top
}

// at gives the entry of one type in a slot.
func (l *list) at(s slot, age uint8) *entry {
	for e := l.top(s); e != nil; e = e.shadow {
		if e.age == age {
			return e
		}
	}
	return nil
}

// put sets or, with nil, empties one type of a slot. It gives the rule in effect before and after.
func (l *list) put(s slot, age uint8, e *entry) (before, after *entry) {
	old := l.top(s)
	top := old
	link := &top
	for *link != nil && (*link).age < age {
		link = &(*link).shadow
	}
	older := *link
	if older != nil && older.age == age {
		older = older.shadow
	}
	if e != nil {
		e.shadow = older
		older = e
	}
	*link = older
	before, after = effective(old), effective(top)
	if top == old {
		return before, after
	}
	if old != nil {
		l.slots.remove(s.key(), old)
		l.count(before, -1)
	}
	if old == nil {
		l.grown++
	}
	if top != nil {
		l.slots.add(s.key(), top)
		l.count(after, 1)
	}
	return before, after
}

func (l *list) count(e *entry, by int) {
	if e == nil {
		return
	}
	l.size += by
	if e.recommendation == Exempt {
		l.exemptions += by
	}
}

// rules are the entries in effect.
func (l *list) rules() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for e := range l.slots.all() {
			if e.form != blank && !yield(e) {
				return
			}
		}
	}
}
