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
	stored, err := d.offences.Tallies(ctx, since)
	all := make([]commands.Tally, 0, len(stored))
	for _, t := range stored {
		all = append(all, commands.Tally{Protection: t.Protection, Step: sanction.ParseStep(t.Step), Found: t.Offences, Undone: t.Undone})
	}
	return all, err
}

// Now is the time.
func (statsDesk) Now() time.Time { return time.Now() }
