package sanction

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// By the clocks of whatever zone, and on days on which they are put forward or back, the hours are
// those that clocks on the wall show, and the next change is the next minute that is otherwise.
func TestHoursAreThoseOfTheWall(t *testing.T) {
	days := []time.Time{
		time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), // Berlin
		time.Date(2026, 10, 3, 4, 0, 0, 0, time.UTC), time.Date(2026, 4, 4, 4, 0, 0, 0, time.UTC), // Lord Howe, by half an hour
		time.Date(2026, 9, 5, 22, 0, 0, 0, time.UTC), noon, // Santiago, at midnight
	}
	rapid.Check(t, func(rt *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata"}).Draw(rt, "zone"))
		if err != nil {
			rt.Fatal(err)
		}
		h := Hours{rapid.IntRange(0, 1439).Draw(rt, "from"), rapid.IntRange(0, 1439).Draw(rt, "to")}
		if rapid.Bool().Draw(rt, "near the change") {
			h.From %= 200
		}
		shows := func(at time.Time) bool {
			at = at.In(zone)
			minute := at.Hour()*60 + at.Minute()
			return (minute-h.From+1440)%1440 < (h.To-h.From+1440)%1440
		}
		at := rapid.SampledFrom(days).Draw(rt, "day").Add(time.Duration(rapid.IntRange(0, 24*60).Draw(rt, "minutes")) * time.Minute)
		is, changes := h.in(at, zone)
		if is != shows(at) {
			rt.Fatalf("%v at %s: %v", h, at.In(zone), is)
		}
		if h.From == h.To {
			return
		}
		next := at.Add(time.Minute)
		for shows(next) == is && next.Sub(at) < 72*time.Hour {
			next = next.Add(time.Minute)
		}
		if !changes.Equal(next) {
			rt.Fatalf("%v at %s changes at %s and not %s", h, at.In(zone), changes.In(zone), next.In(zone))
		}
	})
}

func TestNearestZone(t *testing.T) {
	for written, want := range map[string]string{
		"Berlin": "Europe/Berlin", "europe/berlin": "Europe/Berlin", "Europe/Berlni": "Europe/Berlin", "new york": "America/New_York",
		"Europe/Kiew": "Europe/Kiev", "Middle/Earth": "", "": "", "Europe/": "", strings.Repeat("x", 1000): "",
	} {
		if got := NearestZone(written); got != want {
			t.Errorf("%q: %q", written, got)
		}
	}
	names := strings.Fields(zoneNames)
	if len(names) < 400 || !slices.IsSorted(names) {
		t.Errorf("%d names", len(names))
	}
	for _, name := range names {
		if _, err := ParseZone(name, time.LoadLocation); err != nil {
			t.Errorf("%s is suggested: %v", name, err)
		}
	}
}
