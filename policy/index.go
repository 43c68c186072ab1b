package policy

import (
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// Delta is what a change of lists did to the rules in effect. An edit is one removed rule and one added. Rules that an
// event of a newer type shadows do not count.
type Delta struct {
	Removed, Added []Rule
}

// Index holds the rules of all watched lists. It is not safe for concurrent use, and must not be changed while one of
// its sequences is read.
type Index struct {
	watched
	matcher
	moves
	byEvent
	size   int
	shared shared
}

// matcher tells which rule decides about a subject.
type matcher struct {
	kinds [kinds]lookup
	// servers remembers which rule decides about a server, nil for none.
	servers memo[*entry]
	endings memo[ending] // by the end of a user ID, from the colon on, until a glob about users changes
	homes   homes
	last    asked
	weights uint64 // how often it changed which rules decide, with the rules as they were
	looks   int    // what it took so far to hold patterns against names, of those that are held against every one
}

func NewIndex() *Index {
	return &Index{watched: watched{lists: make(map[id.RoomID]*list), places: make(map[id.RoomID]int), may: make(map[id.RoomID]bool), asides: make(map[id.RoomID]Aside)}}
}

// Apply takes one event of a list, in the order of the room: a rule that is set, edited or blanked, or a redaction.
// Other events do nothing.
func (x *Index) Apply(room id.RoomID, evt *event.Event) Delta {
	var d Delta
	switch {
	case evt == nil:
	case evt.StateKey != nil && IsRuleType(evt.Type.Type):
		l := x.list(room)
		s, e := said(room, ruleTypes[evt.Type.Type], evt, &x.shared)
		d.note(x.set(l, s, e))
	case evt.StateKey == nil && evt.Type.Type == event.EventRedaction.Type:
		return x.Redact(room, redacted(evt))
	}
	return d
}

// redacted gives the event that a redaction is for. Room versions differ in which of two fields counts, and servers
// fill in the other. If they disagree, one was made up to hide a rule: neither is believed.
func redacted(evt *event.Event) id.EventID {
	inContent := id.EventID(wire.Read(evt.Content.VeryRaw).Text("redacts"))
	switch {
	case inContent == "" || inContent == evt.Redacts:
		return evt.Redacts
	case evt.Redacts == "":
		return inContent
	default:
		return ""
	}
}

// Redact removes the rule of an event. An event that is no longer the state of the list does nothing. What is redacted
// stays in the room's state without its content, and so shadows older types as a blank does.
func (x *Index) Redact(room id.RoomID, eventID id.EventID) Delta {
	var d Delta
	if eventID == "" {
		return d
	}
	for _, e := range x.ofEvent(eventID) {
		if e.list.id == room {
			d.note(x.put(e.list, e.slot(), e.age, e, newBlank(e.slot(), e.age)))
		}
	}
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
	x.weighed()
	for i, room := range slices.Backward(rooms) {
		x.places[room] = i
	}
	for _, l := range x.lists {
		l.place = x.placeOf(l.id)
	}
}

// SetExempting says whether a list's exemptions are followed; at first they are not. They free whom every list bans,
// so it is for one's own lists, and for those that moderators let exempt. It is remembered also while the list is not
// watched. It gives the exemptions that hold from now on, or do no longer.
func (x *Index) SetExempting(room id.RoomID, may bool) Delta {
	var d Delta
	if x.may[room] == may {
		return d
	}
	delete(x.may, room)
	if may {
		x.may[room] = true
	}
	l := x.lists[room]
	if l == nil {
		return d
	}
	l.exempting = may
	if l.exemptions == 0 {
		return d
	}
	x.weighed()
	for e := range l.rules() {
		if e.recommendation != Exempt {
			continue
		}
		was := !may && !e.held
		x.kinds[e.kind].globs.recount(e, was)
		if e.kind == Server {
			x.moves.note(e, was, e.decides())
		}
		if may {
			d.Added = append(d.Added, e.rule())
		} else {
			d.Removed = append(d.Removed, e.rule())
		}
	}
	d.sort()
	return d
}

// Len is the number of rules in effect.
func (x *Index) Len() int { return x.size }

// Hold says whether the rule of an event waits for approval: it is listed and shown, but never decides. An edit is
// another event and starts out free. It returns whether anything changed.
func (x *Index) Hold(eventID id.EventID, held bool) bool {
	changed := false
	for _, e := range x.ofEvent(eventID) {
		if e.held != held {
			x.weighed()
			was := e.decides()
			e.held, changed = held, true
			x.kinds[e.kind].globs.recount(e, was)
			if e.kind == Server && e.inEffect() {
				x.moves.note(e, was, e.decides())
				x.moves.short(x.size)
			}
		}
	}
	return changed
}

// said is what an event says of its slot: a rule, or a blank. It is of no list yet.
func said(room id.RoomID, t ruleType, evt *event.Event, in *shared) (slot, *entry) {
	s := slot{t.kind, *evt.StateKey}
	if r, ok := Parse(room, evt); ok {
		return s, newEntry(r, in)
	}
	return s, newBlank(s, t.age)
}

// set sets one type of a slot, and gives the rule in effect before and after.
func (x *Index) set(l *list, s slot, e *entry) (before, after *entry) {
	old := l.at(s, e.age)
	if old != nil && old.says(e) {
		head := l.head(s)
		return head, head
	}
	e.held = e.form != blank && old != nil && old.held && old.event == e.event
	return x.put(l, s, e.age, old, e)
}

// put sets one type of a slot, where old is now, or with nil empties it, and keeps every map in step. It gives the rule
// in effect before and after.
func (x *Index) put(l *list, s slot, age uint8, old, e *entry) (before, after *entry) {
	if old != nil && old.form != blank {
		x.byEvent.remove(old)
	}
	if e != nil {
		e.list = l
		if e.form != blank {
			x.byEvent.add(e)
		}
	}
	before, after = l.put(s, age, e)
	if before == after {
		return before, after
	}
	x.last = asked{}
	patterns := false
	if before != nil {
		patterns = x.kinds[s.kind].remove(before)
		x.size--
	}
	if after != nil {
		patterns = x.kinds[s.kind].add(after) || patterns
		x.size++
	}
	switch {
	case s.kind == Server:
		x.servers.forget()
		if before != nil {
			x.moves.note(before, before.decides(), false)
		}
		if after != nil {
			x.moves.note(after, false, after.decides())
		}
		x.moves.short(x.size)
	case s.kind == User && patterns:
		x.endings.forget()
	}
	return before, after
}

func (e *entry) inEffect() bool {
	return e.list.head(e.slot()) == e
}

// note takes up what became of a slot.
func (d *Delta) note(before, after *entry) {
	if before == after || before != nil && after != nil && before.says(after) {
		return
	}
	if before != nil {
		d.Removed = append(d.Removed, before.rule())
	}
	if after != nil {
		d.Added = append(d.Added, after.rule())
	}
}
