package kit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"forseti/sanction"
)

// Setting is one thing about a protection that moderators may change, as it is
// shown to them. Values are text in one canonical form, so that they can be
// stored, compared and shown.
type Setting struct {
	Name    string
	Value   string // what holds
	Default string
	Doc     string   // what it does and what may be written
	OfRooms bool     // it is rooms by their IDs
	IsList  bool     // single entries can be put in and taken out
	Way     Way      // in which it becomes stricter
	Order   []string // of Later
	family  *option
}

// Is reports whether it is called so, or stands for all of a family of which that is one.
func (s Setting) Is(name string) bool {
	return strings.EqualFold(s.Name, name) || s.family != nil && s.family.covers(name)
}

// Option declares a setting.
type Option interface {
	declaration() option
}

// option is a declaration of any type. parse turns text into a typed value and its
// canonical text, or says what may be written.
type option struct {
	name, initial, doc string
	ofRooms            bool
	parts              entries // of a list
	family             bool    // there are several, which moderators name themselves
	gather             func(values map[string]any) any
	// tighter is what holds of a value in a posture that lets pass so many percent of the
	// usual; nil if that is the same.
	tighter func(value any, percent int) any
	way     Way      // which of two values is the stricter one
	order   []string // of Later
	parse   func(text string) (value any, canonical string, err error)
}

// Values are the parsed values of all options of a protection, as they hold in one
// room.
type Values map[string]any

// Typed is an option whose value is a T.
type Typed[T any] struct{ option }

func (t Typed[T]) declaration() option { return t.option }

// In is the value that holds in a room.
func (t Typed[T]) In(room View) T {
	value := t.of(room.values)
	if t.tighter == nil || room.percent <= 0 || room.percent >= 100 {
		return value
	}
	if tighter, ok := t.tighter(value, room.percent).(T); ok {
		return tighter
	}
	return value
}

// Limit declares a Number that is how much may be done before something is found: in a
// posture stricter than calm it is less.
func Limit(name string, initial, low, high int, doc string) Typed[int] {
	t := Number(name, initial, low, high, doc)
	t.doc += " Less in a stricter posture."
	t.way = Less
	t.tighter = func(value any, percent int) any {
		n, _ := value.(int)
		return max(n*percent/100, low)
	}
	return t
}

// of is the default where nothing is said: no protection may run without a bound.
func (t Typed[T]) of(v Values) T {
	value, ok := v[t.name].(T)
	if !ok {
		initial, _, _ := t.parse(t.initial)
		value, _ = initial.(T)
	}
	return value
}

// Number declares an option that is a whole number from low to high.
func Number(name string, initial, low, high int, doc string) Typed[int] {
	return Typed[int]{option{
		name: name, initial: strconv.Itoa(initial),
		doc: fmt.Sprintf("%s From %d to %d.", doc, low, high),
		parse: func(text string) (any, string, error) {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || n < low || n > high {
				return nil, "", fmt.Errorf("%s takes a whole number from %d to %d, for example %d", name, low, high, initial)
			}
			return n, strconv.Itoa(n), nil
		},
	}}
}

// Duration declares an option that is a time from low to high.
func Duration(name string, initial, low, high time.Duration, doc string) Typed[time.Duration] {
	return Typed[time.Duration]{option{
		name: name, initial: span(initial),
		doc: fmt.Sprintf("%s From %s to %s.", doc, span(low), span(high)),
		parse: func(text string) (any, string, error) {
			written := strings.ToLower(strings.Join(strings.Fields(text), ""))
			d, ok := sanction.ParseSpan(written)
			if !ok {
				var err error
				d, err = time.ParseDuration(written) // 1.5h, 300ms
				ok = err == nil
			}
			if !ok || d < low || d > high {
				return nil, "", fmt.Errorf("%s takes a time with its unit from %s to %s, for example %s or 1m30s", name, span(low), span(high), span(initial))
			}
			return d, span(d), nil
		},
	}}
}

const yes, no = "yes", "no"

// Switch declares an option that is yes or no.
func Switch(name string, initial bool, doc string) Typed[bool] {
	text := no
	if initial {
		text = yes
	}
	return Typed[bool]{option{
		name: name, initial: text,
		doc: doc + " `yes` or `no`.",
		parse: func(text string) (any, string, error) {
			switch strings.ToLower(strings.TrimSpace(text)) {
			case yes, "on", "true":
				return true, yes, nil
			case no, "off", "false":
				return false, no, nil
			default:
				return nil, "", fmt.Errorf("%s takes `yes` or `no`", name)
			}
		},
	}}
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
