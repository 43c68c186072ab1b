package store_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	mid "maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/store"
)

// age makes all that is settled old, as of a time.
func age(t testing.TB, s *store.Store, at time.Time) {
	t.Helper()
	for _, query := range []string{
		`UPDATE journal SET settled = $1 WHERE state <> 'open'`, `UPDATE command SET done = $1 WHERE state = 'done'`,
		`UPDATE question SET answered = $1 WHERE state = 'done'`, `UPDATE offence SET at = $1`,
		`UPDATE report SET handled = $1 WHERE handled > 0`, `UPDATE case_file SET decided = $1 WHERE decided > 0`,
	} {
		if _, err := s.Account().DB().Exec(context.Background(), query, at.UnixMilli()); err != nil {
			t.Fatal(err)
		}
	}
}

func rows(t testing.TB, s *store.Store, table string) (n int) {
	t.Helper()
	if err := s.Account().DB().QueryRow(context.Background(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

var longAgo, lately = time.UnixMilli(1_000), time.UnixMilli(3_000)

func prune(t testing.TB, s *store.Store) int64 {
	t.Helper()
	n, err := s.Prune(context.Background(), time.UnixMilli(2_000))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func testPrune(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	did(t, s, action.Kick, "@kicked", "$1")
	did(t, s, action.Redact, "@said", "$2")
	did(t, s, action.Ban, "@lifted", "$3")
	did(t, s, action.Unban, "@lifted", "$4")
	did(t, s, action.Ban, "@stays", "$5")
	did(t, s, action.Mute, "@muted", "$6")
	did(t, s, action.Mute, "@heard", "$7")
	did(t, s, action.Unmute, "@heard", "$8")
	ok(t, s.Journal.Settle(ctx, begin(t, s, action.Ban, "@failed").ID, action.Outcome{Done: true, Failure: "no"}))
	waiting := begin(t, s, action.Kick, "@waiting")
	parent, err := s.Journal.Begin(ctx, action.Action{Verb: action.Kick, Room: "!a", User: "@parent"})
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, parent.ID, action.Outcome{Done: true}))
	child, err := s.Journal.Begin(ctx, action.Action{Verb: action.Invite, Room: "!a", User: "@parent", Parent: parent.ID})
	ok(t, err)
	later, err := s.Journal.Begin(ctx, action.Action{Verb: action.Kick, Room: "!a", User: "@timed", Expires: time.Now()})
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, later.ID, action.Outcome{Done: true}))
	ok(t, s.Commit(ctx, store.Commit{
		Commands: []store.Command{{Event: "$done"}, {Event: "$open"}, {Event: "$planned"}},
		Asked:    []store.Question{{ID: "done"}, {ID: "open"}},
		Offences: []store.Offence{{ID: "old", User: "@u"}},
	}))
	ok(t, s.Commit(ctx, store.Commit{
		Finished: []mid.EventID{"$done"}, Planned: []store.Planned{{Command: "$planned"}},
		Answered: []store.Answered{{Question: "done", Answer: "no"}},
	}))
	age(t, s, lately)
	if n := prune(t, s); n != 0 {
		t.Errorf("%d rows were forgotten too early", n)
	}
	age(t, s, longAgo)
	prune(t, s)
	var left []mid.UserID
	for _, user := range []mid.UserID{"@kicked", "@said", "@lifted", "@stays", "@muted", "@heard", "@failed", "@waiting", "@parent", "@timed"} {
		if h, err := s.Journal.History(ctx, user, 5); err != nil {
			t.Error(err)
		} else if len(h) > 0 {
			left = append(left, user)
		}
	}
	if want := []mid.UserID{"@stays", "@muted", "@waiting", "@parent", "@timed"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
	if kept, err := s.Journal.Entries(ctx, parent.ID); err != nil || len(kept) != 1 {
		t.Errorf("what an open entry undoes is forgotten: %v, %v", kept, err)
	}
	if c, q, o := rows(t, s, "command"), rows(t, s, "question"), rows(t, s, "offence"); c != 2 || q != 1 || o != 0 {
		t.Errorf("%d commands, %d questions, %d offences left", c, q, o)
	}
	// What had to stay for another's sake goes with it.
	ok(t, s.Journal.Settle(ctx, child.ID, action.Outcome{Dropped: true}))
	ok(t, s.Journal.Settle(ctx, waiting.ID, action.Outcome{Done: true}))
	lift, err := s.Journal.Begin(ctx, action.Action{Verb: action.Invite, Room: "!a", User: "@timed", Parent: later.ID})
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, lift.ID, action.Outcome{Done: true}))
	age(t, s, longAgo)
	prune(t, s)
	if n := rows(t, s, "journal"); n != 2 {
		t.Errorf("%d entries left of two that hold", n)
	}
}

// Whatever was done in whatever order, to forget what is old changes neither which bans are
// ours, nor what is open.
func testPruneKeepsBans(t *testing.T, url string) {
	s := open(t, url)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		ctx := context.Background()
		if _, err := s.Account().DB().Exec(ctx, `DELETE FROM journal`); err != nil {
			r.Fatal(err)
		}
		var known []string
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			a := action.Action{
				Verb: rapid.SampledFrom([]action.Verb{action.Ban, action.Unban, action.Kick, action.Mute, action.Unmute}).Draw(r, "verb"),
				Room: "!a", User: mid.UserID(rapid.SampledFrom([]string{"@a", "@b"}).Draw(r, "user")),
			}
			if len(known) > 0 && rapid.IntRange(0, 4).Draw(r, "again") == 0 {
				a.ID = rapid.SampledFrom(known).Draw(r, "entry")
				if found, err := s.Journal.Entries(ctx, a.ID); err != nil || len(found) == 0 || found[0].State != store.EntryOpen {
					continue
				} else {
					a = found[0].Action
				}
			}
			a, err := s.Journal.Begin(ctx, a)
			if err != nil {
				r.Fatal(err)
			}
			known = append(known, a.ID)
			n++
			o := rapid.SampledFrom([]action.Outcome{{}, {Failure: "later"}, {Done: true, Event: mid.EventID(fmt.Sprint("$", n))}, {Done: true, Failure: "no"}, {Dropped: true}}).Draw(r, "outcome")
			if o.Done || o.Dropped || o.Failure != "" {
				if err := s.Journal.Settle(ctx, a.ID, o); err != nil {
					r.Fatal(err)
				}
			}
			at := rapid.SampledFrom([]time.Time{longAgo, lately}).Draw(r, "when")
			if _, err := s.Account().DB().Exec(ctx, `UPDATE journal SET settled = $1 WHERE id = $2 AND state <> 'open'`, at.UnixMilli(), a.ID); err != nil {
				r.Fatal(err)
			}
		}
		bans, acts := holding(r, s)
		for range 2 {
			if _, err := s.Prune(ctx, time.UnixMilli(2_000)); err != nil {
				r.Fatal(err)
			}
			if b, a := holding(r, s); !reflect.DeepEqual(b, bans) || !reflect.DeepEqual(a, acts) {
				r.Fatalf("bans %v became %v, open %v became %v", bans, b, acts, a)
			}
		}
	})
}

func holding(r *rapid.T, s *store.Store) ([]store.Ban, []store.Entry) {
	bans, err := s.Journal.Bans(context.Background())
	if err != nil {
		r.Fatal(err)
	}
	open, err := s.Journal.Open(context.Background())
	if err != nil {
		r.Fatal(err)
	}
	return bans, open
}
