package matrix

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/worker"
)

// Pace is what came of acting fast on purpose.
type Pace struct {
	Taken   int           // requests that were taken
	Limited bool          // one was refused because there were too many
	Wait    time.Duration // how long it wants between two; zero if it did not say
}

// burst is more than what homeservers take at once by default: Synapse 10 events,
// Dendrite 20 requests.
const (
	burstOfEvents = 15
	burstOfReads  = 25
)

// longestRest is how long a limit that was met on purpose is waited out.
const longestRest = 6 * time.Second

// typePace is an event that says nothing. No client shows it.
var typePace = event.Type{Type: "org.forseti.pace", Class: event.MessageEventType}

// PaceOfReads asks who we are many times at once, which changes nothing. Dendrite
// counts that as it counts joins and invitations; Synapse counts events only.
func (s *caller) PaceOfReads(ctx context.Context) (Pace, error) {
	var (
		all   worker.Group
		mu    sync.Mutex
		pace  Pace
		wrong error
	)
	for range burstOfReads {
		all.Go(func() {
			var who map[string]any
			err := s.read(ctx, &who, nil, "v3", "account", "whoami")
			mu.Lock()
			defer mu.Unlock()
			if err := pace.take(err); err != nil {
				wrong = err
			}
		}, func(p *worker.Panic) {
			mu.Lock()
			defer mu.Unlock()
			wrong = p
		})
	}
	all.Wait()
	if !pace.Limited {
		return pace, wrong
	}
	// What is asked next must not suffer for it.
	select {
	case <-time.After(min(max(pace.Wait, time.Second), longestRest)):
	case <-ctx.Done():
	}
	return pace, nil
}

// PaceOfEvents sends events that say nothing to a room of ours, one after the other
// until one is refused. It uses up what the homeserver takes at once, so it is not for
// a time at which the account has work to do.
//
// What is asked for at the first refusal is less than the time of one request, by as
// long as the events took. What goes through between two refusals tells that time.
func (s *caller) PaceOfEvents(ctx context.Context, room id.RoomID) (Pace, error) {
	began := time.Now()
	pace, err := s.burst(ctx, room)
	if err != nil || !pace.Limited || pace.Wait <= 0 || pace.Wait > longestRest {
		return pace, err
	}
	free := time.Now().Add(pace.Wait) // when one is let through
	took := time.Since(began)
	if err := sleep(ctx, pace.Wait); err != nil {
		return pace, nil // it is known that there is a limit
	}
	again, err := s.burst(ctx, room)
	if err != nil || !again.Limited || again.Taken == 0 {
		return pace, nil
	}
	pace.Wait = time.Now().Add(again.Wait).Sub(free) / time.Duration(again.Taken)
	pace.Taken = max(pace.Taken-int(took/max(pace.Wait, time.Millisecond)), 1)
	return pace, nil
}

func (s *caller) burst(ctx context.Context, room id.RoomID) (pace Pace, err error) {
	for range burstOfEvents {
		_, err := s.client.SendMessageEvent(mautrix.WithMaxRetries(ctx, 0), room, typePace, struct{}{}, mautrix.ReqSendEvent{TransactionID: rand.Text(), DontEncrypt: true})
		if err := pace.take(err); err != nil || pace.Limited {
			return pace, err
		}
	}
	return pace, nil
}

// take counts an answer. What is no limit is an error.
func (p *Pace) take(err error) error {
	if err == nil {
		p.Taken++
		return nil
	}
	f := failure(err, time.Now())
	if f.Kind != action.RateLimited {
		return wrap(err, "try how fast the homeserver lets the account act")
	}
	p.Limited, p.Wait = true, max(p.Wait, f.RetryAfter)
	return nil
}
