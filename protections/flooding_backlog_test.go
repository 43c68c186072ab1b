package protections

import (
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// waited is a message that its server received at sentAt and that we get now.
func waited(n int, sentAt, now time.Time) Incoming {
	e := message(n, "@u:hs", now)
	e.Event.Timestamp = sentAt.UnixMilli()
	e.Backlog = true
	return e
}

// redacted returns what the actions take back, and whether they ban.
func redacted(actions []action.Action) (events []id.EventID, ban bool) {
	for _, a := range actions {
		switch a.Verb {
		case action.Ban:
			ban = true
		case action.Redact:
			events = append(events, a.Event)
		}
	}
	return events, ban
}

func TestTalkDuringAnOutageIsNoFlood(t *testing.T) {
	for name, clock := range map[string]time.Duration{"right": 0, "an hour ahead": time.Hour, "years behind": -1e5 * time.Hour} {
		s, _ := set(t, 10, 5*time.Second)
		for n := range 500 {
			said := start.Add(time.Duration(n) * time.Second)
			if got := s.Check(waited(n, said.Add(clock), start.Add(time.Hour))); got != nil {
				t.Fatalf("clock %s: message %d: %v", name, n, got)
			}
		}
		back := start.Add(time.Hour)
		for n := range 10 {
			if got := s.Check(message(500+n, "@u:hs", back)); got != nil {
				t.Fatalf("clock %s: a first message after it: %v", name, got)
			}
		}
	}
}

func TestFloodDuringAnOutageIsFound(t *testing.T) {
	s, _ := set(t, 10, 5*time.Second)
	var events []id.EventID
	bans := 0
	for n := range 30 {
		got, ban := redacted(s.Check(waited(n, start.Add(time.Duration(n)*100*time.Millisecond), start.Add(time.Hour))))
		events = append(events, got...)
		if ban {
			bans++
		}
	}
	if bans != 1 || len(events) != 30 {
		t.Errorf("%d bans, %d of 30 redacted", bans, len(events))
	}
}

func TestClocksThatSayNothing(t *testing.T) {
	for name, clock := range map[string]func(n int) time.Time{
		"zero":      func(int) time.Time { return time.UnixMilli(0) },
		"negative":  func(n int) time.Time { return time.UnixMilli(-int64(n)) },
		"backwards": func(n int) time.Time { return start.Add(-time.Duration(n) * time.Minute) },
		"huge":      func(n int) time.Time { return time.UnixMilli(1<<53 - int64(n)*1e9) },
	} {
		s, f := set(t, 10, 5*time.Second)
		for n := range 100 {
			if got := s.Check(waited(n, clock(n), start)); got != nil {
				t.Fatalf("%s: %v", name, got)
			}
		}
		if f.size > 12 {
			t.Errorf("%s: remembers %d", name, f.size)
		}
	}
}

// A flood that began while we were away goes on when we are back.
func TestFloodAcrossTheReturn(t *testing.T) {
	s, _ := set(t, 10, 5*time.Second)
	for n := range 8 {
		s.Check(waited(n, start, start))
	}
	var events []id.EventID
	for n := range 11 {
		got, _ := redacted(s.Check(message(8+n, "@u:hs", start.Add(time.Second))))
		events = append(events, got...)
	}
	if len(events) != 19 {
		t.Errorf("%d of 19 redacted", len(events))
	}
}

// What was said at leisure while we were away is not taken back for a flood later.
func TestOldTalkIsNoPartOfALaterFlood(t *testing.T) {
	s, _ := set(t, 10, 5*time.Second)
	for n := range 8 {
		s.Check(waited(n, start, start))
	}
	var events []id.EventID
	for n := range 11 {
		got, _ := redacted(s.Check(message(8+n, "@u:hs", start.Add(6*time.Second))))
		events = append(events, got...)
	}
	if len(events) != 11 || slices.Contains(events, "$0") {
		t.Errorf("redacted: %v", events)
	}
}
