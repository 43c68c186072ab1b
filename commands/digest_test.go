package commands

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"strings"
	"testing"
	"time"

	"forseti/commands/grammar"
	"forseti/sanction"
)

type digestFake struct {
	hours []Hour
	from  *time.Time
	fail  error
}

func (digestFake) Now() time.Time {
	return time.Date(2026, 3, 1, 9, 40, 0, 0, time.FixedZone("", 3600))
}

func (digestFake) Rhythm() sanction.Rhythm { return sanction.Rhythm{On: "daily", Minute: 480} }

func (f digestFake) Hours(_ context.Context, from time.Time, hours int) ([]Hour, error) {
	if f.from != nil {
		*f.from = from
	}
	if f.hours == nil {
		f.hours = make([]Hour, hours)
	}
	return f.hours, f.fail
}

// A digest is a picture with the same in words; of a day in which nothing happened there is
// none.
func TestDigest(t *testing.T) {
	line := "digest"
	plan := func(f digestFake) Plan {
		desks := newWorld().desks()
		desks.Digest = f
		return NewSet(self, func() string { return "Forseti" }, grammar.Borrowed{}, desks).Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!m:ours.example"}, line)
	}
	if p := plan(digestFake{}); len(p.Steps) != 0 || !strings.Contains(p.Answer, "nothing was found") {
		t.Errorf("of nothing: %+v", p)
	}
	if p := plan(digestFake{fail: errors.New("no database")}); len(p.Steps) != 0 || !strings.Contains(p.Answer, "no database") {
		t.Errorf("of what cannot be read: %+v", p)
	}
	var from time.Time
	hours := make([]Hour, digestHours)
	hours[2], hours[23] = Hour{Joins: 30, Found: 2}, Hour{Joins: 1, Done: 1}
	p := plan(digestFake{hours: hours, from: &from})
	if want := time.Date(2026, 2, 28, 9, 0, 0, 0, time.UTC); !from.Equal(want) {
		t.Errorf("looked from %s on", from)
	}
	if len(p.Steps) != 1 || p.Steps[0].Do == nil || p.Steps[0].Do.Message == nil {
		t.Fatalf("%+v", p)
	}
	m := p.Steps[0].Do.Message
	for _, want := range []string{"Joins: **31**, most of them from 11:00 on (30)", "Found by protections: **2**, most", "Bans, removals and the like: **1**"} {
		if !strings.Contains(m.Markdown, want) {
			t.Errorf("it says %q and not %q", m.Markdown, want)
		}
	}
	if _, err := png.Decode(bytes.NewReader(m.File.Data)); err != nil || m.File.Type != "image/png" {
		t.Error(err)
	}
	line = "digest --week"
	week := make([]Hour, weekHours)
	week[1], week[2], week[weekHours-1] = Hour{Joins: 3}, Hour{Joins: 4}, Hour{Joins: 5}
	p = plan(digestFake{hours: week, from: &from})
	if want := time.Date(2026, 2, 22, 9, 0, 0, 0, time.UTC); !from.Equal(want) {
		t.Errorf("looked from %s on", from)
	}
	if m := p.Steps[0].Do.Message; !strings.Contains(m.Markdown, "The last 7 days:") || !strings.Contains(m.Markdown, "Joins: **12**, most of them from Sunday 09:00 on (7)") || m.File == nil {
		t.Errorf("of a week: %s", m.Markdown)
	}
	if !strings.Contains(p.Answer, "A digest comes by itself daily 08:00 (UTC).") {
		t.Error(p.Answer)
	}
}

func TestDigestBySchedule(t *testing.T) {
	w := newWorld()
	expect(t, w, "digest at 8:05", []string{"clock digest daily 08:05"}, "A digest comes by itself daily 08:05 (UTC).")
	expect(t, w, "digest weekly Monday 08:00", []string{"clock digest weekly monday 08:00"}, "weekly monday 08:00 (UTC).")
	expect(t, w, "digest daily 08:05", []string{"clock digest daily 08:05"}, "daily 08:05 (UTC).") // as settings write it
	expect(t, w, "digest off", []string{"clock digest off"}, "No digest comes by itself")
	expect(t, w, "digest weekly mondy 08:00", nil, "Did you mean `monday`?")
	expect(t, w, "digest at 25:00", nil, "`25:00` is no time of the day: write it as `08:00`.")
}
