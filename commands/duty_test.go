package commands

import (
	"strings"
	"testing"
	"time"

	"forseti/sanction"
)

func (callFake) Duty() sanction.Duty {
	return sanction.Duty{"@late:ours.example": callFake{}.Now().Add(2 * time.Hour), "@gone:ours.example": callFake{}.Now()}
}

func TestDutyCommands(t *testing.T) {
	w := newWorld()
	w.zone = time.FixedZone("+02:00", 2*3600)
	expect(t, w, "duty", nil, "On duty: `@late:ours.example` until 2026-05-04 16:00 +02:00.")
	expect(t, w, "on duty until 22:00", []string{"duty @mod:ours.example 2026-05-04T20:00:00Z"}, "`@mod:ours.example` until 2026-05-04 22:00 +02:00")
	expect(t, w, "on duty", []string{"duty @mod:ours.example 2026-05-04T20:00:00Z"}, "until 2026-05-04 22:00")
	expect(t, w, "duty on for 4h", []string{"duty @mod:ours.example 2026-05-04T16:00:00Z"}, "until 2026-05-04 18:00")
	expect(t, w, "on duty 13:59", []string{"duty @mod:ours.example 2026-05-05T11:59:00Z"}, "until 2026-05-05 13:59")
	expect(t, w, "duty @mod:ours.example until 2026-05-06", []string{"duty @mod:ours.example 2026-05-05T22:00:00Z"}, "until 2026-05-06 00:00")
	expect(t, w, "off duty", []string{"duty @mod:ours.example"}, "On duty: `@late:ours.example`")
	expect(t, w, "off duty @late:ours.example", []string{"duty @late:ours.example"}, "Nobody is on duty.")
	expect(t, w, "duty @stranger:hs until 22:00", nil, "`@stranger:hs` is not in this room")
	for _, wrong := range []string{"for 8d", "until 2026-05-04", "25:00", "for ever", "until 2030-01-01", "for -1h", strings.Repeat("9", 500), "until"} {
		if a := run(t, w, "on duty "+wrong); !strings.Contains(a.Markdown, "does not fit") {
			t.Errorf("%s: %s", wrong, a.Markdown)
		}
	}
}
