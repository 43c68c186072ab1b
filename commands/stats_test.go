package commands

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"forseti/commands/grammar"
	"forseti/protections/kit"
	"forseti/sanction"
)

type statsFake struct {
	*world
	tallies []Tally
}

var statsNow = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func (statsFake) Now() time.Time { return statsNow }

func (f statsFake) Tallies(_ context.Context, since time.Time) ([]Tally, error) {
	f.done = append(f.done, "tallies "+since.Format(time.DateOnly))
	return f.tallies, f.fail
}

func TestStats(t *testing.T) {
	plan := func(line string, tallies ...Tally) (string, *world) {
		w := newWorld()
		w.protections = []ProtectionInfo{{Name: "flooding", Mode: kit.On}, {Name: "mentions", Mode: kit.On}, {Name: "links"}, {Name: "rule:no-drive-by", Rule: "true", Mode: kit.On}}
		desks := w.desks()
		desks.Stats = statsFake{w, tallies}
		p := NewSet(self, func() string { return "Forseti" }, grammar.Borrowed{}, desks).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		if len(p.Steps) > 0 {
			t.Errorf("%s changes something: %+v", line, p.Steps)
		}
		return p.Answer, w
	}
	found := []Tally{
		{"flooding", sanction.Ban, 7, 4}, {"flooding", sanction.Redact, 3, 0}, {"rule:no-drive-by", sanction.Redact, 200, 1},
		{"gone *x*", sanction.Mute, 2, 2}, {"mentions", sanction.None, 1, 0},
	}
	for line, want := range map[string][]string{
		"stats": {
			"Found in the last 7 days: **213**, of which 7 undone (3 %).",
			"- rule `no-drive-by`: **200** (redact 200), 1 undone (under 1 %)\n- `flooding`: **10** (ban 7, redact 3), 4 undone (40 %)\n- `gone *x*`: **2** (mute 2), all undone\n- `mentions`: **1** (none 1), none undone",
			"Much of what `flooding` found was undone.", "`!forseti shadow <protection>`",
		},
		"stats --since 30d": {"Found in the last 30 days: **213**"},
		"stats --since 1m":  {"does not fit", "from 1h to 365d"},
		"stats --since x":   {"does not fit"},
	} {
		said, w := plan(line, found...)
		for _, part := range want {
			if !strings.Contains(said, part) {
				t.Errorf("%s says\n%s\nand not %q", line, said, part)
			}
		}
		if since := map[string]string{"stats": "2026-02-22", "stats --since 30d": "2026-01-30"}[line]; since != "" && (len(w.done) != 1 || w.done[0] != "tallies "+since) {
			t.Errorf("%s asks for %q", line, w.done)
		}
	}
	if said, _ := plan("stats"); !strings.Contains(said, "Protections found nothing in the last 7 days.") || !strings.Contains(said, "On, and found nothing: `flooding`, `mentions` and `no-drive-by`.") {
		t.Errorf("of nothing it says %s", said)
	}
	many := make([]Tally, 100)
	for i := range many {
		many[i] = Tally{"rule:" + strings.Repeat("n", 60) + string(rune('a'+i%26)) + string(rune('a'+i/26)), sanction.Ban, 1000, 999}
	}
	const bound = 16_000
	if said, _ := plan("stats", many...); !strings.Contains(said, "and 60 more, of which each found less or as much") || len(said) > bound {
		t.Errorf("of very many, %d bytes: %.300s", len(said), said)
	}
}

func TestStatsOfWhatCannotBeRead(t *testing.T) {
	w := newWorld()
	w.fail = errors.New("the database is away")
	p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "stats")
	if !strings.Contains(p.Answer, "database is away") {
		t.Errorf("it says %q", p.Answer)
	}
}
