package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"forseti/action"
	"forseti/draw"
	"forseti/sanction"
	"forseti/text"
)

// DigestDesk is what the command about a day asks.
type DigestDesk interface {
	// Hours are what happened in the protected rooms, hour by hour from a time on.
	Hours(ctx context.Context, from time.Time, hours int) ([]Hour, error)
	Now() time.Time
	// Rhythm is when it comes by itself.
	Rhythm() sanction.Rhythm
}

// Hour is what happened within an hour.
type Hour struct {
	Joins int // users who came and were in none of the rooms before
	Found int // offences that protections found
	Done  int // bans, removals and the like that were done
}

// How long a digest looks back, in hours; one of a week shows some of them as one.
const (
	digestHours = 24
	weekHours   = 7 * 24
	weekStep    = 3
)

func digestCommands(d DigestDesk) []*command {
	return []*command{{
		name: "digest", also: []string{"digest show"}, family: "Protections", effect: looks,
		summary:  "show what the last day was like, hour by hour, as a picture",
		details:  "It shows who joined and was in none of the protected rooms before, what protections found, and what was done, with the same in words below it.",
		flags:    []flag{{name: "week", doc: "show the last seven days"}},
		examples: []string{"digest", "digest --week"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return digest(ctx, c, d) },
	}, {
		name: "digest at", also: []string{"digest daily"}, family: "Protections", effect: sets,
		summary:  "have the last day shown each day at a time",
		details:  "It is by the clocks of your time zone (`time zone`), comes once on each day, and rings no phone. If I am away then, it comes when I am back, unless that is hours later.",
		params:   []param{{name: "time", doc: "such as `08:00`", value: textValue}},
		examples: []string{"digest at 08:00"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return digestAt(c, "daily "+arg[string](c, "time")) },
	}, {
		name: "digest weekly", family: "Protections", effect: sets,
		summary:  "have the last week shown on a day of each week",
		params:   []param{{name: "day and time", doc: "such as `monday 08:00`", value: textValue}},
		examples: []string{"digest weekly monday 08:00"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return digestAt(c, "weekly "+arg[string](c, "day and time"))
		},
	}, {
		name: "digest off", family: "Protections", effect: sets,
		summary:  "have no digest come by itself",
		examples: []string{"digest off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return digestAt(c, "off") },
	}}
}

// digestAt is the plan to have it come by itself.
func digestAt(c *call, written string) (Plan, error) {
	r, err := sanction.ParseRhythm(written)
	if err != nil {
		return Plan{}, refuse("%s cannot be when it comes: %s%s", text.Code(text.Clip(written, 60)), err, pick(strings.HasSuffix(err.Error(), "?"), "", "."))
	}
	said := rhythmWords(c, r)
	p := Plan{Effect: "Then it would be so: " + said, Answer: said}
	p.change(Change{Kind: SetClock, Key: "digest", Value: r.String()}, "")
	p.harmless = true
	return p, nil
}

func rhythmWords(c *call, r sanction.Rhythm) string {
	if r == (sanction.Rhythm{}) {
		return "No digest comes by itself; `!forseti digest at 08:00` changes that."
	}
	return fmt.Sprintf("A digest comes by itself %s (%s).", r, c.zoneName())
}

func digest(ctx context.Context, c *call, d DigestDesk) (Plan, error) {
	m, err := Digest(ctx, d, option[bool](c, "week"), c.names.Zone())
	if err != nil {
		return Plan{}, err
	}
	if m.File == nil {
		return Plan{Answer: text.Paragraphs(m.Markdown, rhythmWords(c, d.Rhythm()))}, nil
	}
	p := Plan{Answer: "The picture above shows it. " + rhythmWords(c, d.Rhythm())}
	p.do(action.Action{Verb: action.Say, Room: c.Room, Message: &m}, "drew it")
	p.harmless = true
	return p, nil
}

// Digest says what the last day or week was like, by the clocks of a zone: a picture with the same
// in words, or words alone if nothing happened.
func Digest(ctx context.Context, d DigestDesk, week bool, zone *time.Location) (action.Message, error) {
	// Whole hours, of which the last is under way.
	now, back, step, over := d.Now().In(zone), digestHours, 1, "24 hours"
	if week {
		back, step, over = weekHours, weekStep, "7 days"
	}
	begun := time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second + time.Duration(now.Nanosecond())
	from := now.Add(-begun - time.Duration(back-1)*time.Hour)
	hours, err := d.Hours(ctx, from, back)
	if err != nil {
		return action.Message{}, err
	}
	p := period{from: from, step: time.Duration(step) * time.Hour, over: over}
	for some := range slices.Chunk(hours, step) {
		var sum Hour
		for _, h := range some {
			sum = Hour{sum.Joins + h.Joins, sum.Found + h.Found, sum.Done + h.Done}
		}
		p.hours = append(p.hours, sum)
	}
	m := action.Message{Markdown: p.inShort()}
	if peak(p.hours, func(h Hour) int { return h.Joins + h.Found + h.Done }) >= 0 {
		m.File = &action.File{Data: p.charted(), Type: "image/png", Name: "digest.png"}
	}
	return m, nil
}

// period is what a digest is about: some hours, or as many parts of several hours each.
type period struct {
	from  time.Time
	step  time.Duration
	over  string // how long, in words
	hours []Hour
}

// at is when a part of it begins.
func (p period) at(i int) time.Time { return p.from.Add(time.Duration(i) * p.step) }

// counted is one kind of thing that a digest shows.
type counted struct {
	name string
	of   func(Hour) int
}

func allCounted() []counted {
	return []counted{
		{"Joins", func(h Hour) int { return h.Joins }},
		{"Found by protections", func(h Hour) int { return h.Found }},
		{"Bans, removals and the like", func(h Hour) int { return h.Done }},
	}
}

// peak is the hour in which there was most; -1 if there was nothing.
func peak(hours []Hour, of func(Hour) int) int {
	at := -1
	for i, h := range hours {
		if n := of(h); n > 0 && (at < 0 || n > of(hours[at])) {
			at = i
		}
	}
	return at
}

// inShort says in words what the picture shows.
func (p period) inShort() string {
	var parts []string
	for _, r := range allCounted() {
		sum := 0
		for _, h := range p.hours {
			sum += r.of(h)
		}
		if at := peak(p.hours, r.of); at >= 0 {
			most := p.at(at).Format(pick(p.step > time.Hour, "Monday 15:04", "15:04"))
			parts = append(parts, fmt.Sprintf("%s: **%d**%s", r.name, sum, text.Pick(sum, "", fmt.Sprintf(", most of them from %s on (%d)", most, r.of(p.hours[at])))))
		}
	}
	if len(parts) == 0 {
		return "In the last " + p.over + " nobody new came, nothing was found and nothing was done."
	}
	return "The last " + p.over + ":" + listing(parts, "")
}

// charted is the picture.
func (p period) charted() []byte {
	to := p.at(len(p.hours))
	c := draw.Chart{Title: fmt.Sprintf("%s to %s", p.from.Format("2 January 15:04"), to.Format("2 January 15:04 MST"))}
	day := ""
	for i := range p.hours {
		at, mark := p.at(i), ""
		switch {
		case p.step == time.Hour && at.Hour()%3 == 0:
			mark = at.Format("15")
		case p.step > time.Hour && at.Format("2") != day && i > 0:
			mark = at.Format("2")
		}
		day = at.Format("2")
		c.Marks = append(c.Marks, mark)
	}
	for _, r := range allCounted() {
		row := draw.Row{Name: r.name}
		for _, h := range p.hours {
			row.Values = append(row.Values, r.of(h))
		}
		c.Rows = append(c.Rows, row)
	}
	return c.PNG()
}
