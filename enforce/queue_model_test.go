package enforce

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// model is the queue as one would first write it: a list that is searched from
// end to end each time. It says what the queue means.
type model struct {
	limit    int
	work     []*modelItem // in order of arrival
	activity map[id.RoomID]time.Time
	audience map[id.RoomID]int // by powers of two
}

type modelItem struct {
	key       Key
	urgency   Urgency
	notBefore time.Time
	attempts  int
	inFlight  bool
	again     bool
}

func (m *model) find(k Key) *modelItem {
	for _, w := range m.work {
		if w.key == k {
			return w
		}
	}
	return nil
}

func (m *model) remove(gone func(*modelItem) bool) {
	var kept []*modelItem
	for _, w := range m.work {
		if !gone(w) {
			kept = append(kept, w)
		}
	}
	m.work = kept
}

func (m *model) inFlight() (n int) {
	for _, w := range m.work {
		if w.inFlight {
			n++
		}
	}
	return n
}

// bars tells whether work in flight keeps other work from starting.
func bars(flying, k Key) bool {
	return flying.Room == k.Room && (flying.Lane != action.MessageLane || k.Lane == action.MessageLane)
}

// barred tells whether anything in flight keeps work from starting.
func (m *model) barred(k Key) bool {
	return slices.ContainsFunc(m.work, func(w *modelItem) bool { return w.inFlight && bars(w.key, k) })
}

func (m *model) waiting(lane action.Lane) (n int) {
	for _, w := range m.work {
		if w.key.Lane == lane && !w.inFlight {
			n++
		}
	}
	return n
}

func (m *model) add(k Key, u Urgency, notBefore time.Time) {
	w := m.find(k)
	if w != nil {
		w.urgency = min(w.urgency, u)
	}
	switch {
	case w == nil:
		m.work = append(m.work, &modelItem{key: k, urgency: u, notBefore: notBefore})
	case w.inFlight:
		w.again = true
	case w.attempts == 0 && notBefore.Before(w.notBefore):
		w.notBefore = notBefore
	}
}

func (m *model) renew(k Key, u Urgency, now time.Time) {
	if w := m.find(k); w != nil && !w.inFlight {
		w.urgency = min(w.urgency, u)
		w.attempts, w.notBefore = 0, now
		return
	}
	m.add(k, u, now)
}

func (m *model) next(now time.Time) (Key, bool) {
	var best *modelItem
	for _, w := range m.work {
		if w.inFlight || w.notBefore.After(now) || m.barred(w.key) {
			continue
		}
		if best == nil || m.before(w, best) {
			best = w
		}
	}
	if best == nil || m.inFlight() >= m.limit {
		return Key{}, false
	}
	best.inFlight = true
	return best.key, true
}

// before is the order of work that may start: what is equal in all keeps its place.
func (m *model) before(a, b *modelItem) bool {
	switch {
	case a.urgency != b.urgency:
		return a.urgency < b.urgency
	case a.key.Lane != b.key.Lane:
		return a.key.Lane < b.key.Lane
	case m.audience[a.key.Room] != m.audience[b.key.Room]:
		return m.audience[a.key.Room] > m.audience[b.key.Room]
	default:
		return m.activity[a.key.Room].After(m.activity[b.key.Room])
	}
}

func (m *model) done(k Key, now time.Time) {
	w := m.find(k)
	m.remove(func(other *modelItem) bool { return other == w })
	if w.again {
		m.add(k, w.urgency, now)
	}
}

// retry waits for three quarters of the full backoff: the jitter is 0.5.
func (m *model) retry(k Key, now time.Time, after time.Duration) int {
	w := m.find(k)
	backoff := time.Second
	for range w.attempts {
		backoff = min(2*backoff, 10*time.Minute)
	}
	w.attempts++
	w.inFlight, w.again = false, false
	w.notBefore = now.Add(max(backoff*3/4, after))
	return w.attempts
}

// postpone says nothing of how often it was tried.
func (m *model) postpone(k Key, until time.Time) {
	w := m.find(k)
	w.inFlight, w.again, w.notBefore = false, false, until
}

func (m *model) wake(now time.Time) time.Time {
	var at time.Time
	for _, w := range m.work {
		if !w.inFlight && !m.barred(w.key) && (at.IsZero() || w.notBefore.Before(at)) {
			at = w.notBefore
		}
	}
	switch {
	case m.inFlight() >= m.limit || at.IsZero():
		return time.Time{}
	case at.Before(now):
		return now
	default:
		return at
	}
}

