package policy

import (
	"iter"
	"math"

	"maunium.net/go/mautrix/id"
)

// list is the state of one watched list. An event type and state key hold at most one rule; of the types of one kind
// the newest name with a rule is in effect and shadows the older ones.
type list struct {
	id    id.RoomID
	place int         // in the order of lists
	slots bag[uint64] // the rule in effect, by slot; older types hang below it
	size  int
}

const unplaced = math.MaxInt

type slot struct {
	kind     Kind
	stateKey string
}

func (s slot) key() uint64 { return hashOf(s.stateKey) + uint64(s.kind) }

func (e *entry) slot() slot { return slot{e.kind, e.stateKey} }

// head is the rule in effect in a slot.
func (l *list) head(s slot) *entry {
	one, others := l.slots.get(s.key())
	if one == nil || one.slot() == s {
		return one
	}
	for _, e := range others {
		if e.slot() == s {
			return e
		}
	}
	return nil
}

// at gives the entry of one type in a slot.
func (l *list) at(s slot, age uint8) *entry {
	for e := l.head(s); e != nil; e = e.shadow {
		if e.age == age {
			return e
		}
	}
	return nil
}

// put sets or, with nil, empties one type of a slot. It gives the rule in effect before and after.
func (l *list) put(s slot, age uint8, e *entry) (before, after *entry) {
	before = l.head(s)
	head := before
	link := &head
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
	if head == before {
		return before, head
	}
	if before != nil {
		l.slots.remove(s.key(), before)
		l.size--
	}
	if head != nil {
		l.slots.add(s.key(), head)
		l.size++
	}
	return before, head
}

// rules are the entries in effect.
func (l *list) rules() iter.Seq[*entry] { return l.slots.all() }
