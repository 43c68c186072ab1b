package text

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Count says "1 room", "2 rooms", "3 entries".
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, plural(one))
}

// Pick gives the word that goes with a number: "is" or "are".
func Pick(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func plural(one string) string {
	before, last := one[:max(len(one)-1, 0)], one[max(len(one)-1, 0):]
	switch {
	case last == "y" && !strings.HasSuffix(before, "a") && !strings.HasSuffix(before, "e") && !strings.HasSuffix(before, "o"):
		return before + "ies"
	case last == "s" || last == "x" || strings.HasSuffix(one, "ch") || strings.HasSuffix(one, "sh"):
		return one + "es"
	default:
		return one + "s"
	}
}

// And joins as people do: "a", "a and b", "a, b and c".
func And(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// Names shows the first identifiers, most at the most, and counts the others: "`a`, `b` and 3 more".
func Names[T ~string](names []T, most int) string {
	parts := make([]string, min(most, len(names)))
	for i := range parts {
		parts[i] = Code(string(names[i]))
	}
	return some(parts, len(names)-len(parts))
}

// Some joins the first parts, most at the most, and counts the others: "a, b and 3 more".
func Some(parts []string, most int) string {
	shown := min(most, len(parts))
	return some(parts[:shown], len(parts)-shown)
}

func some(parts []string, more int) string {
	switch {
	case more == 0:
	case len(parts) == 0:
		return fmt.Sprint(more)
	default:
		parts = append(slices.Clip(parts), fmt.Sprintf("%d more", more))
	}
	return And(parts)
}

// Duration says how long something takes or took: "12 seconds", "4 minutes", "1 day and 3 hours".
func Duration(d time.Duration) string {
	days, hours, minutes, seconds := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case days > 0:
		return two(days, "day", hours, "hour")
	case hours > 0:
		return two(hours, "hour", minutes, "minute")
	case minutes > 0:
		return Count(minutes, "minute")
	case seconds > 0:
		return Count(seconds, "second")
	default:
		return "less than a second"
	}
}

// Span says a time that somebody has set, to the second: "90 seconds" is "1 minute and 30 seconds".
func Span(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		if n := int(d / unit.of); n > 0 {
			parts = append(parts, Count(n, unit.name))
			d %= unit.of
		}
	}
	if len(parts) == 0 {
		return "less than a second"
	}
	return And(parts)
}

func two(n int, large string, m int, small string) string {
	if m == 0 {
		return Count(n, large)
	}
	return Count(n, large) + " and " + Count(m, small)
}

// About says how long something may take, as well as one can know it: never less than it is.
func About(d time.Duration) string {
	switch {
	case d <= 10*time.Second:
		return "a few seconds"
	case d <= 50*time.Second:
		return fmt.Sprintf("about %d seconds", up(d, 10*time.Second)*10)
	case d <= 90*time.Minute:
		return "about " + Count(up(d, time.Minute), "minute")
	case d <= 48*time.Hour:
		return "about " + Count(up(d, time.Hour), "hour")
	default:
		return "about " + Count(up(d, 24*time.Hour), "day")
	}
}

func up(d, unit time.Duration) int { return int((d + unit - 1) / unit) }
