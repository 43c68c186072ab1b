package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	mid "maunium.net/go/mautrix/id"

	"forseti/store"
)

// Offences are counted by protection and step, those that were undone too, and those of
// before a time and of another community not at all.
func testTallies(t *testing.T, url string) {
	ctx, s, now := t.Context(), open(t, url), time.Now()
	tallies := func(s *store.Store, since time.Time) ([]store.Tally, error) {
		return s.Offences.Tallies(ctx, since, "wrong", 2*time.Hour)
	}
	if got, err := tallies(s, time.Time{}); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	other, err := s.Account().Community(ctx, "!other:hs")
	ok(t, err)
	add := func(to *store.Store, id, protection, step string, user mid.UserID, ago time.Duration, undone bool) {
		o := store.Offence{ID: id, User: user, Room: "!r", Protection: protection, Step: step, At: now.Add(-ago)}
		if undone {
			o.Undone = now
		}
		_, err := to.Offences.Add(ctx, o)
		ok(t, err)
	}
	for n := range 3 {
		add(s, fmt.Sprint("b", n), "flooding", "ban", mid.UserID(fmt.Sprint("@u", n%2)), time.Hour, n == 0)
	}
	add(s, "r", "flooding", "redact", "@u0", time.Hour, false)
	add(s, "old", "flooding", "ban", "@u9", 48*time.Hour, true)
	add(s, "rule", "rule:no-*x*", "redact", "@u1", time.Minute, false)
	add(other, "b0", "flooding", "ban", "@u0", time.Hour, true)
	want := []store.Tally{{"flooding", "ban", 3, 0, 1, 2}, {"flooding", "redact", 1, 0, 0, 1}, {"rule:no-*x*", "redact", 1, 0, 0, 1}}
	if got, err := tallies(s, now.Add(-24*time.Hour)); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	add(s, "r", "flooding", "redact", "@u0", time.Hour, true) // a moderator undoes it
	want[1].Lifted = 1
	// What was undone late is lifted no more, but is wrong if a case says so, as is one that was undone soon.
	decided := func(id, decision string, ago time.Duration) {
		c, err := s.Cases.Add(ctx, store.Case{User: "@u5"})
		ok(t, err)
		ok(t, s.Cases.Decide(ctx, c.Number, decision, "@mod"))
		_, err = s.Offences.Add(ctx, store.Offence{ID: id, User: "@u5", Room: "!r", Protection: "words", Step: "mute", At: now.Add(-ago), Undone: now, Case: c.Number})
		ok(t, err)
	}
	decided("late", "automatic", 3*time.Hour)
	decided("soon", "automatic", time.Hour)
	decided("late and wrong", "wrong", 3*time.Hour)
	decided("soon and wrong", "wrong", time.Hour)
	want = append(want, store.Tally{Protection: "words", Step: "mute", Offences: 4, Overturned: 2, Lifted: 1, Users: 1})
	if got, err := tallies(reopen(t, s, url), now.Add(-24*time.Hour)); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
