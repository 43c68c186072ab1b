// Package enforce is the only door to side effects: it decides what is still to
// be done, in which order, and does it through one Actor, with retries.
package enforce

import (
	"math/bits"
	"math/rand/v2"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Urgency goes before the lane of work. The zero Urgency is the most urgent.
type Urgency uint8

// The urgencies.
const (
	Now   Urgency = iota // stops or cleans up what is happening: asked for by a moderator or a protection
	Soon                 // what a list asks for
	Later                // upkeep
)

// Key names a piece of work. The queue holds keys and not actions, so that each
// try is planned anew from what is true then: a ban whose rule has gone
// meanwhile plans to nothing.
type Key struct {
	Lane    action.Lane
	Room    id.RoomID
	Subject string // the user, the event to redact, the notice; empty for an ACL
}

const (
	firstBackoff = time.Second
	maxBackoff   = 10 * time.Minute
)

// Queue orders keyed work. It is pure and has no locks: one goroutine owns it
// and tells it the time, which must not run backwards. Work of one room is never
// in flight twice, so that a ban and its unban cannot swap; only beside the removal of
// a message other work may begin, for whoever writes on is not to be banned later
// because what they wrote is being removed. It is bounded by its dedupe key: a room,
// user or event stands in it at most once.
//
// Asking for the next piece of work costs a look at each room, but not at the
// work that waits there: five thousand new rules make a hundred thousand keys.
type Queue struct {
	limit    int
	items    map[Key]*item
	waiting  map[action.Lane]int
	rooms    map[id.RoomID]*roomWork
	inFlight int
	sequence uint64
	jitter   func() float64
}

type item struct {
	key       Key
	urgency   Urgency
	sequence  uint64
	notBefore time.Time
	attempts  int
	again     bool  // added while it was in flight: look once more after it
	pile      *pile // where it waits; nil while it is in flight
	place     int
}

// roomWork is one room's work.
type roomWork struct {
	removals lane // of messages
	others   lane
	audience int // how many see what happens there, by powers of two
	activity time.Time
}

// lane is work of which one piece is in flight at a time. What was added or has failed is
// delayed, and becomes ready when Next sees that its time has come.
type lane struct {
	of      *roomWork
	ready   pile
	delayed pile
	busy    bool
}

// open gives the lanes from which work may start, of which there are n.
func (r *roomWork) open() (open [2]*lane, n int) {
	if r.others.busy {
		return open, 0
	}
	open[0], open[1] = &r.others, &r.removals
	if r.removals.busy {
		return open, 1
	}
	return open, 2
}

// NewQueue returns a queue that lets at most limit pieces of work be in flight.
func NewQueue(limit int) *Queue {
	return &Queue{
		limit:   max(limit, 1),
		items:   map[Key]*item{},
		waiting: map[action.Lane]int{},
		rooms:   map[id.RoomID]*roomWork{},
		jitter:  rand.Float64,
	}
}

// Len is the number of keys that wait or are in flight.
func (q *Queue) Len() int { return len(q.items) }

// Has reports whether the key waits or is in flight.
func (q *Queue) Has(key Key) bool { return q.items[key] != nil }

// Waiting is the number of keys of a lane that wait and are not in flight.
func (q *Queue) Waiting(lane action.Lane) int { return q.waiting[lane] }

// Active records when the room was last spoken in: busy rooms go first.
func (q *Queue) Active(room id.RoomID, at time.Time) {
	if r := q.room(room); at.After(r.activity) {
		r.activity = at
	}
}

// Audience records how many people see what happens in a room: among work of the
// same kind, what most people can see goes first.
func (q *Queue) Audience(room id.RoomID, people int) {
	q.room(room).audience = bits.Len(uint(max(people, 0)))
}

// Add asks for work, not before the given time. A key that waits already keeps
// its place and, if it has not failed, the earlier of the two times; one that is
// in flight is looked at once more afterwards. Of two urgencies the greater holds.
func (q *Queue) Add(key Key, u Urgency, notBefore time.Time) {
	if it := q.items[key]; it != nil {
		it.urgency = min(it.urgency, u)
		switch {
		case it.pile == nil:
			it.again = true
			return
		case it.attempts == 0 && notBefore.Before(it.notBefore):
			it.notBefore = notBefore
		}
		it.pile.moved(it)
		return
	}
	q.sequence++
	it := &item{key: key, urgency: u, sequence: q.sequence, notBefore: notBefore}
	q.items[key] = it
	q.wait(it)
}

// Renew is Add for a world that has changed: a key that was backing off is tried
// at once, as when the bot regains the power it lacked.
func (q *Queue) Renew(key Key, u Urgency, now time.Time) {
	if it := q.items[key]; it != nil && it.pile != nil {
		it.urgency, it.attempts, it.notBefore = min(it.urgency, u), 0, now
		it.pile.moved(it)
		return
	}
	q.Add(key, u, now)
}

// Next takes the most urgent work that may start now: by urgency and lane, then in
// the room that most people see, then the one spoken in last, then first come. False means that nothing may start.
func (q *Queue) Next(now time.Time) (Key, bool) {
	if q.inFlight >= q.limit {
		return Key{}, false
	}
	var best *lane
	for _, r := range q.rooms {
		open, n := r.open()
		for _, l := range open[:n] {
			l.ripen(now)
			if l.ready.Len() > 0 && (best == nil || before(l, best)) {
				best = l
			}
		}
	}
	if best == nil {
		return Key{}, false
	}
	it := best.ready.take()
	best.busy = true
	q.waiting[it.key.Lane]--
	q.inFlight++
	return it.key, true
}

// before compares two lanes that both have work ready.
func before(a, b *lane) bool {
	x, y := a.ready.first(), b.ready.first()
	switch {
	case x.urgency != y.urgency:
		return x.urgency < y.urgency
	case x.key.Lane != y.key.Lane:
		return x.key.Lane < y.key.Lane
	case a.of.audience != b.of.audience:
		return a.of.audience > b.of.audience
	case !a.of.activity.Equal(b.of.activity):
		return a.of.activity.After(b.of.activity)
	default:
		return x.sequence < y.sequence
	}
}

// ripen makes ready what is due.
func (l *lane) ripen(now time.Time) {
	for l.delayed.Len() > 0 && !l.delayed.first().notBefore.After(now) {
		l.ready.add(l.delayed.take())
	}
}

// Done settles work that Next handed out and that needs no further try.
func (q *Queue) Done(key Key, now time.Time) {
	it := q.land(key)
	if it == nil {
		return
	}
	delete(q.items, key)
	if it.again {
		q.Add(key, it.urgency, now)
	}
	q.sweep(key.Room)
}

// Retry settles work that failed. It is tried again after a pause that doubles
// from a second to ten minutes, with jitter, or after the time the homeserver
// asked for, if that is longer. It returns the number of tries so far.
func (q *Queue) Retry(key Key, now time.Time, after time.Duration) int {
	it := q.land(key)
	if it == nil {
		return 0
	}
	backoff := maxBackoff
	if it.attempts < 10 {
		backoff = min(firstBackoff<<it.attempts, maxBackoff)
	}
	it.attempts++
	// Half fixed and half random: many rooms that failed together do not come
	// back together.
	backoff = backoff/2 + time.Duration(q.jitter()*float64(backoff/2))
	it.again = false
	it.notBefore = now.Add(max(backoff, after))
	q.wait(it)
	return it.attempts
}

// Postpone settles work that the homeserver refused for no fault of its own: because
// there was too much at once. However often that happens, it is no reason to wait longer.
func (q *Queue) Postpone(key Key, until time.Time) {
	if it := q.land(key); it != nil {
		it.again, it.notBefore = false, until
		q.wait(it)
	}
}

// Remove forgets work that waits. Work in flight ends by itself.
func (q *Queue) Remove(key Key) {
	it := q.items[key]
	if it == nil || it.pile == nil {
		return
	}
	it.pile.remove(it)
	delete(q.items, key)
	q.waiting[key.Lane]--
	q.sweep(key.Room)
}

// Wake is when Next may next have something, if nothing else happens first; the
// zero time means not before something is added or lands.
func (q *Queue) Wake(now time.Time) time.Time {
	if q.inFlight >= q.limit {
		return time.Time{}
	}
	var soonest *item
	for _, r := range q.rooms {
		open, n := r.open()
		for _, l := range open[:n] {
			for _, p := range []*pile{&l.ready, &l.delayed} {
				if it := p.first(); it != nil && (soonest == nil || byTime(it, soonest)) {
					soonest = it
				}
			}
		}
	}
	if soonest == nil {
		return time.Time{}
	}
	if soonest.notBefore.Before(now) {
		return now
	}
	return soonest.notBefore
}

// land takes work out of flight; nil if it was not in flight.
func (q *Queue) land(key Key) *item {
	it := q.items[key]
	if it == nil || it.pile != nil {
		return nil
	}
	q.inFlight--
	q.lane(key).busy = false
	return it
}

// wait puts an item that is in no pile into its room's.
func (q *Queue) wait(it *item) {
	q.lane(it.key).delayed.add(it)
	q.waiting[it.key.Lane]++
}

func (q *Queue) lane(key Key) *lane {
	r := q.room(key.Room)
	if key.Lane == action.MessageLane {
		return &r.removals
	}
	return &r.others
}

func (q *Queue) room(room id.RoomID) *roomWork {
	r := q.rooms[room]
	if r == nil {
		r = &roomWork{}
		for _, l := range []*lane{&r.others, &r.removals} {
			*l = lane{of: r, ready: pile{less: byUrgency}, delayed: pile{less: byTime}}
		}
		q.rooms[room] = r
	}
	return r
}

// idle reports whether nothing is in a lane, nor in flight from it.
func (l *lane) idle() bool { return !l.busy && l.ready.Len()+l.delayed.Len() == 0 }

// sweep forgets a room that has neither work nor a known activity.
func (q *Queue) sweep(room id.RoomID) {
	if r := q.rooms[room]; r != nil && r.others.idle() && r.removals.idle() && r.activity.IsZero() {
		delete(q.rooms, room)
	}
}
