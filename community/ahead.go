package community

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// echoWait is how long an echo is waited for. A write that changes nothing may have
// none.
const echoWait = time.Minute

// slot is one piece of a room's state.
type slot struct {
	room      id.RoomID
	kind, key string
}

func slotOf(evt *event.Event) slot { return slot{evt.RoomID, evt.Type.Type, *evt.StateKey} }

// ahead are the writes of ours that were taken in before sync brought them, by slot
// and in the order in which they were made. Sync keeps the order of the room: what it
// brings of such a slot before the last of them is older than what we have, and to
// take it in would undo our write for a moment, in which others decide by it.
type ahead struct {
	self    id.UserID
	open    map[slot][]earlyWrite
	arrived *recent // echoes
}

// earlyWrite is told by its event; or by its membership, for those requests are answered
// without the event.
type earlyWrite struct {
	event      id.EventID
	membership event.Membership
	at         time.Time
}

// lapsed reports whether the echo is not waited for any more.
func (w earlyWrite) lapsed(at time.Time) bool { return at.Sub(w.at) >= echoWait }

func newAhead(self id.UserID) *ahead {
	return &ahead{self: self, open: map[slot][]earlyWrite{}, arrived: newRecent()}
}

// wrote notes a write that is about to be taken in. It is false if the echo was faster
// than the answer: then whatever followed it is known too, and it must not be taken in
// once more.
func (a *ahead) wrote(evt *event.Event, at time.Time) bool {
	w := earlyWrite{event: evt.ID, at: at}
	if evt.ID == "" {
		w.membership = event.Membership(field(evt, "membership"))
	} else if a.arrived.has(evt.ID) {
		return false
	}
	s := slotOf(evt)
	a.open[s] = append(a.open[s], w)
	return true
}

// overtakes reports whether a write of ours came after an event that sync brings, and
// was taken in before it.
func (a *ahead) overtakes(evt *event.Event, at time.Time) bool {
	if evt.StateKey == nil {
		return false
	}
	if evt.Sender == a.self {
		a.arrived.add(evt.ID)
	}
	s := slotOf(evt)
	open := slices.DeleteFunc(a.open[s], func(w earlyWrite) bool { return w.lapsed(at) })
	if evt.Sender == a.self {
		membership := event.Membership(field(evt, "membership"))
		echoed := slices.IndexFunc(open, func(w earlyWrite) bool {
			return w.event == evt.ID || w.event == "" && w.membership == membership
		})
		open = open[echoed+1:]
	}
	if len(open) == 0 {
		delete(a.open, s)
		return false
	}
	a.open[s] = open
	return true
}

// lapsed reports whether a slot waits in vain for an echo.
func (a *ahead) lapsed(s slot, at time.Time) bool {
	return slices.ContainsFunc(a.open[s], func(w earlyWrite) bool { return w.lapsed(at) })
}

// forget expects no more echoes from a room: a gap may have swallowed them.
func (a *ahead) forget(room id.RoomID) {
	for s := range a.open {
		if s.room == room {
			delete(a.open, s)
		}
	}
}

// behind reports whether an event is older than what we have of its slot.
func (c *Community) behind(evt *event.Event, at time.Time) bool {
	if !c.ahead.overtakes(evt, at) {
		return false
	}
	if evt.Sender != c.self {
		// If our write turns out to have had no effect, this event was the newest.
		c.after(echoWait, func() {
			if c.ahead.lapsed(slotOf(evt), time.Now()) {
				c.lookAgain(evt.RoomID)
			}
		})
	}
	return true
}
