package community

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// A rule that its sender dates in the year 3000 is as old as when it came, here and after a
// restart; and of no time once it is only known to stand there. It is never of the future.
func TestRulesOfTheFuture(t *testing.T) {
	kept, came := openStore(t), time.Now().Add(-time.Hour)
	rule := func(key string, evt id.EventID) *event.Event {
		set := listed(key, "@"+key+":x", "m.ban", string(evt))
		set.Timestamp = 32_503_680_000_000
		return set
	}
	r := newReader(t, kept, 0)
	is := func(when string, evt id.EventID, want int64) {
		t.Helper()
		if got, ok := r.world.Rules.Rule(evt); !ok || got.Timestamp != want {
			t.Errorf("%s %s is of %d, not of %d", when, evt, got.Timestamp, want)
		}
	}
	read := func(state ...*event.Event) {
		t.Helper()
		role, _ := r.places.roles(readFrom)
		rest, rules, rows := rulesIn(readFrom, append(inList(), state...), time.Now())
		r.surveying.takeList(readFrom, role, rest, rules, nil, rows)
		for r.places.following.readOne(time.Now()) {
		}
		r.store(store.Commit{})
	}
	read(rule("stood", "$stood"))
	var out store.Commit
	role, _ := r.places.roles(readFrom)
	r.intake.takeState(rule("came", "$came"), came, role, &out)
	r.store(out)
	is("taken in,", "$stood", 0)
	is("taken in,", "$came", came.UnixMilli())

	r = newReader(t, kept, 0)
	is("after a restart", "$stood", 0)
	is("after a restart", "$came", came.UnixMilli())

	read(rule("stood", "$stood"), rule("came", "$came"))
	is("read anew,", "$came", came.UnixMilli())
	r = newReader(t, kept, 0)
	is("after a look and a restart", "$stood", 0)
	is("after a look and a restart", "$came", 0)

	// An earlier version stored what was claimed.
	r.store(store.Commit{State: []store.StateRow{stateRow(rule("came", "$came"))}})
	r = newReader(t, kept, 0)
	is("stored by another version,", "$came", 0)
}
