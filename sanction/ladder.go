package sanction

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"forseti/text"
)

// Ladder is the ladder as a community has set it. The zero Ladder has nothing set: make one
// with [Usual] or [ParseLadder].
type Ladder struct {
	halfLife time.Duration
	again    float64 // to which share of its points one must have fallen to meet a step again
	ceiling  Step
	from     [Takedown + 1]float64 // zero for a step that no points lead to
	mute     time.Duration
	ban      time.Duration // zero for good
}

const (
	never    = "never"
	forGood  = "good"
	mostFrom = 1000
)

// ladderRows are all settings, in the order in which they are shown.
func ladderRows() []row[Ladder] {
	all := []row[Ladder]{{
		name: "half-life", usual: "7d", doc: "After how long an offence counts half. From 1h to 90d.",
		set:   func(l *Ladder, w string) (err error) { l.halfLife, err = spanWithin(w, time.Hour, 90*day); return err },
		write: func(l Ladder) string { return Span(l.halfLife) },
	}, {
		name: "again", usual: "50", doc: "To what percentage of where a step begins points must have fallen before it is taken once more for little. From 10 to 90.",
		set: func(l *Ladder, w string) error {
			n, err := strconv.Atoi(strings.TrimSuffix(w, "%"))
			if err != nil || n < 10 || n > 90 {
				return fmt.Errorf("it is a whole number from 10 to 90")
			}
			l.again = float64(n) / 100
			return nil
		},
		write: func(l Ladder) string { return fmt.Sprintf("%.0f", 100*l.again) },
	}, {
		name: "ceiling", usual: Takedown.String(), doc: "The highest step that is taken without a moderator, whatever points or `consequence` say. From `alert` to `takedown`.",
		set: func(l *Ladder, w string) error {
			if l.ceiling = ParseStep(strings.ToLower(w)); l.ceiling == None {
				return fmt.Errorf("it is one of %s", strings.Join(stepNames()[1:], ", "))
			}
			return nil
		},
		write: func(l Ladder) string { return l.ceiling.String() },
	}}
	for _, r := range ladder() {
		if r.from > 0 {
			all = append(all, thresholdRow(r))
		}
	}
	return append(all, row[Ladder]{
		name: "mute-lasts", usual: "1h", doc: "How long a mute lasts unless `consequence` says otherwise. From 1m to 30d.",
		set:   func(l *Ladder, w string) (err error) { l.mute, err = spanWithin(w, time.Minute, 30*day); return err },
		write: func(l Ladder) string { return Span(l.mute) },
	}, row[Ladder]{
		name: "ban-lasts", usual: "7d", doc: "How long a ban lasts that is not for spam or an attack, unless `consequence` says otherwise. From 1h to 365d, or `" + forGood + "` for good.",
		set: func(l *Ladder, w string) (err error) {
			if l.ban = 0; strings.EqualFold(w, forGood) {
				return nil
			}
			if l.ban, err = spanWithin(w, time.Hour, longest); err != nil {
				err = fmt.Errorf("%w, or %s for good", err, forGood)
			}
			return err
		},
		write: func(l Ladder) string { return pick(l.ban == 0, forGood, Span(l.ban)) },
	})
}

// thresholdRow is from how many points on a step is taken.
func thresholdRow(r rung) row[Ladder] {
	return row[Ladder]{
		name: r.name, usual: fmt.Sprintf("%.0f", r.from), doc: fmt.Sprintf("From how many points on %s. From 1 to %d, or `%s`.", r.does, mostFrom, never),
		set: func(l *Ladder, w string) error {
			if l.from[r.step] = 0; strings.EqualFold(w, never) {
				return nil
			}
			n, err := strconv.Atoi(w)
			if err != nil || n < 1 || n > mostFrom {
				return fmt.Errorf("it is a whole number of points from 1 to %d, or %s", mostFrom, never)
			}
			l.from[r.step] = float64(n)
			return nil
		},
		write: func(l Ladder) string { return pick(l.from[r.step] == 0, never, fmt.Sprintf("%.0f", l.from[r.step])) },
	}
}

func pick(first bool, one, other string) string {
	if first {
		return one
	}
	return other
}

func spanWithin(written string, least, most time.Duration) (time.Duration, error) {
	d, ok := ParseSpan(strings.ToLower(written))
	if !ok || d < least || d > most {
		return 0, fmt.Errorf("it is a time with its unit from %s to %s, such as 90m or 2d", Span(least), Span(most))
	}
	return d, nil
}

// Usual is the ladder of a community that has set nothing.
func Usual() Ladder {
	l, err := ParseLadder(nil)
	if err != nil {
		panic(err) // the defaults are held by a test
	}
	return l
}

const theLadder = "the ladder"

// ParseLadder reads what was set, by name. An error is [Misfits].
func ParseLadder(written map[string]string) (Ladder, error) {
	var l Ladder
	if wrong := readRows(ladderRows(), &l, written, theLadder); len(wrong) > 0 {
		return Ladder{}, wrong
	}
	return l, l.ascends()
}

// ascends reports as an error that a step begins before a milder one: it would never be
// reached.
func (l Ladder) ascends() error {
	last := None
	for s := Warn; s < Takedown; s++ {
		if l.from[s] == 0 {
			continue
		}
		if last != None && l.from[s] <= l.from[last] {
			return Misfits{{[]string{last.String(), s.String()}, fmt.Sprintf("%s would begin at %.0f points and %s at %.0f; a harder step begins at more points, so change the other one first",
				text.Code(s.String()), l.from[s], text.Code(last.String()), l.from[last])}}
		}
		last = s
	}
	return nil
}

// With is the ladder with one setting changed; the value "default" brings the usual one back.
func (l Ladder) With(name, value string) (Ladder, error) {
	written := l.Written()
	written[strings.ToLower(name)] = value
	return ParseLadder(written)
}

// Written is what was set otherwise than usual, for ParseLadder.
func (l Ladder) Written() map[string]string { return otherwise(ladderRows(), l) }

// Settings are all settings, and how each stands.
func (l Ladder) Settings() []SharedSetting { return settingsOf(ladderRows(), l) }

// Remembered is how long an offence is kept in mind: as long as it can weigh anything, and
// long enough that it can be undone.
func (l Ladder) Remembered() time.Duration { return forgotten * max(l.halfLife, 7*day) }

// Ends is when a step that is taken now ends by itself; zero for never.
func (l Ladder) Ends(s Step, c Class, now time.Time) time.Time {
	switch {
	case s == Mute:
		return now.Add(l.mute)
	case s == Ban && c < Spam && l.ban > 0: // who came for spam or an attack has no reason to come back
		return now.Add(l.ban)
	default:
		return time.Time{}
	}
}

// Warning is how many points a moderator's warning has: as many as lead to one otherwise, or, if
// none do here, as usual.
func (l Ladder) Warning() int {
	for _, from := range []float64{l.from[Warn], Warn.row().from} {
		if from > 0 {
			return int(from)
		}
	}
	return 0
}

// Ahead is the next step that points of all kinds lead to from a number of them, and at how many
// it begins; false if there is none.
func (l Ladder) Ahead(points float64) (next Step, from int, more bool) {
	for _, r := range l.rungs() {
		if r.only == Note && r.from > points {
			return r.step, int(r.from), true
		}
	}
	return None, 0, false
}

// rungs are the steps that points lead to, the mildest first.
func (l Ladder) rungs() []rung {
	all := ladder()
	for i := range all {
		all[i].from = l.from[all[i].step]
	}
	return slices.DeleteFunc(all, func(r rung) bool { return r.from == 0 || r.step > l.ceiling })
}
