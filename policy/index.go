package policy

import (
	"iter"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Delta is what a change of lists did to the rules in effect. An edit is one removed rule and one added. Rules that a
// newer event type shadows do not count.
type Delta struct {
	Removed, Added []Rule
}

// Index holds the rules of all watched lists. It is not safe for concurrent use, and must not be changed while one of
// its sequences is read.
type Index struct {
	lists  map[id.RoomID]*list
	places map[id.RoomID]int
	events bag[uint64] // by hash of the event ID; shadowed rules included
	kinds  [kinds]lookup
	// servers remembers which rule decides about a server, nil for none.
	servers map[string]*entry
	size    int
}

func NewIndex() *Index {
	return &Index{lists: make(map[id.RoomID]*list), places: make(map[id.RoomID]int)}
}

// Apply takes one event of a list, in the order of the room: a rule that is set, edited or blanked, or a redaction.
// Other events do nothing.
func (x *Index) Apply(room id.RoomID, evt *event.Event) Delta {
	var d Delta
	switch {
	case evt == nil:
	case evt.StateKey != nil && IsRuleType(evt.Type.Type):
		r, ok := Parse(room, evt)
		x.put(x.list(room), ruleTypes[evt.Type.Type], *evt.StateKey, r, ok, &d)
	case evt.StateKey == nil && evt.Type.Type == event.EventRedaction.Type:
		return x.Redact(room, redacted(evt))
	}
	return d
}

// redacted gives the event that a redaction is for. Room versions differ in which of two fields counts, and servers
// fill in the other. If they disagree, one was made up to hide a rule: neither is believed.
func redacted(evt *event.Event) id.EventID {
	inContent := id.EventID(content(evt).Text("redacts"))
	switch {
	case inContent == "" || inContent == evt.Redacts:
		return evt.Redacts
	case evt.Redacts == "":
		return inContent
	default:
		return ""
	}
}

// Redact removes the rule of an event. An event that is no longer the state of the list does nothing.
func (x *Index) Redact(room id.RoomID, eventID id.EventID) Delta {
	var d Delta
	if eventID == "" {
		return d
	}
	for _, e := range x.ofEvent(eventID) {
		if e.list.id == room {
			x.put(e.list, e.ruleType(), e.stateKey, Rule{}, false, &d)
		}
	}
	return d
}

// Replace makes the list what its full state says. Rules that are in the list but not in the state are gone; those of
// the same event stay as they are.
func (x *Index) Replace(room id.RoomID, state []*event.Event) Delta {
	type place struct {
		ruleType
		stateKey string
	}
	seen := make(map[place]*event.Event)
	for _, evt := range state {
		if evt == nil || evt.StateKey == nil {
			continue
		}
		if t, ok := ruleTypes[evt.Type.Type]; ok {
			seen[place{t, *evt.StateKey}] = evt
		}
	}
	var d Delta
	l := x.list(room)
	for head := range l.rules() {
		for e := head; e != nil; e = e.shadow {
			if p := (place{e.ruleType(), e.stateKey}); seen[p] == nil {
				seen[p] = &event.Event{}
			}
		}
	}
	before := make(map[slot]*entry, l.size)
	for p, evt := range seen {
		s := slot{p.kind, p.stateKey}
		if _, ok := before[s]; !ok {
			before[s] = l.head(s)
		}
		r, ok := Parse(room, evt)
		// A slot with several types may change twice; only its ends make the delta.
		x.put(l, p.ruleType, p.stateKey, r, ok, new(Delta))
	}
	for s, was := range before {
		d.note(was, l.head(s))
	}
	d.sort()
	return d
}

// Drop forgets a list that is no longer watched.
func (x *Index) Drop(room id.RoomID) Delta {
	d := x.Replace(room, nil)
	delete(x.lists, room)
	return d
}

// SetOrder sets the priority of lists, the most important first.
func (x *Index) SetOrder(rooms []id.RoomID) {
	clear(x.places)
	x.servers = nil
	for i, room := range slices.Backward(rooms) {
		x.places[room] = i
	}
	for _, l := range x.lists {
		l.place = x.placeOf(l.id)
	}
}

// Len is the number of rules in effect.
func (x *Index) Len() int { return x.size }

// LenOf is the number of rules in effect in one list.
func (x *Index) LenOf(room id.RoomID) int {
	if l := x.lists[room]; l != nil {
		return l.size
	}
	return 0
}

// Rules gives the rules in effect of one list, or of all for "", in no particular order.
func (x *Index) Rules(room id.RoomID) iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		for _, l := range x.lists {
			if room != "" && room != l.id {
				continue
			}
			for e := range l.rules() {
				if !yield(e.rule()) {
					return
				}
			}
		}
	}
}

