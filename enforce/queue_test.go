package enforce

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func member(room id.RoomID, user string) Key { return Key{action.MemberLane, room, user} }

func take(t *testing.T, q *Queue, now time.Time, want Key) {
	t.Helper()
	if got, ok := q.Next(now); !ok || got != want {
		t.Fatalf("next is %v (%v), want %v", got, ok, want)
	}
}

func none(t *testing.T, q *Queue, now time.Time) {
	t.Helper()
	if got, ok := q.Next(now); ok {
		t.Fatalf("next is %v, want nothing", got)
	}
}

func TestUrgentWorkGoesFirst(t *testing.T) {
	q := NewQueue(8)
	notice, redaction := Key{action.SpeechLane, "!m", "1"}, Key{action.MessageLane, "!a", "$1"}
	acl, ban := Key{action.ACLLane, "!b", ""}, member("!c", "@x")
	for _, k := range []Key{notice, redaction, acl, ban} {
		q.Add(k, Soon, start)
	}
	for _, k := range []Key{ban, acl, redaction, notice} {
		take(t, q, start, k)
	}
}

func TestBusiestRoomGoesFirst(t *testing.T) {
	q := NewQueue(8)
	q.Add(member("!quiet", "@x"), Soon, start)
	q.Add(member("!busy", "@x"), Soon, start)
	q.Active("!busy", start)
	take(t, q, start, member("!busy", "@x"))
	take(t, q, start, member("!quiet", "@x"))
}

func TestOneInFlightPerRoomAndLimitOverAll(t *testing.T) {
	q := NewQueue(2)
	q.Add(member("!a", "@1"), Soon, start)
	q.Add(member("!a", "@2"), Soon, start)
	q.Add(member("!b", "@1"), Soon, start)
	q.Add(member("!c", "@1"), Soon, start)
	take(t, q, start, member("!a", "@1"))
	take(t, q, start, member("!b", "@1"))
	none(t, q, start)
	q.Done(member("!b", "@1"), start)
	take(t, q, start, member("!c", "@1"))
	q.Done(member("!a", "@1"), start)
	take(t, q, start, member("!a", "@2"))
}

// Whoever writes on is banned while what they wrote is being removed, and nothing more is
// removed while the ban is under way: it may do that.
func TestBanBeginsBesideARemoval(t *testing.T) {
	q := NewQueue(8)
	first, second := Key{action.MessageLane, "!a", "$1"}, Key{action.MessageLane, "!a", "$2"}
	ban := member("!a", "@spam")
	q.Add(first, Now, start)
	q.Add(second, Now, start)
	take(t, q, start, first)
	none(t, q, start)
	q.Add(ban, Soon, start)
	take(t, q, start, ban)
	q.Done(first, start)
	none(t, q, start)
	q.Done(ban, start)
	take(t, q, start, second)
}

func TestWorkAddedWhileItRunsIsLookedAtAgain(t *testing.T) {
	q := NewQueue(8)
	k := member("!a", "@1")
	q.Add(k, Soon, start)
	take(t, q, start, k)
	q.Add(k, Soon, start)
	none(t, q, start)
	q.Done(k, start)
	take(t, q, start, k)
	q.Done(k, start)
	none(t, q, start)
	if q.Len() != 0 {
		t.Errorf("%d left", q.Len())
	}
}

func TestBackoffDoublesIsCappedAndHonoursTheHomeserver(t *testing.T) {
	q := NewQueue(8)
	q.jitter = func() float64 { return 1 }
	k := member("!a", "@1")
	now := start
	q.Add(k, Soon, now)
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600} {
		take(t, q, now, k)
		if n := q.Retry(k, now, 0); n != i+1 {
			t.Fatalf("%d tries, want %d", n, i+1)
		}
		wake := q.Wake(now)
		if got := wake.Sub(now); got != want*time.Second {
			t.Fatalf("try %d: waits %s, want %s", i, got, want*time.Second)
		}
		none(t, q, wake.Add(-1))
		now = wake
	}
	take(t, q, now, k)
	q.Retry(k, now, time.Hour)
	if got := q.Wake(now).Sub(now); got != time.Hour {
		t.Errorf("waits %s, the homeserver asked for an hour", got)
	}
	q.Renew(k, Soon, now)
	take(t, q, now, k)
}

