package protections

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// counted counts anew what memory says it holds.
func (m *memory) counted() int {
	n := len(m.writers)
	for _, b := range m.writers {
		n += len(b.live) + len(b.backlog)
	}
	return n
}

func TestThousandsOfAccountsAreNotAllRemembered(t *testing.T) {
	s, f := set(t, 2, time.Hour)
	f.limit = 1000
	at := start
	for n := range 50_000 {
		at = at.Add(time.Millisecond)
		e := message(n, id.UserID(fmt.Sprintf("@u%d:hs", n%20_000)), at)
		e.Event.RoomID = id.RoomID(fmt.Sprintf("!r%d:hs", n%7))
		s.Check(e)
		if f.size > f.limit+1 {
			t.Fatalf("remembers %d after %d messages", f.size, n)
		}
	}
	if f.size != f.counted() {
		t.Errorf("holds %d, thinks %d", f.counted(), f.size)
	}
}

func TestAFloodIsSeenInACrowd(t *testing.T) {
	s, f := set(t, 10, 5*time.Second)
	f.limit = 1000
	at := start
	for n := range 20_000 {
		at = at.Add(time.Millisecond)
		s.Check(message(n, id.UserID(fmt.Sprintf("@u%d:hs", n)), at))
		if n%10 != 0 {
			continue
		}
		if _, ban := redacted(s.Check(message(100_000+n, "@spam:hs", at))); ban {
			return
		}
	}
	t.Error("not banned")
}

func TestThoseCaughtFirstAreForgottenFirst(t *testing.T) {
	s, f := set(t, 2, time.Second)
	f.limit = 300
	user := func(n int) id.UserID { return id.UserID(fmt.Sprintf("@u%d:hs", n)) }
	at := start
	for n := range 3000 {
		at = at.Add(10 * time.Millisecond)
		s.Check(message(n, user(n/3), at))
		if f.size > f.limit+1 {
			t.Fatalf("remembers %d", f.size)
		}
		for recent := max(n/3-15, 0); recent < n/3; recent++ {
			if f.writers[writer{"!r:hs", user(recent)}] == nil {
				t.Fatalf("user %d is forgotten when user %d writes", recent, n/3)
			}
		}
	}
}

func TestMemoryOfOneInstantIsBounded(t *testing.T) {
	s, f := set(t, 2, time.Second)
	f.limit = 100
	for n := range 1000 {
		s.Check(message(n, id.UserID(fmt.Sprintf("@u%d:hs", n)), start))
		if f.size > f.limit+1 {
			t.Fatalf("remembers %d", f.size)
		}
	}
}

// Flooding finds exactly what one finds who looks at everything ever received.
func TestFloodingIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		messages, within := rapid.IntRange(2, 5).Draw(t, "messages"), 10*time.Second
		f := newFlooding(messages, within)
		s := NewSet("@forseti:hs", view{"@mod:hs"}, f)
		type past struct {
			user id.UserID
			at   time.Time
		}
		var all []past
		caught := map[id.UserID]time.Time{}
		now := start
		for n := range rapid.IntRange(1, 60).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "pause")) * time.Second)
			if rapid.IntRange(0, 20).Draw(t, "long") == 0 {
				now = now.Add(lateness)
			}
			user := rapid.SampledFrom([]id.UserID{"@a:hs", "@b:hs", "@c:hs"}).Draw(t, "user")
			want := ""
			if now.Before(caught[user]) {
				want = "redact"
			} else {
				all = append(all, past{user, now})
				recent := 0
				for _, p := range all {
					if p.user == user && p.at.After(now.Add(-within)) && !p.at.Before(caught[user]) {
						recent++
					}
				}
				if recent > messages {
					want = fmt.Sprintf("ban and redact %d", recent)
					caught[user] = now.Add(lateness)
				}
			}
			got := ""
			switch events, ban := redacted(s.Check(message(n, user, now))); {
			case ban:
				got = fmt.Sprintf("ban and redact %d", len(events))
			case len(events) == 1:
				got = string(action.Redact)
			}
			if got != want {
				t.Fatalf("message %d: %q, want %q", n, got, want)
			}
			if f.size != f.counted() {
				t.Fatalf("holds %d, thinks %d", f.counted(), f.size)
			}
		}
	})
}
