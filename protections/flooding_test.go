package protections

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type view struct{ spared id.UserID }

func (v view) Moderator(u id.UserID) bool           { return u == v.spared }
func (v view) MayBan(_ id.RoomID, u id.UserID) bool { return u != "@admin:hs" }

func set(t *testing.T, messages int, within time.Duration) (*Set, *Flooding) {
	t.Helper()
	f := newFlooding(messages, within)
	return NewSet("@forseti:hs", view{"@mod:hs"}, f), f
}

func message(n int, user id.UserID, at time.Time) Incoming {
	return Incoming{Arrived: at, Event: &event.Event{
		ID: id.EventID(fmt.Sprint("$", n)), RoomID: "!r:hs", Sender: user, Type: event.EventMessage,
		Timestamp: int64(n) * 1e15, // a lie that must not matter
	}}
}

func TestFloodIsBannedAndAllOfItRedacted(t *testing.T) {
	s, _ := set(t, 10, 5*time.Second)
	redacted := map[id.EventID]bool{}
	bans := 0
	for n := range 30 {
		for i, a := range s.Check(message(n, "@spam:hs", start.Add(time.Duration(n)*160*time.Millisecond))) {
			switch a.Verb {
			case action.Ban:
				bans++
				if i != 0 || n != 10 {
					t.Errorf("the ban is action %d after message %d", i, n)
				}
			case action.Redact:
				if redacted[a.Event] {
					t.Errorf("%s is redacted twice", a.Event)
				}
				redacted[a.Event] = true
			}
		}
	}
	if bans != 1 || len(redacted) != 30 {
		t.Errorf("%d bans, %d of 30 redacted", bans, len(redacted))
	}
}

func TestSlowTalkIsNoFlood(t *testing.T) {
	s, f := set(t, 10, 5*time.Second)
	for n := range 200 {
		if got := s.Check(message(n, "@talker:hs", start.Add(time.Duration(n)*501*time.Millisecond))); got != nil {
			t.Fatalf("message %d: %v", n, got)
		}
	}
	if len(f.writers) != 1 {
		t.Errorf("%d writers remembered", len(f.writers))
	}
}

func TestWhoIsLeftAlone(t *testing.T) {
	for _, user := range []id.UserID{"@forseti:hs", "@mod:hs", "@admin:hs"} {
		s, _ := set(t, 2, 5*time.Second)
		for n := range 20 {
			if got := s.Check(message(n, user, start)); got != nil {
				t.Fatalf("%s: %v", user, got)
			}
		}
	}
}

func TestWhatCounts(t *testing.T) {
	for _, tc := range []struct {
		name  string
		typ   event.Type
		state *string
		flood bool
	}{
		{"sticker", event.EventSticker, nil, true},
		{"reaction", event.EventReaction, nil, true},
		{"encrypted", event.EventEncrypted, nil, true},
		{"unknown type", event.Type{Type: "com.example.odd"}, nil, true},
		{"redaction", event.EventRedaction, nil, false},
		{"state", event.StateMember, new("@u:hs"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := set(t, 2, 5*time.Second)
			var flood bool
			for n := range 5 {
				e := message(n, "@u:hs", start)
				e.Event.Type, e.Event.StateKey = tc.typ, tc.state
				flood = s.Check(e) != nil || flood
			}
			if flood != tc.flood {
				t.Errorf("flood is %v", flood)
			}
		})
	}
}

func TestReplayIsNotAnotherMessage(t *testing.T) {
	s, _ := set(t, 2, 5*time.Second)
	for range 20 {
		if got := s.Check(message(1, "@u:hs", start)); got != nil {
			t.Fatalf("got %v", got)
		}
	}
}

func TestQuietWritersAreForgotten(t *testing.T) {
	s, f := set(t, 10, 5*time.Second)
	for n := range 1000 {
		s.Check(message(n, id.UserID(fmt.Sprintf("@u%d:hs", n)), start))
	}
	s.Check(message(1001, "@last:hs", start.Add(time.Minute)))
	if len(f.writers) != 1 {
		t.Errorf("%d writers remembered", len(f.writers))
	}
}

func TestChangedSettingsGiveNoFreshStart(t *testing.T) {
	s, _ := set(t, 10, 5*time.Second)
	for n := range 11 {
		s.Check(message(n, "@caught:hs", start))
	}
	for n := range 8 {
		s.Check(message(100+n, "@counted:hs", start))
	}
	s.Enable(newFlooding(8, 5*time.Second))
	at := start.Add(time.Second)
	if got := s.Check(message(12, "@caught:hs", at)); len(got) != 1 || got[0].Verb != action.Redact {
		t.Errorf("what comes late: %v", got)
	}
	if got := s.Check(message(108, "@counted:hs", at)); len(got) != 10 || got[0].Verb != action.Ban {
		t.Errorf("the ninth message: %v", got)
	}
}

func TestPardonedUserMaySpeak(t *testing.T) {
	s, _ := set(t, 2, 5*time.Second)
	for n := range 3 {
		s.Check(message(n, "@u:hs", start))
	}
	s.Pardon("!r:hs", "@u:hs")
	s.Pardon("!r:hs", "@stranger:hs")
	if got := s.Check(message(4, "@u:hs", start.Add(time.Second))); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestLateMessagesCountForTenMinutes(t *testing.T) {
	s, _ := set(t, 2, 5*time.Second)
	for n := range 3 {
		s.Check(message(n, "@u:hs", start))
	}
	if got := s.Check(message(3, "@u:hs", start.Add(lateness-1))); len(got) != 1 || got[0].Verb != action.Redact {
		t.Errorf("just before: %v", got)
	}
	if got := s.Check(message(4, "@u:hs", start.Add(lateness))); got != nil {
		t.Errorf("after: %v", got)
	}
}
