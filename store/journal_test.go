package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	mid "maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/store"
)

var byRule = action.Cause{Kind: action.ByRule, List: "!list", Rule: "$rule", Entity: "@*:evil"}

func begin(t *testing.T, s *store.Store, verb action.Verb, user mid.UserID) action.Action {
	t.Helper()
	a, err := s.Journal.Begin(t.Context(), action.Action{Verb: verb, Room: "!a", User: user, Reason: "spam", Cause: byRule})
	ok(t, err)
	return a
}

func did(t *testing.T, s *store.Store, verb action.Verb, user mid.UserID, event mid.EventID) {
	t.Helper()
	ok(t, s.Journal.Settle(t.Context(), begin(t, s, verb, user).ID, action.Outcome{Done: true, Event: event}))
}

func testJournal(t *testing.T, url string) {
	s := open(t, url)
	a, b, c, d := begin(t, s, action.Ban, "@a"), begin(t, s, action.Kick, "@a"), begin(t, s, action.Ban, "@a"), begin(t, s, action.Ban, "@a")
	if a.ID == "" || a.ID == b.ID {
		t.Fatalf("IDs %q and %q", a.ID, b.ID)
	}
	ok(t, s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true, Event: "$ban"}))
	ok(t, s.Journal.Settle(t.Context(), b.ID, action.Outcome{Failure: "timeout"}))
	ok(t, s.Journal.Settle(t.Context(), c.ID, action.Outcome{Done: true, Failure: "no power"}))
	ok(t, s.Journal.Settle(t.Context(), d.ID, action.Outcome{Dropped: true}))
	for _, settled := range []string{a.ID, c.ID, d.ID, "unknown"} {
		if err := s.Journal.Settle(t.Context(), settled, action.Outcome{}); !errors.Is(err, store.ErrNotOpen) {
			t.Errorf("settled again: %v", err)
		}
	}
	s = reopen(t, s, url)
	open, err := s.Journal.Open(t.Context())
	if err != nil || len(open) != 1 || open[0].Action.ID != b.ID || open[0].Action.Cause != byRule || open[0].Action.Reason != "spam" {
		t.Errorf("open %v, %v", open, err)
	}
	if latest, err := s.Journal.Latest(t.Context(), time.Time{}, "", 100); err != nil || len(latest) == 0 || latest[0].Action.Room == "" {
		t.Errorf("latest: %+v, %v", latest, err)
	} else if here, err := s.Journal.Latest(t.Context(), time.Time{}, latest[0].Action.Room, 1); err != nil || len(here) != 1 || here[0].Action.ID != latest[0].Action.ID {
		t.Errorf("latest in a room: %+v, %v", here, err)
	}
	if later, err := s.Journal.Latest(t.Context(), time.Now().Add(time.Hour), "", 100); err != nil || len(later) != 0 {
		t.Errorf("later: %+v, %v", later, err)
	}
	history, err := s.Journal.History(t.Context(), "@a", 10)
	ok(t, err)
	want := []store.Entry{
		{Action: d, State: store.EntryDropped, Attempts: 1},
		{Action: c, State: store.EntryFailed, Attempts: 1, Failure: "no power"},
		{Action: b, State: store.EntryOpen, Attempts: 1, Failure: "timeout"},
		{Action: a, State: store.EntryDone, Attempts: 1, Event: "$ban"},
	}
	if len(history) != len(want) {
		t.Fatalf("history %v", history)
	}
	for i, got := range history {
		if got.Created.IsZero() || got.Settled.IsZero() != (got.State == store.EntryOpen) {
			t.Errorf("entry %d: created %v, settled %v", i, got.Created, got.Settled)
		}
		if got.Action.ID != want[i].Action.ID || got.State != want[i].State || got.Attempts != want[i].Attempts ||
			got.Failure != want[i].Failure || got.Event != want[i].Event {
			t.Errorf("entry %d is %+v, want %+v", i, got, want[i])
		}
	}
	if last, err := s.Journal.History(t.Context(), "@a", 1); err != nil || len(last) != 1 || last[0].Action.ID != d.ID {
		t.Errorf("last %v, %v", last, err)
	}
}