// The queue hands out the same work at the same time as the model.
func TestQueueIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 4).Draw(t, "limit")
		q, m := NewQueue(limit), &model{limit: limit, activity: map[id.RoomID]time.Time{}, audience: map[id.RoomID]int{}}
		q.jitter = func() float64 { return 0.5 }
		now := start
		room := rapid.Custom(func(t *rapid.T) id.RoomID {
			return id.RoomID(fmt.Sprint("!", rapid.IntRange(0, 2).Draw(t, "room")))
		})
		key := rapid.Custom(func(t *rapid.T) Key {
			return Key{
				action.Lane(rapid.IntRange(0, 7).Draw(t, "lane")), room.Draw(t, "room"),
				fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "subject")),
			}
		})
		urgency := rapid.Custom(func(t *rapid.T) Urgency { return Urgency(rapid.IntRange(0, 2).Draw(t, "urgency")) })
		seconds := func(t *rapid.T, low, high int) time.Duration {
			return time.Duration(rapid.IntRange(low, high).Draw(t, "seconds")) * time.Second
		}
		running := func(t *rapid.T) Key {
			var keys []Key
			for _, w := range m.work {
				if w.inFlight {
					keys = append(keys, w.key)
				}
			}
			if len(keys) == 0 {
				t.Skip("nothing is in flight")
			}
			return rapid.SampledFrom(keys).Draw(t, "running")
		}
		next := func(t *rapid.T) {
			got, ok := q.Next(now)
			want, wantOK := m.next(now)
			if got != want || ok != wantOK {
				t.Fatalf("next is %v (%v), want %v (%v)", got, ok, want, wantOK)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				k, u, at := key.Draw(t, "key"), urgency.Draw(t, "urgency"), now.Add(seconds(t, -3, 5))
				q.Add(k, u, at)
				m.add(k, u, at)
			},
			"add many": func(t *rapid.T) {
				for _, k := range rapid.SliceOfN(key, 5, 20).Draw(t, "keys") {
					u, at := urgency.Draw(t, "urgency"), now.Add(seconds(t, 0, 30))
					q.Add(k, u, at)
					m.add(k, u, at)
				}
			},
			"renew": func(t *rapid.T) {
				k, u := key.Draw(t, "key"), urgency.Draw(t, "urgency")
				q.Renew(k, u, now)
				m.renew(k, u, now)
			},
			"next":       next,
			"next again": next,
			"done": func(t *rapid.T) {
				k := running(t)
				q.Done(k, now)
				m.done(k, now)
			},
			"retry": func(t *rapid.T) {
				k, after := running(t), seconds(t, 0, 20)
				if got, want := q.Retry(k, now, after), m.retry(k, now, after); got != want {
					t.Fatalf("%d tries, want %d", got, want)
				}
			},
			"postpone": func(t *rapid.T) {
				k, after := running(t), seconds(t, 0, 20)
				q.Postpone(k, now.Add(after))
				m.postpone(k, now.Add(after))
			},
			"not in flight": func(t *rapid.T) {
				if k := key.Draw(t, "key"); m.find(k) == nil || !m.find(k).inFlight {
					q.Done(k, now)
					q.Retry(k, now, 0)
					q.Postpone(k, now)
				}
			},
			"remove": func(t *rapid.T) {
				k := key.Draw(t, "key")
				q.Remove(k)
				m.remove(func(w *modelItem) bool { return w.key == k && !w.inFlight })
			},
			"audience": func(t *rapid.T) {
				// A room without work may be forgotten.
				k, powers := key.Draw(t, "key"), rapid.IntRange(0, 4).Draw(t, "powers")
				if m.find(k) != nil {
					q.Audience(k.Room, 1<<powers>>1)
					m.audience[k.Room] = powers
				}
			},
			"active": func(t *rapid.T) {
				r, at := room.Draw(t, "room"), now.Add(seconds(t, -3, 0))
				q.Active(r, at)
				if at.After(m.activity[r]) {
					m.activity[r] = at
				}
			},
			"time passes": func(t *rapid.T) { now = now.Add(seconds(t, 1, 10)) },
			"": func(t *rapid.T) {
				for r := range m.audience { // a room without work or activity is forgotten
					if m.activity[r].IsZero() && !slices.ContainsFunc(m.work, func(w *modelItem) bool { return w.key.Room == r }) {
						delete(m.audience, r)
					}
				}
				if got, want := q.Wake(now), m.wake(now); !got.Equal(want) {
					t.Fatalf("wakes at %s, want %s", got, want)
				}
				if q.Len() != len(m.work) {
					t.Fatalf("%d keys, want %d", q.Len(), len(m.work))
				}
				for kind := range action.Lane(8) {
					if got, want := q.Waiting(kind), m.waiting(kind); got != want {
						t.Fatalf("%d of kind %d wait, want %d", got, kind, want)
					}
				}
				k := key.Draw(t, "any key")
				if q.Has(k) != (m.find(k) != nil) {
					t.Fatalf("has %v: %v", k, q.Has(k))
				}
			},
		})
	})
}