func TestFailedWorkKeepsItsPauseUntilRenewed(t *testing.T) {
	q := NewQueue(8)
	k := member("!a", "@1")
	q.Add(k, Soon, start)
	take(t, q, start, k)
	q.Retry(k, start, time.Minute)
	q.Add(k, Soon, start)
	none(t, q, start.Add(59*time.Second))
	q.Add(member("!a", "@2"), Soon, start.Add(30*time.Second))
	q.Renew(k, Soon, start)
	take(t, q, start, k)
}

func TestDroppedRoomHasNoWork(t *testing.T) {
	q := NewQueue(8)
	q.Add(member("!a", "@1"), Soon, start)
	q.Add(member("!a", "@2"), Soon, start)
	take(t, q, start, member("!a", "@1"))
	q.Remove(member("!a", "@2"))
	q.Done(member("!a", "@1"), start)
	none(t, q, start)
	if q.Len() != 0 || len(q.rooms) != 0 {
		t.Errorf("%d keys, %d rooms left", q.Len(), len(q.rooms))
	}
}

// Whatever happens in between, no key is lost, none runs twice at once, no room has two in
// flight but for a removal that other work began beside, and the limit holds.
func TestQueueLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 3
		q := NewQueue(limit)
		wanted, running := map[Key]bool{}, map[Key]bool{}
		now := start
		key := rapid.Custom(func(t *rapid.T) Key {
			return Key{
				action.Lane(rapid.IntRange(0, 7).Draw(t, "lane")),
				id.RoomID(fmt.Sprint("!", rapid.IntRange(0, 3).Draw(t, "room"))),
				fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "subject")),
			}
		})
		next := func() bool {
			k, ok := q.Next(now)
			if !ok {
				return false
			}
			if !wanted[k] || running[k] {
				t.Fatalf("%v was not wanted, or runs already", k)
			}
			for other := range running {
				if bars(other, k) {
					t.Fatalf("%v began while %v was in flight", k, other)
				}
			}
			running[k] = true
			if len(running) > limit {
				t.Fatal("over the limit")
			}
			delete(wanted, k)
			return true
		}
		land := func(done bool) {
			for k := range running {
				delete(running, k)
				if done {
					q.Done(k, now)
				} else {
					q.Retry(k, now, 0)
					wanted[k] = true
				}
				return
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				k := key.Draw(t, "key")
				q.Add(k, Soon, now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "delay"))*time.Second))
				wanted[k] = true
			},
			"next":  func(*rapid.T) { next() },
			"done":  func(*rapid.T) { land(true) },
			"retry": func(*rapid.T) { land(false) },
			"wait":  func(*rapid.T) { now = now.Add(time.Second) },
		})
		for range 1000 {
			now = now.Add(time.Hour)
			for next() {
			}
			for len(running) > 0 {
				land(true)
			}
		}
		if len(wanted) != 0 || q.Len() != 0 {
			t.Fatalf("lost: %v; left in the queue: %d", wanted, q.Len())
		}
	})
}

// Five thousand rules that each match one member of twenty rooms.
func BenchmarkQueue(b *testing.B) {
	const rules, rooms, limit = 5000, 20, 8
	keys := make([]Key, 0, rules*rooms)
	for rule := range rules {
		for room := range rooms {
			keys = append(keys, member(id.RoomID(fmt.Sprintf("!room%d:example.org", room)), fmt.Sprintf("@user%d:example.org", rule)))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		q := NewQueue(limit)
		for _, k := range keys {
			q.Add(k, Soon, start)
		}
		now, done := start, 0
		var running []Key
		for {
			for k, ok := q.Next(now); ok; k, ok = q.Next(now) {
				running = append(running, k)
			}
			if len(running) == 0 {
				break
			}
			now = now.Add(time.Millisecond)
			q.Done(running[0], now)
			running = running[1:]
			done++
		}
		if done != len(keys) {
			b.Fatalf("%d of %d done", done, len(keys))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(keys)), "ns/key")
}
