package community

import (
	"context"
	"time"

	"forseti/commands"
	"forseti/sanction"
	"forseti/store"
)

// statsDesk shows what protections found, as it is stored: more than what still weighs
// something.
type statsDesk struct{ offences *store.Offences }

var _ commands.StatsDesk = statsDesk{}

// Tallies are how many offences there were since a time.
func (d statsDesk) Tallies(ctx context.Context, since time.Time) ([]commands.Tally, error) {
	stored, err := d.offences.Tallies(ctx, since, overturned, commands.LiftedSoon)
	all := make([]commands.Tally, 0, len(stored))
	for _, t := range stored {
		if t.Protection == "" {
			continue // a moderator's warning
		}
		one := commands.Tally{Protection: t.Protection, Step: sanction.ParseStep(t.Step), Found: t.Offences, Undone: t.Overturned}
		if one.Step >= sanction.Mute { // whose ban is lifted begins anew, which says nothing against what was removed before
			one.Undone += t.Lifted
		}
		all = append(all, one)
	}
	return all, err
}

// Now is the time.
func (statsDesk) Now() time.Time { return time.Now() }
