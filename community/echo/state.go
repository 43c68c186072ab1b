// Package echo keeps what the bot wrote itself and took in at once, though sync has yet
// to bring it, and says how long sync may rest for that. It is pure: nothing here knows
// a clock, a room or a homeserver.
package echo

import (
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/recent"
	"forseti/wire"
)

// Wait is how long an echo is waited for. A write that changes nothing may have none.
const Wait = time.Minute

// Slot is one piece of a room's state.
type Slot struct {
	Room      id.RoomID
	Kind, Key string
}

// SlotOf is the slot of an event of state.
func SlotOf(evt *event.Event) Slot { return Slot{evt.RoomID, evt.Type.Type, *evt.StateKey} }

// Writes are the writes of ours that were taken in before sync brought them, in the
// order in which they were made. Sync keeps the order of a room: what it brings of a
// slot before the last of them is older than what we have, and to take it in would undo
// our write for a moment, in which others decide by it.
type Writes struct {
	self    id.UserID
	open    map[Slot][]earlyWrite
	arrived recent.Events // echoes
	data    map[string][]json.RawMessage
}

// earlyWrite is told by its event; or by its membership, for those requests are answered
// without the event.
type earlyWrite struct {
	event      id.EventID
	membership event.Membership
	at         time.Time
}

// lapsed reports whether the echo is not waited for any more.
func (e earlyWrite) lapsed(at time.Time) bool { return at.Sub(e.at) >= Wait }

// New returns the writes of a user, of which there are none yet.
func New(self id.UserID) *Writes {
	return &Writes{self: self, open: map[Slot][]earlyWrite{}, data: map[string][]json.RawMessage{}}
}

// Wrote notes a write that is about to be taken in. It is false if the echo was faster
// than the answer: then whatever followed it is known too, and it must not be taken in
// once more.
func (w *Writes) Wrote(evt *event.Event, at time.Time) bool {
	early := earlyWrite{event: evt.ID, at: at}
	if evt.ID == "" {
		early.membership = membershipOf(evt)
	} else if w.arrived.Has(evt.ID) {
		return false
	}
	s := SlotOf(evt)
	w.open[s] = append(w.open[s], early)
	return true
}

// Overtakes reports whether a write of ours came after an event that sync brings, and
// was taken in before it.
func (w *Writes) Overtakes(evt *event.Event, at time.Time) bool {
	if evt.StateKey == nil {
		return false
	}
	if evt.Sender == w.self {
		w.arrived.Add(evt.ID)
	}
	s := SlotOf(evt)
	open := slices.DeleteFunc(w.open[s], func(e earlyWrite) bool { return e.lapsed(at) })
	if evt.Sender == w.self {
		membership := membershipOf(evt)
		echoed := slices.IndexFunc(open, func(e earlyWrite) bool {
			return e.event == evt.ID || e.event == "" && e.membership == membership
		})
		open = open[echoed+1:]
	}
	if len(open) == 0 {
		delete(w.open, s)
		return false
	}
	w.open[s] = open
	return true
}

// Lapsed reports whether the slot of an event waits in vain for an echo.
func (w *Writes) Lapsed(evt *event.Event, at time.Time) bool {
	return evt.StateKey != nil && slices.ContainsFunc(w.open[SlotOf(evt)], func(e earlyWrite) bool { return e.lapsed(at) })
}

// Forget expects no more echoes from a room: a gap may have swallowed them.
func (w *Writes) Forget(room id.RoomID) {
	for s := range w.open {
		if s.Room == room {
			delete(w.open, s)
		}
	}
}

func membershipOf(evt *event.Event) event.Membership {
	return event.Membership(wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text("membership"))
}
