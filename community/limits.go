package community

import (
	"cmp"
	"context"
	"time"

	"forseti/commands"
	"forseti/enforce"
)

const limitsKey = "limits" // in modeNamespace

// limitsOf gives the blast radius as commands see it.
func limitsOf(l enforce.Limits, within time.Duration) commands.Limits {
	return commands.Limits{Members: l.Members, Percent: l.Percent, Within: within}
}

// limit changes the blast radius. What differs from the configuration is stored; the
// rest follows the configuration.
func (h hands) limit(ctx context.Context, c commands.Change) error {
	var now commands.Limits
	h.see(func() { now = limitsOf(h.c.world.Settings.Limits, h.c.places.following.weigher.within) })
	byDefault := limitsOf(h.c.opts.Settings.Limits, defaultWithin)
	switch c.Kind {
	case commands.LimitPercent:
		now.Percent = cmp.Or(c.Number, byDefault.Percent)
	case commands.LimitWithin:
		now.Within = cmp.Or(time.Duration(c.Number)*time.Minute, byDefault.Within)
	default:
		now.Members = cmp.Or(c.Number, byDefault.Members)
	}
	stored := now
	if stored.Members == byDefault.Members {
		stored.Members = 0
	}
	if stored.Percent == byDefault.Percent {
		stored.Percent = 0
	}
	if stored.Within == byDefault.Within {
		stored.Within = 0
	}
	if err := h.c.opts.Store.Settings.Set(ctx, modeNamespace, limitsKey, stored); err != nil {
		h.c.opts.Log.Err(err).Msg("Limits not stored")
		return refuse("The limits cannot be stored; my log says more")
	}
	h.see(func() { h.c.places.following.weigher.setLimits(now) })
	return nil
}

func (w *weigher) setLimits(l commands.Limits) {
	w.world.Settings.Limits = enforce.Limits{Members: l.Members, Percent: l.Percent}
	w.within = l.Within
}

func (w *weigher) loadLimits(ctx context.Context) error {
	var stored commands.Limits
	if _, err := w.store.Read(ctx, modeNamespace, limitsKey, &stored); err != nil {
		return err
	}
	now := limitsOf(w.world.Settings.Limits, defaultWithin)
	w.setLimits(commands.Limits{
		Members: pick(stored.Members > 0, stored.Members, now.Members),
		Percent: pick(stored.Percent > 0, stored.Percent, now.Percent),
		Within:  pick(stored.Within > 0, stored.Within, now.Within),
	})
	return nil
}

// defaultWithin is the time in which the changes of one list count together.
const defaultWithin = 10 * time.Minute
