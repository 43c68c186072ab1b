package policy

import (
	"cmp"
	"math"

	"maunium.net/go/mautrix/id"
)

// list is the state of one watched list. An event type and state key hold at most one rule; of the types of one kind
// the newest name with a rule is in effect and shadows the older ones.
type list struct {
	id    id.RoomID
	place int             // in the order of lists
	slots map[slot]*entry // the rule in effect; older types hang below it
}

const unplaced = math.MaxInt

type slot struct {
	kind     Kind
	stateKey string
}

// entry is a rule with what lookups need to know about it.
type entry struct {
	Rule
	list   *list
	glob   glob   // of a rule with wildcards
	filed  filing // where a glob is kept
	form   form
	age    uint8
	held   bool
	shadow *entry // the same slot in the next older type
}

// form is how a rule names its entity; lower ones decide first.
type form uint8

const (
	literal form = iota
	hashed
	wild
)

func newEntry(l *list, r Rule) *entry {
	e := &entry{Rule: r, list: l, age: ruleTypes[r.Type].age}
	switch {
	case r.Hash != "":
		e.form = hashed
	case r.IsGlob():
		e.form = wild
		e.glob = newGlob(foldFor(r.Kind, r.Entity))
	}
	return e
}

// at gives the entry of one type in a slot.
func (l *list) at(s slot, age uint8) *entry {
	for e := l.slots[s]; e != nil; e = e.shadow {
		if e.age == age {
			return e
		}
	}
	return nil
}

// put sets or, with nil, empties one type of a slot. It gives the rule in effect before and after.
func (l *list) put(s slot, age uint8, e *entry) (before, after *entry) {
	before = l.slots[s]
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
	if head == nil {
		delete(l.slots, s)
	} else {
		l.slots[s] = head
	}
	return before, head
}

// decides tells whether the rule may be the deciding one.
func (e *entry) decides() bool {
	return e.Recommendation != Unknown && !e.held
}

// compare orders rules by precedence, the best first. No two rules in effect are equal.
func compare(a, b *entry) int {
	return cmp.Or(
		cmp.Compare(b.Recommendation, a.Recommendation),
		cmp.Compare(a.list.place, b.list.place),
		cmp.Compare(a.list.id, b.list.id),
		cmp.Compare(a.form, b.form),
		cmp.Compare(a.StateKey, b.StateKey),
		cmp.Compare(a.Kind, b.Kind),
	)
}
