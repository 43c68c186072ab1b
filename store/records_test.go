package store_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	mid "maunium.net/go/mautrix/id"

	"forseti/store"
)

func testOffences(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	at := time.UnixMilli(5_000)
	first, err := s.Offences.Add(ctx, store.Offence{User: "@u", Room: mid.RoomID(nasty), Protection: "flooding", Event: mid.EventID(nasty), Class: "attack", Weight: 3, At: at, Case: 7, Step: "ban"})
	ok(t, err)
	again := first
	again.Weight, again.At, again.Room = 99, at.Add(time.Hour), "!b" // what happened does not change …
	first.Step, first.Undone = "redact", at.Add(time.Minute)         // … and what follows does
	again.Step, again.Undone = first.Step, first.Undone
	_, err = s.Offences.Add(ctx, again)
	ok(t, err)
	again.Undone = time.Time{} // nothing undoes that it was undone
	_, err = s.Offences.Add(ctx, again)
	ok(t, err)
	_, err = s.Offences.Add(ctx, store.Offence{User: mid.UserID(nasty), Protection: "flooding", At: at.Add(time.Second)})
	ok(t, err)
	s = reopen(t, s, url)
	if found, err := s.Offences.Of(ctx, "@u", at); err != nil || len(found) != 1 || found[0] != first {
		t.Errorf("offences %+v, want %+v, %v", found, first, err)
	}
	if found, err := s.Offences.Of(ctx, "@u", at.Add(time.Millisecond)); err != nil || len(found) != 0 {
		t.Errorf("offences since then %+v, %v", found, err)
	}
	if found, err := s.Offences.Latest(ctx, at, 10); err != nil || len(found) != 2 || found[0] != first || found[1].User != mid.UserID(nasty) {
		t.Errorf("all offences %+v, %v", found, err)
	}
	if found, err := s.Offences.Latest(ctx, at, 1); err != nil || len(found) != 1 || found[0].User != mid.UserID(nasty) {
		t.Errorf("the latest offence %+v, %v", found, err)
	}
}

func testNotes(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	first, err := s.Notes.Add(ctx, store.Note{User: "@u", Author: "@mod", Body: nasty})
	ok(t, err)
	_, err = s.Notes.Add(ctx, store.Note{User: "@u", Author: "@mod", Body: "second"})
	ok(t, err)
	_, err = s.Notes.Add(ctx, store.Note{User: "@other", Author: "@mod", Body: "other"})
	ok(t, err)
	s = reopen(t, s, url)
	if found, err := s.Notes.On(ctx, "@u"); err != nil || len(found) != 2 || found[0] != first || found[1].Body != "second" || found[1].At.IsZero() {
		t.Errorf("notes %+v, %v", found, err)
	}
	age(t, s, longAgo)
	prune(t, s)
	ok(t, s.Notes.Drop(ctx, first.ID))
	if err := s.Notes.Drop(ctx, first.ID); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("dropped twice: %v", err)
	}
	if found, err := s.Notes.On(ctx, "@u"); err != nil || len(found) != 1 {
		t.Errorf("notes %+v, %v", found, err)
	}
}

func testCases(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	var numbers []int64
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := s.Cases.Add(ctx, store.Case{User: "@u", OpenedBy: "@mod", Reason: nasty, Details: json.RawMessage(`{"events":["$e"]}`)})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			numbers = append(numbers, c.Number)
		})
	}
	all.Wait()
	if slices.Sort(numbers); !slices.Equal(numbers, []int64{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("numbers %v", numbers)
	}
	ok(t, s.Cases.Decide(ctx, 2, "banned", "@mod"))
	for _, number := range []int64{2, 99} {
		if err := s.Cases.Decide(ctx, number, "banned", "@mod"); !errors.Is(err, store.ErrNotOpen) {
			t.Errorf("decided case %d: %v", number, err)
		}
	}
	if err := s.Cases.Decide(ctx, 1, "", "@mod"); err == nil {
		t.Error("decided nothing")
	}
	s = reopen(t, s, url)
	c, found, err := s.Cases.Find(ctx, 2)
	if err != nil || !found || c.Decision != "banned" || c.DecidedBy != "@mod" || c.Reason != nasty || string(c.Details) != `{"events":["$e"]}` || c.Decided.IsZero() || c.Opened.IsZero() {
		t.Errorf("case %+v, %v, %v", c, found, err)
	}
	if _, found, err := s.Cases.Find(ctx, 99); err != nil || found {
		t.Errorf("case 99: %v, %v", found, err)
	}
	if open, err := s.Cases.Undecided(ctx); err != nil || len(open) != 7 || open[0].Number != 1 || open[1].Number != 3 {
		t.Errorf("open %+v, %v", open, err)
	}
	if of, err := s.Cases.On(ctx, "@u"); err != nil || len(of) != 8 {
		t.Errorf("cases %+v, %v", of, err)
	}
	for _, tc := range []struct {
		since time.Time
		user  mid.UserID
		most  int
		want  []int64
	}{
		{time.Time{}, "", 3, []int64{8, 7, 6}}, {time.Time{}, "@u", 1, []int64{8}}, {time.Time{}, "@mod", 100, []int64{8, 7, 6, 5, 4, 3, 2, 1}}, {time.Time{}, "@nobody", 100, nil}, {time.Now().Add(time.Hour), "", 100, nil},
	} {
		found, err := s.Cases.Latest(ctx, tc.since, tc.user, tc.most)
		var numbers []int64
		for _, c := range found {
			numbers = append(numbers, c.Number)
		}
		if err != nil || !slices.Equal(numbers, tc.want) {
			t.Errorf("latest of %q: %v, %v", tc.user, numbers, err)
		}
	}
	// A reason can be mended, but not by who knows nothing of it.
	mended := c
	mended.Reason = "mended"
	unknown := store.Case{Number: 2, User: "@u", Decision: "overturned", Decided: time.Now()}
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Cases: []store.Case{mended, unknown}}}))
	if c, _, err := s.Cases.Find(ctx, 2); err != nil || c.Reason != "mended" || c.Decision != "overturned" || string(c.Details) != `{"events":["$e"]}` {
		t.Errorf("mended: %+v, %v", c, err)
	}
	// What an open case refers to stays with it.
	ok(t, s.Commit(ctx, store.Commit{Offences: []store.Offence{{User: "@u", Case: 1}, {User: "@u", Case: 2}, {User: "@u"}}}))
	age(t, s, longAgo)
	prune(t, s)
	if left, err := s.Offences.Of(ctx, "@u", time.Time{}); err != nil || len(left) != 1 || left[0].Case != 1 {
		t.Errorf("offences %+v, %v", left, err)
	}
	if of, err := s.Cases.On(ctx, "@u"); err != nil || len(of) != 7 {
		t.Errorf("%d cases left, %v", len(of), err)
	}
	// No number is given twice.
	ok(t, s.Cases.Decide(ctx, 8, "nothing", "@mod"))
	age(t, s, longAgo)
	prune(t, s)
	if c, err := s.Cases.Add(ctx, store.Case{User: "@u"}); err != nil || c.Number != 9 {
		t.Errorf("case %d, %v", c.Number, err)
	}
}

