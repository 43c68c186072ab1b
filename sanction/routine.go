package sanction

import (
	"fmt"
	"strings"
	"time"
)

// Routine is when a community is stricter without anybody's order. The zero Routine is never.
type Routine struct {
	Silence time.Duration // after how long without a word of a moderator; zero for never
	Hours   Hours
}

// How long a silence may be set to.
const (
	LeastSilence = 10 * time.Minute
	MostSilence  = 7 * day
)

const off = "off"

func routineRows() []row[Routine] {
	return []row[Routine]{{
		name: "silence", usual: off, doc: fmt.Sprintf("After how long without a word of a moderator the posture is `unattended`. From %s to %s, or `%s`.", Span(LeastSilence), Span(MostSilence), off),
		set: func(r *Routine, w string) (err error) {
			if r.Silence = 0; strings.EqualFold(w, off) {
				return nil
			}
			if r.Silence, err = spanWithin(w, LeastSilence, MostSilence); err != nil {
				err = fmt.Errorf("%w, or %s", err, off)
			}
			return err
		},
		write: func(r Routine) string { return pick(r.Silence == 0, off, Span(r.Silence)) },
	}, {
		name: "hours", usual: off, doc: "In which hours of each day it is `unattended`, by the community's clocks, such as `23:00-07:00`, or `off`.",
		set: func(r *Routine, w string) error {
			h, ok := ParseHours(w)
			if strings.EqualFold(w, off) {
				h, ok = Hours{}, true
			}
			if r.Hours = h; !ok {
				return fmt.Errorf("it is hours such as 23:00-07:00, or %s", off)
			}
			return nil
		},
		write: func(r Routine) string { return pick(r.Hours == Hours{}, off, r.Hours.String()) },
	}}
}

// ParseRoutine reads what was set, by name. An error is [Misfits].
func ParseRoutine(written map[string]string) (r Routine, err error) {
	if wrong := readRows(routineRows(), &r, written, "the posture"); len(wrong) > 0 {
		return Routine{}, wrong
	}
	return r, nil
}

// Written is what was set otherwise than usual, for ParseRoutine.
func (r Routine) Written() map[string]string { return otherwise(routineRows(), r) }

// Settings are all settings of it, and how each stands.
func (r Routine) Settings() []SharedSetting { return settingsOf(routineRows(), r) }

// Routine is when it is stricter by itself.
func (w *Watch) Routine() Routine { return Routine{w.Silence, w.Hours} }

// Follow has it be stricter when a routine says. A silence begins anew when it is set.
func (w *Watch) Follow(r Routine, now time.Time) {
	if w.Hours = r.Hours; w.Silence != r.Silence {
		w.Silence = r.Silence
		w.Heard(now)
	}
}