func testBeginAgain(t *testing.T, url string) {
	s := open(t, url)
	a := begin(t, s, action.Ban, "@a")
	again, err := s.Journal.Begin(t.Context(), a)
	if err != nil || again.ID != a.ID {
		t.Fatalf("began %q as %q: %v", a.ID, again.ID, err)
	}
	if h, err := s.Journal.History(t.Context(), "@a", 5); err != nil || len(h) != 1 || h[0].Attempts != 2 {
		t.Errorf("history %v, %v", h, err)
	}
	ok(t, s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true}))
	if _, err := s.Journal.Begin(t.Context(), a); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("began a settled action: %v", err)
	}
}

// What happened is written down also by who is told to end.
func testSettledAtTheEnd(t *testing.T, url string) {
	s := open(t, url)
	a := begin(t, s, action.Ban, "@a")
	ended, end := context.WithCancel(t.Context())
	end()
	ok(t, s.Journal.Settle(ended, a.ID, action.Outcome{Done: true, Event: "$1"}))
	expectBans(t, s, store.Ban{Room: "!a", User: "@a", Event: "$1", Cause: byRule})
	if _, err := s.Journal.Begin(ended, action.Action{Verb: action.Ban, Room: "!a", User: "@b"}); err == nil {
		t.Error("something was begun by who is told to end")
	}
}

func testBans(t *testing.T, url string) {
	s := open(t, url)
	did(t, s, action.Ban, "@stays", "$1")
	did(t, s, action.Ban, "@lifted", "$2")
	did(t, s, action.Unban, "@lifted", "$3")
	did(t, s, action.Ban, "@back", "$4")
	did(t, s, action.Unban, "@back", "$5")
	did(t, s, action.Ban, "@back", "$6")
	did(t, s, action.Kick, "@kicked", "$7")
	ok(t, s.Journal.Settle(t.Context(), begin(t, s, action.Ban, "@dry").ID, action.Outcome{Dropped: true}))
	ok(t, s.Journal.Settle(t.Context(), begin(t, s, action.Ban, "@failed").ID, action.Outcome{Done: true, Failure: "no"}))
	ok(t, s.Journal.Settle(t.Context(), begin(t, s, action.Unban, "@stays").ID, action.Outcome{Done: true, Failure: "no"}))
	ok(t, s.Commit(t.Context(), store.Commit{Open: []action.Action{{Verb: action.Ban, Room: "!a", User: "@never-begun"}}}))
	elsewhere, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Unban, Room: "!b", User: "@stays"})
	ok(t, err)
	ok(t, s.Journal.Settle(t.Context(), elsewhere.ID, action.Outcome{Done: true}))
	expectBans(t, reopen(t, s, url),
		store.Ban{Room: "!a", User: "@stays", Event: "$1", Cause: byRule},
		store.Ban{Room: "!a", User: "@back", Event: "$6", Cause: byRule})
}

func testBansInDoubt(t *testing.T, url string) {
	s := open(t, url)
	begin(t, s, action.Ban, "@begun")
	did(t, s, action.Ban, "@half-lifted", "$1")
	begin(t, s, action.Unban, "@half-lifted")
	begin(t, s, action.Unban, "@never-banned")
	expectBans(t, reopen(t, s, url),
		store.Ban{Room: "!a", User: "@begun", Cause: byRule, Unsettled: true},
		store.Ban{Room: "!a", User: "@half-lifted", Event: "$1", Cause: byRule, Unsettled: true})
}

