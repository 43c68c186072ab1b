package enforce

import "maunium.net/go/mautrix/id"

// mostRecent is how many events are remembered: a flood in many rooms, or a user's
// messages of a week.
const mostRecent = 20_000

// recent is a set of events, of which it forgets the oldest when it is full.
type recent struct {
	known map[id.EventID]struct{}
	order []id.EventID // a ring
	next  int
}

func newRecent() *recent { return &recent{known: map[id.EventID]struct{}{}} }

func (r *recent) has(evt id.EventID) bool {
	_, ok := r.known[evt]
	return ok
}

func (r *recent) add(evt id.EventID) {
	if evt == "" || r.has(evt) {
		return
	}
	r.known[evt] = struct{}{}
	if len(r.order) < mostRecent {
		r.order = append(r.order, evt)
		return
	}
	delete(r.known, r.order[r.next])
	r.order[r.next] = evt
	r.next = (r.next + 1) % mostRecent
}
