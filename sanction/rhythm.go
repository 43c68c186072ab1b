package sanction

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"forseti/text"
)

// Rhythm is when something is said by itself: each day, or on one day of each week. The zero
// Rhythm is never.
type Rhythm struct {
	On     string // daily, or a day of the week; "" for never
	Minute int    // by some clock
}

const (
	daily  = "daily"
	weekly = "weekly"
)

func weekdays() (names []string) {
	for d := range time.Saturday + 1 {
		names = append(names, strings.ToLower(d.String()))
	}
	return names
}

// ParseRhythm reads daily 08:00, weekly monday 08:00, or off. Its error is Markdown.
func ParseRhythm(written string) (Rhythm, error) {
	words := strings.Fields(strings.ToLower(written))
	usage := fmt.Errorf("it is a time such as daily 08:00 or weekly monday 08:00, or %s", off)
	switch {
	case len(words) == 1 && words[0] == off:
		return Rhythm{}, nil
	case len(words) == 2 && words[0] == daily:
	case len(words) == 3 && words[0] == weekly && slices.Contains(weekdays(), words[1]):
		words = words[1:]
	case len(words) == 3 && words[0] == weekly:
		if best := text.Nearest(words[1], weekdays()); best != "" {
			return Rhythm{}, fmt.Errorf("%s is no day of the week. Did you mean %s?", text.Code(text.Clip(words[1], 40)), text.Code(best))
		}
		return Rhythm{}, usage
	default:
		return Rhythm{}, usage
	}
	minute, ok := parseMinute(words[1])
	if !ok {
		return Rhythm{}, fmt.Errorf("%s is no time of the day: write it as `08:00`", text.Code(text.Clip(words[1], 40)))
	}
	return Rhythm{words[0], minute}, nil
}

// parseMinute reads a time such as 08:00.
func parseMinute(s string) (int, bool) {
	at, err := time.Parse("15:04", s)
	return at.Hour()*60 + at.Minute(), err == nil
}

// String writes it as it is read.
func (r Rhythm) String() string {
	at := fmt.Sprintf(" %02d:%02d", r.Minute/60, r.Minute%60)
	switch r.On {
	case "":
		return off
	case daily:
		return daily + at
	default:
		return weekly + " " + r.On + at
	}
}

// Weekly reports whether it is once in a week.
func (r Rhythm) Weekly() bool { return r.On != "" && r.On != daily }

// Next is the first time after another, by the clocks of a zone; zero for never. On each day it is
// once, also if those clocks are put forward or back then: of an hour that there is not, or twice,
// it is near.
func (r Rhythm) Next(after time.Time, zone *time.Location) time.Time {
	if r.On == "" {
		return time.Time{}
	}
	year, month, day := after.In(zone).Date()
	for more := -1; ; more++ {
		date := time.Date(year, month, day+more, 12, 0, 0, 0, zone)
		at := time.Date(year, month, day+more, 0, r.Minute, 0, 0, zone)
		if at.After(after) && (r.On == daily || strings.EqualFold(date.Weekday().String(), r.On)) {
			return at
		}
	}
}

// Latest is the last time up to another; zero for never.
func (r Rhythm) Latest(now time.Time, zone *time.Location) (at time.Time) {
	for next := r.Next(now.AddDate(0, 0, -9), zone); !next.IsZero() && !next.After(now); next = r.Next(next, zone) {
		at = next
	}
	return at
}
