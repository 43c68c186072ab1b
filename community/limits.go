package community

import (
	"context"
	"time"

	"forseti/commands"
	"forseti/enforce"
)

const limitsKey = "limits" // in modeNamespace

// defaultWithin is the time in which the changes of one list count together.
const defaultWithin = 10 * time.Minute

// limitsOf gives the blast radius as commands see it.
func limitsOf(l enforce.Limits, within time.Duration) commands.Limits {
	return commands.Limits{Members: l.Members, Percent: l.Percent, Within: within}
}

func (w *weigher) shownLimits() commands.Limits { return limitsOf(w.world.Settings.Limits, w.within) }

func (w *weigher) setLimits(l commands.Limits) {
	w.world.Settings.Limits = enforce.Limits{Members: l.Members, Percent: l.Percent}
	w.within = l.Within
}

func (w *weigher) loadLimits(ctx context.Context) error {
	var stored commands.Limits
	if _, err := w.store.Read(ctx, modeNamespace, limitsKey, &stored); err != nil {
		return err
	}
	w.useLimits(stored)
	return nil
}

// useLimits sets those that are not zero; the others are as the configuration has them.
func (w *weigher) useLimits(stored commands.Limits) {
	now := limitsOf(w.world.Settings.Limits, defaultWithin)
	w.setLimits(commands.Limits{
		Members: pick(stored.Members > 0, stored.Members, now.Members),
		Percent: pick(stored.Percent > 0, stored.Percent, now.Percent),
		Within:  pick(stored.Within > 0, stored.Within, now.Within),
	})
}