// What was tried last counts, also when it was wanted first.
func testRetriedBan(t *testing.T, url string) {
	s := open(t, url)
	ban := begin(t, s, action.Ban, "@a")
	ok(t, s.Journal.Settle(t.Context(), ban.ID, action.Outcome{Failure: "timeout"}))
	did(t, s, action.Unban, "@a", "$1")
	expectBans(t, s)
	s = reopen(t, s, url)
	_, err := s.Journal.Begin(t.Context(), ban)
	ok(t, err)
	ok(t, s.Journal.Settle(t.Context(), ban.ID, action.Outcome{Done: true, Event: "$2"}))
	expectBans(t, s, store.Ban{Room: "!a", User: "@a", Event: "$2", Cause: byRule})
}

// A ban that was given up, and happened all the same, counts.
func testBanAfterAll(t *testing.T, url string) {
	s := open(t, url)
	given, other := begin(t, s, action.Ban, "@a"), begin(t, s, action.Kick, "@b")
	ok(t, s.Journal.Settle(t.Context(), given.ID, action.Outcome{Dropped: true}))
	ok(t, s.Journal.Settle(t.Context(), other.ID, action.Outcome{Dropped: true}))
	expectBans(t, s)
	ok(t, s.Commit(t.Context(), store.Commit{Located: []store.Located{
		{Entry: given.ID, Event: "$1"}, {Entry: other.ID, Event: "$2"}, {Entry: "unknown", Event: "$3"},
	}}))
	s = reopen(t, s, url)
	expectBans(t, s, store.Ban{Room: "!a", User: "@a", Event: "$1", Cause: byRule})

	// Nor has one failed whose answer was lost and that the room showed before the next try.
	lost := begin(t, s, action.Ban, "@lost")
	ok(t, s.Journal.Settle(t.Context(), lost.ID, action.Outcome{Failure: "EOF"}))
	ok(t, s.Commit(t.Context(), store.Commit{Located: []store.Located{{Entry: lost.ID, Event: "$lost"}}}))
	_, err := s.Journal.Begin(t.Context(), lost)
	if settled, told := errors.AsType[*store.SettledError](err); !told || settled.Settled().Failure != "" || !settled.Settled().Done || settled.Settled().Event != "$lost" {
		t.Errorf("a ban that the room showed is begun again: %v", err)
	}
}

func expectBans(t *testing.T, s *store.Store, want ...store.Ban) {
	t.Helper()
	got, err := s.Journal.Bans(t.Context())
	ok(t, err)
	if len(got) != len(want) {
		t.Fatalf("bans %+v, want %+v", got, want)
	}
	for i := range got {
		if age := time.Since(got[i].Made); age < 0 || age > time.Hour {
			t.Errorf("made at %s", got[i].Made)
		}
		if want[i].Made = got[i].Made; got[i] != want[i] {
			t.Errorf("ban %+v, want %+v", got[i], want[i])
		}
	}
}

// A rule of ours is found by its event, also if thousands of others are asked for with it; what else we sent is none.
func testWrote(t *testing.T, url string) {
	s := open(t, url)
	cause := action.Cause{Kind: action.ByModerator, Moderator: "@mod:hs", Event: "$order"}
	a, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.WriteRule, Room: "!list", State: &action.State{Type: event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}, Key: "rule:@a", Content: []byte(`{}`)}, Cause: cause})
	ok(t, err)
	ok(t, s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true, Event: "$rule"}))
	did(t, s, action.Ban, "@a", "$ban")
	asked := []mid.EventID{"$ban", ""}
	for i := range 1200 {
		asked = append(asked, mid.EventID(fmt.Sprint("$", i)))
	}
	got, err := s.Journal.Wrote(t.Context(), append(asked, "$rule")...)
	if err != nil || len(got) != 1 || got[0].Event != "$rule" || got[0].Action.Cause != cause {
		t.Errorf("%+v, %v", got, err)
	}
	if none, err := s.Journal.Wrote(t.Context()); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

func testJournalAtOnce(t *testing.T, url string) {
	s := open(t, url)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				a, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: "!a", User: "@a"})
				if err == nil {
					err = s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if h, err := s.Journal.History(t.Context(), "@a", 1000); err != nil || len(h) != 160 {
		t.Errorf("%d entries, %v", len(h), err)
	}
}
