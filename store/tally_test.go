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
	if got, err := s.Offences.Tallies(ctx, time.Time{}); err != nil || len(got) != 0 {
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
	want := []store.Tally{{"flooding", "ban", 3, 1, 2}, {"flooding", "redact", 1, 0, 1}, {"rule:no-*x*", "redact", 1, 0, 1}}
	if got, err := s.Offences.Tallies(ctx, now.Add(-24*time.Hour)); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	add(s, "r", "flooding", "redact", "@u0", time.Hour, true) // a moderator undoes it
	want[1].Undone = 1
	if got, err := reopen(t, s, url).Offences.Tallies(ctx, now.Add(-24*time.Hour)); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
