package matrix

import (
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	// maxOurs is how many of our latest sends are remembered.
	maxOurs = 4096
	// strangeAfter is how long a message of our account may be unclaimed: its echo can
	// overtake the answer to the request that sent it.
	strangeAfter = time.Minute
	// answerLost is after how long a send that got no answer is no more the reason for an
	// echo that nobody claims.
	answerLost = 10 * time.Minute
	// maxUnclaimed bounds how many wait. One is enough to tell of.
	maxUnclaimed = 100
)

// ours tells what this process said from what somebody else said on the same account:
// another bot, or whoever knows the login.
type ours struct {
	mu        sync.Mutex
	txns      latest[string]
	events    latest[id.EventID]
	open      map[string]time.Time // sends without an answer, and since when
	unclaimed []unclaimed
}

type unclaimed struct {
	event   *event.Event
	arrived time.Time
}

// begin notes a send. It must be called before the request.
func (o *ours) begin(txn string, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil || len(o.open) >= maxOurs {
		o.open = map[string]time.Time{}
	}
	o.txns.add(txn)
	o.open[txn] = now
}

// answered notes what a send became.
func (o *ours) answered(txn string, evt id.EventID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events.add(evt)
	delete(o.open, txn)
}

// echo looks at a message of our account, and keeps it if nobody claims it yet.
func (o *ours) echo(evt *event.Event, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.txns.has(evt.Unsigned.TransactionID) || o.events.has(evt.ID) || len(o.unclaimed) == maxUnclaimed {
		return
	}
	o.unclaimed = append(o.unclaimed, unclaimed{evt, now})
}

// strange gives the messages that this process did not send, once each.
func (o *ours) strange(now time.Time) (found []*event.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	waiting := false
	for txn, since := range o.open {
		if now.Sub(since) > answerLost {
			delete(o.open, txn)
			continue
		}
		waiting = true
	}
	var left []unclaimed
	for _, u := range o.unclaimed {
		switch {
		case o.events.has(u.event.ID):
		case waiting, now.Sub(u.arrived) < strangeAfter:
			left = append(left, u)
		default:
			found = append(found, u.event)
		}
	}
	o.unclaimed = left
	return found
}

// takeStrangers looks for what others say in our name. What comes after a time of
// deafness, as at a start, may be of an earlier process.
func (s *Session) takeStrangers(b *Batch) {
	for _, room := range b.Rooms {
		if b.Backlog || b.Initial || room.Membership != event.MembershipJoin {
			continue
		}
		for _, evt := range room.Timeline {
			if evt.Sender == s.client.UserID && evt.StateKey == nil && evt.ID != "" && speaks(evt.Type.Type) {
				s.ours.echo(evt, b.Arrived)
			}
		}
	}
	b.Strangers = s.ours.strange(b.Arrived)
}

// speaks reports whether an event of this type is something that is said. Only those
// have a transaction in any case.
func speaks(kind string) bool {
	switch kind {
	case event.EventMessage.Type, event.EventEncrypted.Type, event.EventSticker.Type:
		return true
	default:
		return false
	}
}

// latest is a set that forgets the oldest of what is in it.
type latest[T comparable] struct {
	in    map[T]bool
	order []T
}

func (l *latest[T]) add(one T) {
	if l.in[one] {
		return
	}
	if l.in == nil {
		l.in = map[T]bool{}
	}
	if len(l.order) == maxOurs {
		delete(l.in, l.order[0])
		l.order = l.order[1:]
	}
	l.in[one] = true
	l.order = append(l.order, one)
}

func (l *latest[T]) has(one T) bool { return l.in[one] }
