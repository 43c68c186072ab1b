package commands

import (
	"strings"
	"time"

	"forseti/commands/grammar"
	"forseti/sanction"
	"forseti/text"
)

// moment is a time in the past, as it is written: so long ago, or a date.
type moment struct {
	ago time.Duration
	at  time.Time // if ago is zero
}

// before is how long before now it was.
func (m moment) before(now time.Time) time.Duration {
	if m.at.IsZero() {
		return m.ago
	}
	return now.Sub(m.at)
}

// dateForms are how a date may be written. Without a zone it is by the clocks of moderators.
var dateForms = [...]string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04Z07:00", time.RFC3339, "2006-01-02 15:04Z07:00"}

func parseDate(s string, zone *time.Location) (time.Time, bool) {
	for _, form := range dateForms {
		if at, err := time.ParseInLocation(form, strings.ToUpper(s), zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

const timeOrDate = "time or date"

// sinceValue reads a moment that is at least and at most so long ago. A date is weighed by the
// command, which knows what time it is.
func sinceValue(least, most time.Duration) value {
	of := spanOf(least, most)
	return value{hint: timeOrDate, parse: func(c *call, w grammar.Word) (any, error) {
		if at, ok := parseDate(w.Text, c.names.Zone()); ok {
			return moment{at: at}, nil
		}
		if strings.Count(w.Text, "-")+strings.Count(w.Text, ".")+strings.Count(w.Text, "/") >= 2 {
			return nil, refuse("%s is no date. Write it as `2026-01-31`, or `2026-01-31T18:00`.", text.Code(w.Text))
		}
		ago, err := of.parse(c, w)
		if err != nil {
			return nil, err
		}
		span, _ := ago.(time.Duration)
		return moment{ago: span}, nil
	}}
}

// agoOf gives how long ago the moment of a flag is, or usual if it was not given.
func (c *call) agoOf(flag string, now time.Time, usual, least, most time.Duration) (time.Duration, error) {
	m := option[moment](c, flag)
	if m == (moment{}) {
		return usual, nil
	}
	ago := m.before(now)
	switch {
	case m.at.IsZero(), ago >= least && ago <= most:
		return ago, nil
	case ago < 0:
		return 0, refuse("`--%s %s` has not come yet.", flag, m.at.Format(time.DateOnly))
	default:
		return 0, refuse("`--%s %s` does not fit: it may be from %s to %s ago.", flag, m.at.Format(time.DateOnly), sanction.Span(least), sanction.Span(most))
	}
}
