package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// StatsDesk is what the command about the protections' record asks.
type StatsDesk interface {
	// Tallies are how many offences each protection found since a time, by what followed.
	Tallies(ctx context.Context, since time.Time) ([]Tally, error)
	Now() time.Time
}

// Tally is how many offences of a protection led to a step.
type Tally struct {
	Protection string
	Step       sanction.Step
	Found      int
	Undone     int // of those
}

// LiftedSoon is how long after an offence a moderator's lift of what followed says that it should not
// have: who is let back in later may just have had enough of it.
const LiftedSoon = 7 * 24 * time.Hour

// How far back is looked.
const (
	usualStats = 7 * 24 * time.Hour
	leastStats = time.Hour
	mostStats  = 365 * 24 * time.Hour
)

func statsCommands(d StatsDesk, protections ProtectionDesk) []*command {
	since := sinceValue(leastStats, mostStats)
	return []*command{{
		name: "stats", family: "Protections", effect: looks,
		summary: "show how much each protection and rule found, and how much of it was undone",
		details: "What was undone is what moderators took back: by ↩️ or 👎 to an alert, by overturning a case, or by lifting a ban or a mute within 7 days, with a command or in any client. What ends by itself is not. Where much is undone, settings are too strict. " +
			"What was found in shadow or in a dry run is in none of it, nor what is older than what I keep.",
		flags:    []flag{{name: "since", value: &since, doc: "how far back, such as `30d`, or a date such as `2026-01-31`; 7 days if left out"}},
		examples: []string{"stats", "stats --since 30d"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return stats(ctx, c, d, protections) },
	}}
}

// record is what one protection found.
type record struct {
	name          string
	found, undone int
	steps         []Tally
}

func (r *record) add(t Tally) {
	r.found, r.undone = r.found+t.Found, r.undone+t.Undone
	if i := slices.IndexFunc(r.steps, func(s Tally) bool { return s.Step == t.Step }); i >= 0 {
		r.steps[i].Found += t.Found
		return
	}
	r.steps = append(r.steps, t)
}

func stats(ctx context.Context, c *call, d StatsDesk, protections ProtectionDesk) (Plan, error) {
	lasts, err := c.agoOf("since", d.Now(), usualStats, leastStats, mostStats)
	if err != nil {
		return Plan{}, err
	}
	tallies, err := d.Tallies(ctx, d.Now().Add(-lasts))
	if err != nil {
		return Plan{}, err
	}
	all := protections.Protections()
	var records []*record
	sum := record{}
	for _, t := range tallies {
		i := slices.IndexFunc(records, func(r *record) bool { return r.name == t.Protection })
		if i < 0 {
			i = len(records)
			records = append(records, &record{name: t.Protection})
		}
		records[i].add(t)
		sum.add(t)
	}
	slices.SortFunc(records, func(a, b *record) int {
		return cmp.Or(cmp.Compare(b.found, a.found), strings.Compare(a.name, b.name))
	})
	within := text.Duration(lasts)
	quiet := quietOnes(all, records)
	if len(records) == 0 {
		said := fmt.Sprintf("Protections found nothing in the last %s.", within)
		if quiet == "" {
			said += " None is on: `!forseti protections` lists them."
		}
		return Plan{Answer: text.Paragraphs(said, quiet)}, nil
	}
	const most = 40
	var lines, often []string
	for _, r := range records {
		lines = append(lines, r.line())
		if r.often() {
			often = append(often, r.called())
		}
	}
	if n := len(lines) - most; n > 0 {
		lines = append(lines[:most], fmt.Sprintf("and %d more, of which each found less or as much", n))
	}
	said := fmt.Sprintf("Found in the last %s: **%d**, of which %s.%s", within, sum.found, undoneWords(sum.found, sum.undone), listing(lines, ""))
	advice := ""
	if len(often) > 0 {
		advice = fmt.Sprintf("Much of what %s found was undone. `!forseti protections show <protection>` shows how one is set, and `!forseti shadow <protection>` has it only say what it would do.", text.And(often[:min(len(often), 5)]))
	}
	return Plan{Answer: text.Paragraphs(said, advice, quiet)}, nil
}

// called is the name that moderators know it by.
func (r *record) called() string {
	return text.Code(text.Clip(strings.TrimPrefix(r.name, rulePrefix), text.MostName))
}

// line is a row, short enough for a telephone.
func (r *record) line() string {
	slices.SortFunc(r.steps, func(a, b Tally) int { return cmp.Compare(b.Step, a.Step) })
	var steps []string
	for _, s := range r.steps {
		steps = append(steps, fmt.Sprintf("%s %d", cmp.Or(s.Step.String(), "none"), s.Found))
	}
	name := r.called()
	if strings.HasPrefix(r.name, rulePrefix) {
		name = "rule " + name
	}
	return fmt.Sprintf("%s: **%d** (%s), %s", name, r.found, strings.Join(steps, ", "), undoneWords(r.found, r.undone))
}

// undoneWords say how much was undone, and what share that is.
func undoneWords(found, undone int) string {
	switch {
	case undone == 0:
		return "none undone"
	case undone == found:
		return "all undone"
	}
	return fmt.Sprintf("%d undone (%s)", undone, percentOf(undone, found))
}

func percentOf(n, of int) string {
	const whole = 100
	if n*whole < of {
		return "under 1 %"
	}
	return fmt.Sprintf("%d %%", min((n*whole+of/2)/of, whole-1)) // of all it is said so
}

// often reports whether so much was undone that somebody should look at it.
func (r *record) often() bool {
	const fewest, percent = 3, 30
	return r.undone >= fewest && r.undone*100 > percent*r.found
}

// quietOnes are the protections that are on and found nothing.
func quietOnes(all []ProtectionInfo, records []*record) string {
	var names []string
	for _, p := range all {
		if p.Mode == kit.On && !slices.ContainsFunc(records, func(r *record) bool { return r.name == p.Name }) {
			names = append(names, p.called())
		}
	}
	if len(names) == 0 {
		return ""
	}
	const most = 30
	return "On, and found nothing: " + text.Named(names, most) + "."
}
