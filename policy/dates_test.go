package policy

import (
	"math"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
)

func TestTimesAhead(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	at := func(d time.Duration) int64 { return now.Add(d).UnixMilli() }
	for name, tc := range map[string]struct{ says, arrived, stood int64 }{
		"before":         {at(-time.Hour), at(-time.Hour), at(-time.Hour)},
		"now":            {at(0), at(0), at(0)},
		"none":           {0, 0, 0},
		"negative":       {math.MinInt64, math.MinInt64, math.MinInt64},
		"a wrong clock":  {at(time.Minute), at(0), at(0)},
		"far ahead":      {at(2 * time.Hour), at(0), 0},
		"the year 3000":  {32_503_680_000_000, at(0), 0},
		"beyond any":     {math.MaxInt64, at(0), 0},
		"an hour, to ms": {at(time.Hour), at(0), at(0)},
	} {
		evt := state("m.policy.rule.server", "1", "$1", banContent("evil.example"))
		evt.Timestamp = tc.says
		if Arrived(evt, now); evt.Timestamp != tc.arrived {
			t.Errorf("%s: what comes now counts as of %d, not %d", name, evt.Timestamp, tc.arrived)
		}
		evt.Timestamp = tc.says
		if Stood([]*event.Event{nil, evt}, now); evt.Timestamp != tc.stood {
			t.Errorf("%s: what stood there counts as of %d, not %d", name, evt.Timestamp, tc.stood)
		}
	}
	other := state("m.room.member", "@u:hs", "$1", "{}")
	other.Timestamp = math.MaxInt64
	Arrived(other, now)
	Stood([]*event.Event{other}, now)
	if other.Timestamp != math.MaxInt64 {
		t.Errorf("a member's time became %d", other.Timestamp)
	}
}

// An event that is seen again has the time that it first came with: another changes nothing.
func TestTheTimeStays(t *testing.T) {
	x := NewIndex()
	set := func(timestamp int64) *event.Event {
		evt := state("m.policy.rule.server", "1", "$1", banContent("evil.example"))
		evt.Timestamp = timestamp
		return evt
	}
	x.Apply("!list:hs", set(2000))
	for _, d := range []Delta{x.Apply("!list:hs", set(3000)), x.Replace("!list:hs", []*event.Event{set(0)})} {
		if len(d.Removed)+len(d.Added) > 0 {
			t.Errorf("another time is news: %v", d)
		}
	}
	if r, ok := x.Rule("$1"); !ok || r.Timestamp != 2000 {
		t.Errorf("its time is %d", r.Timestamp)
	}
}
