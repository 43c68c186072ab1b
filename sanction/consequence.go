package sanction

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Consequence is what moderators want to follow from an offence. The zero Consequence
// leaves it to the ladder.
type Consequence struct {
	Step  Step
	Lasts time.Duration // of a step that can end; zero for as long as the ladder has it
}

// byLadder is how the zero Consequence is written.
const byLadder = "ladder"

const (
	day = 24 * time.Hour
	// shortest and longest bound how long a step can last. What is to last longer is for
	// good.
	shortest = time.Minute
	longest  = 365 * day
)

// String is how it is written.
func (c Consequence) String() string {
	switch {
	case c.Step == None:
		return byLadder
	case c.Lasts == 0:
		return c.Step.String()
	default:
		return c.Step.String() + " " + Span(c.Lasts)
	}
}

// ParseConsequence reads what moderators write: "ladder", "redact", "mute 2h", "ban 7d".
func ParseConsequence(written string) (Consequence, error) {
	words := strings.Fields(strings.ToLower(written))
	if len(words) == 1 && words[0] == byLadder {
		return Consequence{}, nil
	}
	if len(words) == 0 || ParseStep(words[0]) == None {
		return Consequence{}, fmt.Errorf("it is %s", strings.Join(stepNames(), ", "))
	}
	c := Consequence{Step: ParseStep(words[0])}
	if len(words) == 1 {
		return c, nil
	}
	if !c.Step.row().timed {
		return Consequence{}, fmt.Errorf("%s does not last; only mute and ban take a time", c.Step)
	}
	lasts, ok := ParseSpan(strings.Join(words[1:], ""))
	if !ok || lasts < shortest || lasts > longest {
		return Consequence{}, fmt.Errorf("a %s lasts from %s to %s, for example %s 2h or %s 7d", c.Step, Span(shortest), Span(longest), c.Step, c.Step)
	}
	c.Lasts = lasts
	return c, nil
}

// stepNames are what can be written, without how long.
func stepNames() []string {
	names := []string{byLadder}
	for _, r := range ladder() {
		names = append(names, r.name)
	}
	return names
}

// units are those of a span, the largest first.
var units = [...]struct {
	name string
	is   time.Duration
}{{"w", 7 * day}, {"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// ParseSpan reads a time such as 90m, 7d or 1d12h.
func ParseSpan(written string) (time.Duration, bool) {
	var sum time.Duration
	for rest := written; rest != ""; {
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 1 || end > 9 {
			return 0, false
		}
		n, err := strconv.Atoi(rest[:end])
		unit := rest[end : end+1]
		rest = rest[end+1:]
		known := false
		for _, u := range units {
			if u.name == unit && n <= int(100*longest/u.is) { // so that no sum overflows
				sum, known = sum+time.Duration(n)*u.is, true
			}
		}
		if err != nil || !known || sum > 100*longest {
			return 0, false
		}
	}
	return sum, written != ""
}

// Span writes a time in whole seconds as moderators do: 7d, 1h30m.
func Span(d time.Duration) string {
	var out strings.Builder
	d = d.Round(time.Second)
	for _, u := range units[1:] {
		if n := d / u.is; n > 0 {
			fmt.Fprintf(&out, "%d%s", n, u.name)
			d -= n * u.is
		}
	}
	if out.Len() == 0 {
		return "0s"
	}
	return out.String()
}
