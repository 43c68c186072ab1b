package sanction

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// It is once on each day, or each week, whatever clocks do: never twice and never left out; and it
// is at the time that they show, unless there is none such on that day.
func TestRhythmLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo"}).Draw(rt, "zone"))
		if err != nil {
			rt.Fatal(err)
		}
		r := Rhythm{rapid.SampledFrom(append(weekdays(), daily, daily)).Draw(rt, "on"), rapid.IntRange(0, 1439).Draw(rt, "minute")}
		if rapid.Bool().Draw(rt, "in the night") {
			r.Minute %= 200
		}
		if again, err := ParseRhythm(r.String()); err != nil || again != r {
			rt.Fatalf("%q is read as %+v: %v", r, again, err)
		}
		step := 1
		if r.Weekly() {
			step = 7
		}
		at := r.Next(time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(rt, "month")), 1, 0, 0, 0, 0, zone), zone)
		for range 40 {
			next := r.Next(at, zone)
			days := next.Sub(at).Hours() / 24
			if days < float64(step)-0.1 || days > float64(step)+0.1 {
				rt.Fatalf("%v: %s and then %s", r, at, next)
			}
			shows := func(at time.Time) bool {
				h, m, _ := at.In(zone).Clock()
				return h*60+m == r.Minute
			}
			for d := -3 * time.Hour; !shows(next) && d <= 3*time.Hour; d += time.Minute {
				if shows(next.Add(d)) {
					rt.Fatalf("%v is at %s and not at %s", r, next, next.Add(d))
				}
			}
			if r.Weekly() && shows(next) && !strings.EqualFold(next.In(zone).Weekday().String(), r.On) {
				rt.Fatalf("%v is on %s", r, next.In(zone))
			}
			between := at.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(at))-1).Draw(rt, "between")))
			if last := r.Latest(between, zone); !last.Equal(at) {
				rt.Fatalf("%v: the last up to %s is %s, not %s", r, between, last, at)
			}
			if again := r.Next(between, zone); !again.Equal(next) {
				rt.Fatalf("%v: after %s comes %s, not %s", r, between, again, next)
			}
			at = next
		}
	})
}

func TestParseRhythm(t *testing.T) {
	for written, want := range map[string]Rhythm{
		"off": {}, "Daily 8:00": {"daily", 480}, "daily 23:59": {"daily", 1439}, "WEEKLY Sunday 00:00": {"sunday", 0},
	} {
		if got, err := ParseRhythm(written); err != nil || got != want {
			t.Errorf("%q: %+v, %v", written, got, err)
		}
	}
	for written, want := range map[string]string{
		"": "it is a time such as", "daily": "it is a time such as", "daily 24:00": "`24:00` is no time of the day", "daily -1:00": "no time", "weekly mondy 08:00": "Did you mean `monday`?",
		"weekly xyzzyxyzzy 08:00": "it is a time such as", "monday 08:00": "it is a time such as", "daily 08:00 09:00": "it is a time such as",
		"daily " + strings.Repeat("9", 500): "no time of the day", "weekly daily 08:00": "",
	} {
		if got, err := ParseRhythm(written); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 200 {
			t.Errorf("%q: %+v, %v", written, got, err)
		}
	}
	if (Rhythm{}).Next(noon, time.UTC) != (time.Time{}) || (Rhythm{}).Latest(noon, time.UTC) != (time.Time{}) {
		t.Error("never has a time")
	}
}
