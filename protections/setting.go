package protections

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Setting is one thing about a protection that moderators may change, as it is
// shown to them. Values are text in one canonical form, so that they can be
// stored, compared and shown.
type Setting struct {
	Name    string
	Value   string // what holds now
	Default string
	Doc     string // what it does and what may be written
}

// option declares a setting. parse turns text into a typed value and its
// canonical text, or says what may be written.
type option struct {
	name, initial, doc string
	parse              func(text string) (value any, canonical string, err error)
}

// text is the option's value among those that moderators have set.
func (o option) text(values map[string]string) string {
	if text, ok := values[o.name]; ok {
		return text
	}
	return o.initial
}

// values are the parsed values of all options of a kind.
type values map[string]any

func (v values) number(name string) int             { return v[name].(int) }
func (v values) duration(name string) time.Duration { return v[name].(time.Duration) }

// number declares an option that is a whole number from low to high.
func number(name string, initial, low, high int, doc string) option {
	return option{
		name: name, initial: strconv.Itoa(initial),
		doc: fmt.Sprintf("%s From %d to %d.", doc, low, high),
		parse: func(text string) (any, string, error) {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || n < low || n > high {
				return nil, "", fmt.Errorf("%s takes a whole number from %d to %d, for example %d", name, low, high, initial)
			}
			return n, strconv.Itoa(n), nil
		},
	}
}

// duration declares an option that is a time from low to high.
func duration(name string, initial, low, high time.Duration, doc string) option {
	return option{
		name: name, initial: span(initial),
		doc: fmt.Sprintf("%s From %s to %s.", doc, span(low), span(high)),
		parse: func(text string) (any, string, error) {
			d, err := time.ParseDuration(strings.ToLower(strings.Join(strings.Fields(text), "")))
			if err != nil || d < low || d > high {
				return nil, "", fmt.Errorf("%s takes a time with its unit from %s to %s, for example %s or 1m30s", name, span(low), span(high), span(initial))
			}
			return d, span(d), nil
		},
	}
}

// span writes a duration as people do: 5m and not 5m0s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
