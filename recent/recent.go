// Package recent remembers the events that were last dealt with, and no more of them
// than fit. It is pure.
package recent

import "maunium.net/go/mautrix/id"

// most is how many events are remembered: a flood in many rooms, or a user's messages of
// a week.
const most = 20_000

// Events is a set of events, of which it forgets the oldest when it is full. The zero
// value is empty.
type Events struct {
	known map[id.EventID]struct{}
	order []id.EventID // a ring
	next  int
}

// Has reports whether an event is among them.
func (r *Events) Has(evt id.EventID) bool {
	_, ok := r.known[evt]
	return ok
}

// Add takes an event in. No event, "", is none.
func (r *Events) Add(evt id.EventID) {
	if evt == "" || r.Has(evt) {
		return
	}
	if r.known == nil {
		r.known = map[id.EventID]struct{}{}
	}
	r.known[evt] = struct{}{}
	if len(r.order) < most {
		r.order = append(r.order, evt)
		return
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = evt
	r.next = (r.next + 1) % most
}
