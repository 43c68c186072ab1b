package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/sanction"
	"forseti/text"
)

// DutyDesk is what the commands about duty ask.
type DutyDesk interface {
	// Duty is who is on duty.
	Duty() sanction.Duty
	// Moderator reports whether somebody may be.
	Moderator(u id.UserID) bool
	Now() time.Time
}

// How long one is on duty: if nothing is said, and at the most.
const (
	usualDuty = 8 * time.Hour
	mostDuty  = 7 * 24 * time.Hour
)

func dutyCommands(d DutyDesk) []*command {
	until := param{name: "until", optional: true, doc: "until when, or for how long, such as `until 22:00` or `for 4h`; for 8 hours if left out", value: textValue}
	return []*command{{
		name: "duty", family: "Protections", effect: moderates,
		summary:  "show who is on duty, or say that somebody is",
		details:  "Who is on duty is called in place of all where `alerts ping` has `@room` called in this room. A moderator whom it names is called as before, and quiet hours hold. It ends by itself at its time, and when somebody leaves this room. While nobody is on duty, all are called as before.",
		params:   []param{{name: "user", optional: true, acts: true, doc: "a moderator", value: wordValue}, until},
		examples: []string{"duty", "duty @mod:example.org until 22:00", "duty @mod:example.org for 12h"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return duty(c, d) },
	}, {
		name: "on duty", also: []string{"duty on"}, family: "Protections", effect: moderates,
		summary:  "say that you are on duty",
		params:   []param{until},
		examples: []string{"on duty", "on duty until 22:00", "on duty for 4h"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return onDuty(c, d, c.Sender)
		},
	}, {
		name: "off duty", also: []string{"duty off"}, family: "Protections", effect: moderates,
		summary:  "say that you are on duty no more",
		params:   []param{{name: "user", optional: true, doc: "a moderator; you yourself if left out", value: wordValue}},
		examples: []string{"off duty", "off duty @mod:example.org"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return offDuty(c, d) },
	}}
}

func duty(c *call, d DutyDesk) (Plan, error) {
	who, given := c.args["user"].(string)
	if !given {
		return says("%s `!forseti on duty until 22:00` puts you on duty, `!forseti off duty` ends it.", dutyWords(c, d.Duty(), d.Now())), nil
	}
	u, err := moderatorOf(who, d)
	if err != nil {
		return Plan{}, err
	}
	return onDuty(c, d, u)
}

// moderatorOf reads who is to be on duty.
func moderatorOf(written string, d DutyDesk) (id.UserID, error) {
	u, err := parseUser(grammar.Word{Text: written})
	if err != nil {
		return "", err
	}
	if !d.Moderator(id.UserID(u.name)) {
		return "", refuse("%s is not in this room, and only who is can be on duty.", text.Code(u.name))
	}
	return id.UserID(u.name), nil
}

func onDuty(c *call, d DutyDesk, u id.UserID) (Plan, error) {
	now := d.Now()
	until, err := dutyUntil(arg[string](c, "until"), now.In(c.names.Zone()))
	if err != nil {
		return Plan{}, err
	}
	with, ok := d.Duty().With(u, until, now)
	if !ok {
		return Plan{}, refuse("There are %d on duty already, and no more fit.", sanction.MostOnDuty)
	}
	return dutyPlan(c, Change{Kind: SetDuty, User: u, Value: until.UTC().Format(time.RFC3339)}, with, now), nil
}

func offDuty(c *call, d DutyDesk) (Plan, error) {
	u := c.Sender
	if who, given := c.args["user"].(string); given {
		named, err := parseUser(grammar.Word{Text: who})
		if err != nil {
			return Plan{}, err
		}
		u = id.UserID(named.name)
	}
	now := d.Now()
	with, _ := d.Duty().With(u, time.Time{}, now)
	return dutyPlan(c, Change{Kind: SetDuty, User: u}, with, now), nil
}

func dutyPlan(c *call, change Change, with sanction.Duty, now time.Time) Plan {
	said := dutyWords(c, with, now)
	p := Plan{Effect: "Then it would be so: " + said, Answer: said}
	p.change(change, "")
	p.harmless = true
	return p
}

func dutyWords(c *call, d sanction.Duty, now time.Time) string {
	on := d.At(now)
	if len(on) == 0 {
		return "Nobody is on duty."
	}
	lines := make([]string, len(on))
	for i, u := range on {
		lines[i] = fmt.Sprintf("%s until %s", text.Code(string(u)), c.stamp(d[u]))
	}
	return "On duty: " + text.And(lines) + "."
}

// dutyUntil reads until when somebody is on duty: a time of the day, by the clocks of now, a date,
// or for how long.
func dutyUntil(written string, now time.Time) (time.Time, error) {
	words := strings.Fields(written)
	if len(words) > 1 && (strings.EqualFold(words[0], "until") || strings.EqualFold(words[0], "for")) {
		words = words[1:]
	}
	said := strings.Join(words, " ")
	wrong := refuse("%s does not fit: write until when, such as `until 22:00`, or for how long, such as `for 4h`, up to %s.", text.Code(text.Clip(said, 60)), sanction.Span(mostDuty))
	until, ok := parseDate(said, now.Location())
	if lasts, fits := sanction.ParseSpan(strings.ToLower(said)); fits && !ok {
		until, ok = now.Add(lasts), lasts > 0 && lasts <= mostDuty
	}
	if at, err := time.Parse("15:04", said); err == nil {
		day := func(more int) time.Time {
			return time.Date(now.Year(), now.Month(), now.Day()+more, at.Hour(), at.Minute(), 0, 0, now.Location())
		}
		if until, ok = day(0), true; !until.After(now) {
			until = day(1)
		}
	}
	switch {
	case said == "":
		return now.Add(usualDuty), nil
	case !ok || !until.After(now) || until.After(now.Add(mostDuty)):
		return time.Time{}, wrong
	}
	return until, nil
}
