package sanction

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"forseti/text"
)

// Clock is by which clocks a community lives, and what it hears by them. The zero Clock is UTC.
type Clock struct {
	Zone   string // as ParseZone reads it
	Digest Rhythm
}

func clockRows(g Ground) []row[Clock] {
	const utc = "UTC"
	return []row[Clock]{{
		name: "zone", usual: utc, doc: "By which clocks hours are meant and times are shown: a time zone such as `Europe/Berlin`, or how far it is from UTC, as `+02:00`.",
		set: func(c *Clock, w string) error {
			if c.Zone = ""; strings.EqualFold(w, utc) {
				return nil
			}
			if len(w) > mostZone || strings.ContainsFunc(w, unprintable) {
				return errNoZone
			}
			if g != nil {
				if err := g.Zone(w); err != nil {
					return err
				}
			}
			c.Zone = w
			return nil
		},
		write: func(c Clock) string { return pick(c.Zone == "", utc, c.Zone) },
	}, {
		name: "digest", usual: off, doc: "When moderators are shown by themselves what happened, such as `daily 08:00` or `weekly monday 08:00`, or `off`.",
		set: func(c *Clock, w string) (err error) {
			c.Digest, err = ParseRhythm(w)
			return err
		},
		write: func(c Clock) string { return c.Digest.String() },
	}}
}

// ParseClock reads what was set, by name. An error is [Misfits].
func ParseClock(written map[string]string, g Ground) (c Clock, err error) {
	if wrong := readRows(clockRows(g), &c, written, "the time"); len(wrong) > 0 {
		return Clock{}, wrong
	}
	return c, nil
}

// Written is what was set otherwise than usual, for ParseClock.
func (c Clock) Written() map[string]string { return otherwise(clockRows(nil), c) }

// Settings are all settings of it, and how each stands.
func (c Clock) Settings() []SharedSetting { return settingsOf(clockRows(nil), c) }

// mostZone is how long the name of a zone may be.
const mostZone = 60

var errNoZone = errors.New("it is a time zone such as Europe/Berlin, or how far it is from UTC, as +02:00")

//go:embed zones.txt
var zoneNames string

// NearestZone is the time zone that somebody most likely means: by its name, or that of its city
// alone; "" if none is near.
func NearestZone(written string) string {
	written = strings.ReplaceAll(strings.TrimSpace(written), " ", "_")
	of := map[string]string{} // zones by their cities, of those that begin alike
	city := written[strings.LastIndexByte(written, '/')+1:]
	for name := range strings.FieldsSeq(zoneNames) {
		if strings.EqualFold(written, name) {
			return name
		}
		if other := name[strings.LastIndexByte(name, '/')+1:]; city != "" && strings.EqualFold(city[:1], other[:1]) && of[other] == "" {
			of[other] = name
		}
	}
	return of[text.Nearest(city, slices.Sorted(maps.Keys(of)))]
}

// ParseZone reads the name of a time zone, or how far it is from UTC, as +02:00. names finds
// one by its name.
func ParseZone(written string, names func(string) (*time.Location, error)) (*time.Location, error) {
	const mostHours = 14
	sign := 1
	switch {
	case written == "" || strings.EqualFold(written, "UTC"):
		return time.UTC, nil
	case strings.HasPrefix(written, "-"):
		sign = -1
	case !strings.HasPrefix(written, "+"):
		var zone *time.Location
		err := errNoZone
		if len(written) <= mostZone && !strings.EqualFold(written, "local") {
			zone, err = names(written)
		}
		if err != nil {
			if near := NearestZone(written); near != "" {
				return nil, fmt.Errorf("the nearest is `%s`", near)
			}
			return nil, errNoZone
		}
		return zone, nil
	}
	hours, minutes, _ := strings.Cut(written[1:], ":")
	h, err := strconv.ParseUint(hours, 10, 8)
	m := uint64(0)
	if err == nil && minutes != "" {
		m, err = strconv.ParseUint(minutes, 10, 8)
	}
	if err != nil || h > mostHours || m > 59 {
		return nil, fmt.Errorf("how far a zone is from UTC is written as +02:00, up to %d hours", mostHours)
	}
	return time.FixedZone(written, sign*int(h*3600+m*60)), nil
}