// Rule gives the rule in effect that an event set.
func (x *Index) Rule(eventID id.EventID) (Rule, bool) {
	var found *entry
	for _, e := range x.ofEvent(eventID) {
		if e.inEffect() && (found == nil || compare(e, found) < 0) {
			found = e
		}
	}
	if found == nil {
		return Rule{}, false
	}
	return found.rule(), true
}

// Hold says whether the rule of an event waits for approval: it is listed and shown, but never decides. An edit is
// another event and starts out free. It returns whether anything changed.
func (x *Index) Hold(eventID id.EventID, held bool) bool {
	changed := false
	for _, e := range x.ofEvent(eventID) {
		if e.held != held {
			x.servers = nil
			e.held, changed = held, true
		}
	}
	return changed
}

// Held tells whether the rule of an event waits for approval.
func (x *Index) Held(eventID id.EventID) bool {
	found := x.ofEvent(eventID)
	return len(found) > 0 && found[0].held
}

// ofEvent gives the entries that an event set: one, or several if lists are lied to.
func (x *Index) ofEvent(eventID id.EventID) []*entry {
	one, others := x.events.get(hashOf(string(eventID)))
	if one == nil {
		return nil
	}
	var found []*entry
	for _, e := range append([]*entry{one}, others...) {
		if e.event == eventID {
			found = append(found, e)
		}
	}
	return found
}

func (x *Index) list(room id.RoomID) *list {
	l := x.lists[room]
	if l == nil {
		l = &list{id: room, place: x.placeOf(room)}
		x.lists[room] = l
	}
	return l
}

func (x *Index) placeOf(room id.RoomID) int {
	if place, ok := x.places[room]; ok {
		return place
	}
	return unplaced
}

// put sets one type of a slot to a rule, or to none, and keeps every map in step.
func (x *Index) put(l *list, t ruleType, stateKey string, r Rule, ok bool, d *Delta) {
	s := slot{t.kind, stateKey}
	old := l.at(s, t.age)
	if old == nil && !ok || old != nil && ok && old.rule() == r {
		return
	}
	var e *entry
	if ok {
		e = newEntry(l, r)
		e.held = old != nil && old.held && old.event == r.Event
	}
	before, after := l.put(s, t.age, e)
	if old != nil {
		x.events.remove(hashOf(string(old.event)), old)
	}
	if e != nil {
		x.events.add(hashOf(string(e.event)), e)
	}
	if before == after {
		return
	}
	if t.kind == Server {
		x.servers = nil
	}
	if before != nil {
		x.kinds[t.kind].remove(before)
		x.size--
	}
	if after != nil {
		x.kinds[t.kind].add(after)
		x.size++
	}
	d.note(before, after)
}

func (e *entry) inEffect() bool {
	return e.list.head(e.slot()) == e
}

func (d *Delta) note(before, after *entry) {
	if before == after || before != nil && after != nil && before.rule() == after.rule() {
		return
	}
	if before != nil {
		d.Removed = append(d.Removed, before.rule())
	}
	if after != nil {
		d.Added = append(d.Added, after.rule())
	}
}
