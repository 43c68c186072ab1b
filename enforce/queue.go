// Package enforce is the only door to side effects: it decides what is still to
// be done, in which order, and does it through one Actor, with retries.
package enforce

import (
	"cmp"
	"math/rand/v2"
	"time"

	"maunium.net/go/mautrix/id"
)

// Kind sorts work by how urgent it is; a smaller kind goes first.
type Kind uint8

// The kinds of work, most urgent first: a ban stops harm, an ACL stops a server,
// a redaction cleans up, a notice only tells.
const (
	MemberWork Kind = iota
	ACLWork
	RedactionWork
	NoticeWork
)

// Key names a piece of work. The queue holds keys and not actions, so that each
// try is planned anew from what is true then: a ban whose rule has gone
// meanwhile plans to nothing.
type Key struct {
	Kind    Kind
	Room    id.RoomID
	Subject string // the user, the event to redact, the notice; empty for an ACL
}

const (
	firstBackoff = time.Second
	maxBackoff   = 10 * time.Minute
)

// Queue orders keyed work. It is pure and has no locks: one goroutine owns it
// and tells it the time. Work of one room is never in flight twice, so that a
// ban and its unban cannot swap. It is bounded by its dedupe key: a room, user
// or event stands in it at most once.
type Queue struct {
	limit    int
	items    map[Key]*item
	rooms    map[id.RoomID]*lane
	inFlight int
	pausedTo time.Time
	sequence uint64
	jitter   func() float64
}

type item struct {
	key       Key
	sequence  uint64
	notBefore time.Time
	attempts  int
	running   bool
	again     bool // added while it was running: look once more after it
}

// lane is one room's work.
type lane struct {
	waiting  map[Key]*item
	busy     bool
	activity time.Time
}

// NewQueue returns a queue that lets at most limit pieces of work be in flight.
func NewQueue(limit int) *Queue {
	return &Queue{
		limit:  max(limit, 1),
		items:  map[Key]*item{},
		rooms:  map[id.RoomID]*lane{},
		jitter: rand.Float64,
	}
}

// Len is the number of keys that wait or are in flight.
func (q *Queue) Len() int { return len(q.items) }

// Active records when the room was last spoken in: busy rooms go first.
func (q *Queue) Active(room id.RoomID, at time.Time) {
	if l := q.lane(room); at.After(l.activity) {
		l.activity = at
	}
}

// Add asks for work, not before the given time. A key that waits already keeps
// its place and, if it has not failed, the earlier of the two times; one that is
// in flight is looked at once more afterwards.
func (q *Queue) Add(key Key, notBefore time.Time) {
	if it := q.items[key]; it != nil {
		switch {
		case it.running:
			it.again = true
		case it.attempts == 0 && notBefore.Before(it.notBefore):
			it.notBefore = notBefore
		}
		return
	}
	q.sequence++
	it := &item{key: key, sequence: q.sequence, notBefore: notBefore}
	q.items[key] = it
	q.lane(key.Room).waiting[key] = it
}

// Renew is Add for a world that has changed: a key that was backing off is tried
// at once, as when the bot regains the power it lacked.
func (q *Queue) Renew(key Key, now time.Time) {
	if it := q.items[key]; it != nil && !it.running {
		it.attempts, it.notBefore = 0, now
		return
	}
	q.Add(key, now)
}

// Next takes the most urgent work that may start now: by kind, then the room
// spoken in last, then first come. False means that nothing may start.
func (q *Queue) Next(now time.Time) (Key, bool) {
	if q.inFlight >= q.limit || now.Before(q.pausedTo) {
		return Key{}, false
	}
	var best *item
	var bestLane *lane
	for _, l := range q.rooms {
		if l.busy {
			continue
		}
		for _, it := range l.waiting {
			if it.notBefore.After(now) {
				continue
			}
			if best == nil || before(it, l, best, bestLane) {
				best, bestLane = it, l
			}
		}
	}
	if best == nil {
		return Key{}, false
	}
	delete(bestLane.waiting, best.key)
	best.running, bestLane.busy = true, true
	q.inFlight++
	return best.key, true
}

func before(a *item, la *lane, b *item, lb *lane) bool {
	return cmp.Or(
		cmp.Compare(a.key.Kind, b.key.Kind),
		lb.activity.Compare(la.activity),
		cmp.Compare(a.sequence, b.sequence),
	) < 0
}

// Done settles work that Next handed out and that needs no further try.
func (q *Queue) Done(key Key, now time.Time) {
	it := q.land(key)
	if it == nil {
		return
	}
	delete(q.items, key)
	if it.again {
		q.Add(key, now)
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
	q.lane(key.Room).waiting[key] = it
	return it.attempts
}

// Pause lets nothing start until the given time: the homeserver limits the
// account as a whole, so that another request would only be refused too.
func (q *Queue) Pause(until time.Time) {
	if until.After(q.pausedTo) {
		q.pausedTo = until
	}
}

// Drop forgets waiting work, as when a room is no longer protected. Work in
// flight ends by itself.
func (q *Queue) Drop(room id.RoomID) {
	l := q.rooms[room]
	if l == nil {
		return
	}
	for key := range l.waiting {
		delete(q.items, key)
	}
	clear(l.waiting)
	q.sweep(room)
}

// Wake is when Next may next have something, if nothing else happens first; the
// zero time means not before something is added or lands.
func (q *Queue) Wake(now time.Time) time.Time {
	if q.inFlight >= q.limit {
		return time.Time{}
	}
	var at time.Time
	for _, l := range q.rooms {
		if l.busy {
			continue
		}
		for _, it := range l.waiting {
			if at.IsZero() || it.notBefore.Before(at) {
				at = it.notBefore
			}
		}
	}
	if at.IsZero() {
		return at
	}
	for _, floor := range []time.Time{now, q.pausedTo} {
		if at.Before(floor) {
			at = floor
		}
	}
	return at
}

// land takes work out of flight; nil if it was not in flight.
func (q *Queue) land(key Key) *item {
	it := q.items[key]
	if it == nil || !it.running {
		return nil
	}
	it.running = false
	q.inFlight--
	q.lane(key.Room).busy = false
	return it
}

func (q *Queue) lane(room id.RoomID) *lane {
	l := q.rooms[room]
	if l == nil {
		l = &lane{waiting: map[Key]*item{}}
		q.rooms[room] = l
	}
	return l
}

// sweep forgets a room that has neither work nor a known activity.
func (q *Queue) sweep(room id.RoomID) {
	if l := q.rooms[room]; l != nil && !l.busy && len(l.waiting) == 0 && l.activity.IsZero() {
		delete(q.rooms, room)
	}
}
