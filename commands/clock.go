package commands

import (
	"context"
	"strings"
	"time"

	"forseti/sanction"
	"forseti/text"
)

// ClockDesk knows time zones.
type ClockDesk interface {
	// Zone says what is wrong with a time zone.
	Zone(name string) error
	Now() time.Time
}

func clockCommands(d ClockDesk) []*command {
	return []*command{{
		name: "time", family: "Upkeep", effect: looks,
		summary:  "show what time it is for me, and by which clocks",
		examples: []string{"time"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return says("It is %s. Hours and times are by %s; `!forseti time zone Europe/Berlin` changes that.", c.stamp(d.Now()), c.zoneName()), nil
		},
	}, {
		name: "time zone", also: []string{"timezone"}, family: "Upkeep", effect: sets,
		summary:  "set by which clocks hours are meant and times are shown",
		details:  "It holds for quiet hours, for the hours of the posture, for digests, for dates that you write, and for the times in what I say. A zone has a name such as `Europe/Berlin`, whose clocks I put forward and back as they are there; `+02:00` is always as far from UTC.",
		params:   []param{{name: "zone", doc: "such as `Europe/Berlin`, `+02:00` or `UTC`", value: textValue}},
		examples: []string{"time zone Europe/Berlin", "time zone UTC"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return timeZone(c, d) },
	}}
}

func timeZone(c *call, d ClockDesk) (Plan, error) {
	written := arg[string](c, "zone")
	name := strings.ReplaceAll(strings.TrimSpace(written), " ", "_")
	if err := d.Zone(name); err != nil {
		return Plan{}, refuse("There is no time zone %s: %s.", text.Code(text.Clip(written, 60)), err)
	}
	set, err := sanction.ParseClock(map[string]string{"zone": name}, nil)
	if err != nil {
		return Plan{}, refuse("There is no time zone %s.", text.Code(text.Clip(written, 60)))
	}
	is := text.Escape(pick(set.Zone == "", "UTC", set.Zone), text.MostName)
	p := Plan{Effect: "Hours and times would be by " + is + ".", Answer: "Hours and times are by " + is + " from now on."}
	p.change(Change{Kind: SetClock, Key: "zone", Value: pick(set.Zone == "", "UTC", set.Zone)}, "")
	p.harmless = true
	return p, nil
}

// zoneName is by which clocks moderators live, escaped.
func (k *known) zoneName() string { return text.Escape(k.names.Zone().String(), text.MostName) }

// stamp shows a time as the clocks of moderators do.
func (k *known) stamp(at time.Time) string { return stampIn(at, k.names.Zone()) }

// day shows a date likewise.
func (k *known) day(at time.Time) string { return at.In(k.names.Zone()).Format(time.DateOnly) }

func stampIn(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("2006-01-02 15:04 MST")
}