func testCasesThatAreGiven(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	if last, err := s.Cases.Last(ctx); last != 0 || err != nil {
		t.Errorf("the last of none is %d, %v", last, err)
	}
	at := time.UnixMilli(5_000)
	c := store.Case{Number: 7, User: mid.UserID(nasty), Reason: nasty, Details: json.RawMessage(`{"a":1}`), Opened: at, Decision: "automatic", Decided: at}
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Cases: []store.Case{c, {Number: 8, User: "@u", Opened: at.Add(time.Second)}}}}))
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Cases: []store.Case{{Number: 7, User: "@another", Opened: at.Add(time.Hour), Decision: "overturned", DecidedBy: "@mod", Decided: at.Add(time.Minute)}}}}))
	s = reopen(t, s, url)
	c.Decision, c.DecidedBy, c.Decided = "overturned", "@mod", at.Add(time.Minute) // what opened it, and its details, stay
	if found, is, err := s.Cases.Find(ctx, 7); err != nil || !is || !reflect.DeepEqual(found, c) {
		t.Errorf("%+v, want %+v, %v", found, c, err)
	}
	if last, err := s.Cases.Last(ctx); last != 8 || err != nil {
		t.Errorf("the last is %d, %v", last, err)
	}
	if since, err := s.Cases.Since(ctx, at.Add(time.Millisecond)); err != nil || len(since) != 1 || since[0].Number != 8 {
		t.Errorf("since then %+v, %v", since, err)
	}
	if open, err := s.Cases.Undecided(ctx); err != nil || len(open) != 1 || open[0].Number != 8 {
		t.Errorf("undecided %+v, %v", open, err)
	}
	if next, err := s.Cases.Add(ctx, store.Case{User: "@u"}); err != nil || next.Number != 9 {
		t.Errorf("case %d, %v", next.Number, err)
	}
}

func testReports(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	first, err := s.Reports.Add(ctx, store.Report{Room: "!a", Event: "$e", User: "@u", Reporter: mid.UserID(nasty), Reason: nasty})
	ok(t, err)
	_, err = s.Reports.Add(ctx, first) // delivered again
	ok(t, err)
	second, err := s.Reports.Add(ctx, store.Report{User: "@u", Reporter: "@b", Reason: "rude"})
	ok(t, err)
	s = reopen(t, s, url)
	if open, err := s.Reports.Open(ctx); err != nil || len(open) != 2 || open[0] != first || open[1] != second {
		t.Errorf("open %+v, %v", open, err)
	}
	ok(t, s.Reports.Handle(ctx, first.ID, "@mod"))
	if err := s.Reports.Handle(ctx, first.ID, "@mod"); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("handled twice: %v", err)
	}
	if open, err := s.Reports.Open(ctx); err != nil || len(open) != 1 || open[0].ID != second.ID {
		t.Errorf("open %+v, %v", open, err)
	}
	if of, err := s.Reports.On(ctx, "@u"); err != nil || len(of) != 2 || of[0].HandledBy != "@mod" || of[0].Handled.IsZero() || of[1].Event != "" {
		t.Errorf("reports %+v, %v", of, err)
	}
	age(t, s, longAgo)
	prune(t, s)
	if of, err := s.Reports.On(ctx, "@u"); err != nil || len(of) != 1 {
		t.Errorf("%d reports left, %v", len(of), err)
	}
}
