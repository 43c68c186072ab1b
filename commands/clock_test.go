package commands

import (
	"strings"
	"testing"
	"time"
)

// Hours and times are by the clocks of moderators, also what they write themselves.
func TestTimeZone(t *testing.T) {
	w := newWorld()
	w.zone = time.FixedZone("Europe/Berlin", 2*3600)
	expect(t, w, "time", nil, "It is 2026-05-04 14:00 Europe/Berlin. Hours and times are by Europe/Berlin;")
	expect(t, w, "time zone Europe/Berlin", []string{"clock zone Europe/Berlin"}, "are by Europe/Berlin from now on")
	expect(t, w, "timezone utc", []string{"clock zone UTC"}, "are by UTC from now on")
	expect(t, w, "time zone Berlin\u202e", nil, "There is no time zone")
	expect(t, w, "posture attack --for 2h", []string{"posture @mod:ours.example attack 2026-05-04T14:00:00Z"}, "until 2026-05-04 16:00 Europe/Berlin.")
	expect(t, w, "posture hours 15:00-16:00", []string{"posture_hours 15:00-16:00"}, "From 15:00 to 16:00 Europe/Berlin", "The posture is **calm**")
	expect(t, w, "posture hours 13:30-14:30", []string{"posture_hours 13:30-14:30"}, "**unattended** (by the clock) until 2026-05-04 14:30 Europe/Berlin")
	if a := run(t, w, "alerts quiet 22:00-07:00"); !strings.Contains(a.Markdown, "From 22:00 to 07:00 Europe/Berlin nobody is called") {
		t.Error(a.Markdown)
	}
	at, ok := parseDate("2026-05-04T12:00", w.zone)
	if !ok || !at.Equal(time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)) {
		t.Error(at)
	}
	if at, _ := parseDate("2026-05-04T12:00Z", w.zone); !at.Equal(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)) {
		t.Error(at)
	}
}
