package sanction

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// Somebody is on duty from when they say until the time is over or they say otherwise, whatever
// others do; and there are never too many.
func TestDutyLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, now, want := Duty(nil), noon, map[id.UserID]time.Time{}
		for range rapid.IntRange(1, 80).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(rt, "pause")) * time.Minute)
			u := id.UserID(fmt.Sprintf("@m%d:hs", rapid.IntRange(0, 60).Draw(rt, "who")))
			until := now.Add(time.Duration(rapid.IntRange(-10, 5000).Draw(rt, "for")) * time.Minute)
			with, ok := d.With(u, until, now)
			if ok {
				d, want[u] = with, until
			} else if len(d.At(now)) < MostOnDuty {
				rt.Fatalf("%d are too many", len(d))
			}
			at := now.Add(time.Duration(rapid.IntRange(0, 600).Draw(rt, "later")) * time.Minute)
			var on []id.UserID
			for u, until := range want {
				if at.Before(until) {
					on = append(on, u)
				}
			}
			slices.Sort(on)
			if got := d.At(at); !slices.Equal(got, on) || len(got) > MostOnDuty {
				rt.Fatalf("%v are on duty, and not %v", got, on)
			}
		}
	})
}
