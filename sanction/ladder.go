package sanction

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"forseti/text"
)

// Ladder is the ladder as a community has set it. The zero Ladder has nothing set: make one
// with [Usual] or [ParseLadder].
type Ladder struct {
	written  map[string]string // what was set, as it was written
	halfLife time.Duration
	again    float64 // to which share of its points one must have fallen to meet a step again
	ceiling  Step
	from     [Takedown + 1]float64 // zero for a step that no points lead to
	mute     time.Duration
	ban      time.Duration // zero for good
}

// LadderSetting is a setting of the ladder, for moderators.
type LadderSetting struct{ Name, Value, Default, Doc string }

// ladderSetting is a row of what can be set.
type ladderSetting struct {
	name, usual, doc string
	set              func(l *Ladder, written string) error
}

const (
	never    = "never"
	forGood  = "good"
	mostFrom = 1000
)

// ladderSettings are all of them, in the order in which they are shown.
func ladderSettings() []ladderSetting {
	all := []ladderSetting{
		{"half-life", "7d", "After how long an offence counts half. From 1h to 90d.", func(l *Ladder, w string) (err error) {
			l.halfLife, err = spanWithin(w, time.Hour, 90*day)
			return err
		}},
		{"again", "50", "To what percentage of where a step begins points must have fallen before it is taken once more for little. From 10 to 90.", func(l *Ladder, w string) error {
			n, err := strconv.Atoi(strings.TrimSuffix(w, "%"))
			if err != nil || n < 10 || n > 90 {
				return fmt.Errorf("it is a whole number from 10 to 90")
			}
			l.again = float64(n) / 100
			return nil
		}},
		{"ceiling", Takedown.String(), "The highest step that is taken without a moderator, whatever points or `consequence` say. From `alert` to `takedown`.", func(l *Ladder, w string) error {
			if l.ceiling = ParseStep(w); l.ceiling == None {
				return fmt.Errorf("it is one of %s", strings.Join(stepNames()[1:], ", "))
			}
			return nil
		}},
	}
	for _, r := range ladder() {
		if r.from == 0 {
			continue
		}
		all = append(all, ladderSetting{r.name, fmt.Sprintf("%.0f", r.from), fmt.Sprintf("From how many points on %s. From 1 to %d, or `%s`.", r.does, mostFrom, never), func(l *Ladder, w string) error {
			if w == never {
				l.from[r.step] = 0
				return nil
			}
			n, err := strconv.Atoi(w)
			if err != nil || n < 1 || n > mostFrom {
				return fmt.Errorf("it is a whole number of points from 1 to %d, or %s", mostFrom, never)
			}
			l.from[r.step] = float64(n)
			return nil
		}})
	}
	return append(all,
		ladderSetting{"mute-lasts", "1h", "How long a mute lasts unless `consequence` says otherwise. From 1m to 30d.", func(l *Ladder, w string) (err error) {
			l.mute, err = spanWithin(w, time.Minute, 30*day)
			return err
		}},
		ladderSetting{"ban-lasts", "7d", "How long a ban lasts that is not for spam or an attack, unless `consequence` says otherwise. From 1h to 365d, or `" + forGood + "` for good.", func(l *Ladder, w string) (err error) {
			if l.ban = 0; w == forGood {
				return nil
			}
			if l.ban, err = spanWithin(w, time.Hour, longest); err != nil {
				err = fmt.Errorf("%w, or %s for good", err, forGood)
			}
			return err
		}})
}

func spanWithin(written string, least, most time.Duration) (time.Duration, error) {
	d, ok := ParseSpan(written)
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

// ParseLadder reads what was set, by name. Errors are words for moderators.
func ParseLadder(written map[string]string) (Ladder, error) {
	l := Ladder{written: map[string]string{}}
	known := map[string]bool{}
	for _, s := range ladderSettings() {
		known[s.name] = true
		w, set := written[s.name]
		if w = strings.ToLower(strings.TrimSpace(w)); !set {
			w = s.usual
		} else if w != s.usual {
			l.written[s.name] = w
		}
		if err := s.set(&l, w); err != nil {
			return Ladder{}, fmt.Errorf("%s cannot be %s: %w", text.Code(s.name), text.Code(text.Clip(w, 40)), err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		if !known[name] {
			return Ladder{}, unknownSetting(name)
		}
	}
	return l, l.ascends()
}

func unknownSetting(name string) error {
	var names []string
	for _, s := range ladderSettings() {
		names = append(names, s.name)
	}
	said := fmt.Sprintf("the ladder has no setting %s", text.Code(text.Clip(name, 40)))
	if best := text.Nearest(name, names); best != "" {
		return fmt.Errorf("%s; did you mean %s?", said, text.Code(best))
	}
	return fmt.Errorf("%s; it has %s", said, text.Names(names, len(names)))
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
			return fmt.Errorf("%s would begin at %.0f points and %s at %.0f; a harder step begins at more points, so change the other one first",
				text.Code(s.String()), l.from[s], text.Code(last.String()), l.from[last])
		}
		last = s
	}
	return nil
}

// With is the ladder with one setting changed; the value "default" brings the usual one back.
func (l Ladder) With(name, value string) (Ladder, error) {
	written := maps.Clone(l.written)
	if written == nil {
		written = map[string]string{}
	}
	name = strings.ToLower(name)
	if written[name] = value; strings.EqualFold(strings.TrimSpace(value), "default") {
		if delete(written, name); !slices.ContainsFunc(ladderSettings(), func(s ladderSetting) bool { return s.name == name }) {
			return Ladder{}, unknownSetting(name)
		}
	}
	return ParseLadder(written)
}

// Written is what was set otherwise than usual, for ParseLadder.
func (l Ladder) Written() map[string]string { return maps.Clone(l.written) }

// Settings are all settings, and how each stands.
func (l Ladder) Settings() (all []LadderSetting) {
	for _, s := range ladderSettings() {
		now, set := l.written[s.name]
		if !set {
			now = s.usual
		}
		all = append(all, LadderSetting{Name: s.name, Value: now, Default: s.usual, Doc: s.doc})
	}
	return all
}

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

// rungs are the steps that points lead to, the mildest first.
func (l Ladder) rungs() []rung {
	all := ladder()
	for i := range all {
		all[i].from = l.from[all[i].step]
	}
	return slices.DeleteFunc(all, func(r rung) bool { return r.from == 0 || r.step > l.ceiling })
}
