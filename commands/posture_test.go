package commands

import (
	"testing"
	"time"

	"forseti/sanction"
)

type postureFake struct{ *world }

func (f postureFake) Posture() sanction.Watch { return f.watch }

func (f postureFake) Now() time.Time { return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) }

func TestPosture(t *testing.T) {
	w := newWorld()
	expect(t, w, "posture", nil, "The posture is **calm**. Protections are as they are set.", "does not become stricter when no moderator", "does not become stricter by the clock")
	expect(t, w, "posture attack --for 2h", []string{"posture @mod:ours.example attack 2026-05-04T14:00:00Z"},
		"The posture is **attack** (ordered by `@mod:ours.example`) until 2026-05-04 14:00 UTC.", "let pass a third")
	expect(t, w, "posture attack --close", []string{"posture @mod:ours.example attack 2026-05-04T14:00:00Z, sure"}, "Rooms that anybody could join are closed")
	expect(t, w, "posture attack --hush", []string{"posture @mod:ours.example attack hush 2026-05-04T14:00:00Z"}, "Only members who are known can write until then")
	expect(t, w, "posture guarded --close --hush", []string{"posture @mod:ours.example guarded hush 2026-05-05T00:00:00Z, sure"}, "Only members who are known", "Rooms that anybody could join are closed")
	expect(t, w, "posture calm --hush", nil, "kept from writing by a posture")
	expect(t, w, "posture --hush", nil, "kept from writing by a posture")
	expect(t, w, "posture calm --close", nil, "Rooms are closed by a posture")
	expect(t, w, "posture --close", nil, "Rooms are closed by a posture")
	expect(t, w, "posture attack", []string{"posture @mod:ours.example attack 2026-05-04T14:00:00Z"})
	expect(t, w, "posture Guarded --for 1d", []string{"posture @mod:ours.example guarded 2026-05-05T12:00:00Z"}, "**guarded**")
	expect(t, w, "posture calm", []string{"posture @mod:ours.example calm"}, "**calm**")
	expect(t, w, "posture attak", nil, "Did you mean `attack`?")
	expect(t, w, "posture panic", nil, "There are `calm`")
	expect(t, w, "posture calm --for 2h", nil, "Calm needs no time")
	expect(t, w, "posture --for 2h", nil, "Which posture")
	for _, span := range []string{"2", "30s", "31d", "soon", "-2h", "1e9h", "99999999999999999999h"} {
		expect(t, w, "posture attack --for "+span, nil, "does not fit", "from 1m to 30d")
	}
	expect(t, w, "posture silence 2h", []string{"posture_silence 7200"}, "When no moderator has said anything for 2 hours", "The posture is **calm**")
	expect(t, w, "posture silence off", []string{"posture_silence 0"}, "does not become stricter when no moderator")
	expect(t, w, "posture silence 1m", nil, "from 10m to 7d")
	expect(t, w, "posture hours 23:00-07:00", []string{"posture_hours 23:00-07:00"}, "From 23:00 to 07:00 UTC", "The posture is **calm**")
	expect(t, w, "posture hours 11:00-13:00", []string{"posture_hours 11:00-13:00"}, "**unattended** (by the clock) until 2026-05-04 13:00 UTC")
	expect(t, w, "posture hours off", []string{"posture_hours"}, "does not become stricter by the clock")
	expect(t, w, "posture hours 25:00-07:00", nil, "are no hours")

	w.watch = sanction.Watch{Silence: time.Hour, Spoke: postureFake{w}.Now().Add(-2 * time.Hour)}
	expect(t, w, "posture", nil, "**unattended** (no moderator has said anything for 1 hour; it ends when one does)")
	w.watch.Hours = sanction.Hours{From: 0, To: 13 * 60}
	// Calm ends what was ordered, and not the hours, and says so.
	expect(t, w, "posture calm", []string{"posture @mod:ours.example calm"}, "**unattended** (by the clock) until 2026-05-04 13:00 UTC")
	w.status.Posture = "The posture is **attack** until then"
	expect(t, w, "status", nil, "The posture is **attack** until then")
	w.protections[0].Raised = true
	expect(t, w, "protections", nil, "`flooding` is **off** (on for now, by the posture)")
}
