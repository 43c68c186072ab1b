package community

import (
	"context"
	"time"

	"forseti/commands"
	"forseti/enforce"
)

const limitsKey = "limits" // in modeNamespace

// limit changes the blast radius. What differs from the configuration is stored; the
// rest follows the configuration.
func (h hands) limit(ctx context.Context, c commands.Change) error {
	var now commands.Limits
	h.see(func() { now = commands.Limits(h.c.world.Settings.Limits) })
	byDefault := commands.Limits(h.c.opts.Settings.Limits)
	to, initial := &now.Members, byDefault.Members
	if c.Kind == commands.LimitPercent {
		to, initial = &now.Percent, byDefault.Percent
	}
	*to = c.Number
	if c.Number == 0 {
		*to = initial
	}
	stored := now
	if stored.Members == byDefault.Members {
		stored.Members = 0
	}
	if stored.Percent == byDefault.Percent {
		stored.Percent = 0
	}
	if err := h.c.store.SetSetting(ctx, modeNamespace, limitsKey, stored); err != nil {
		h.c.log.Err(err).Msg("Limits not stored")
		return refuse("The limits cannot be stored; my log says more")
	}
	h.see(func() { h.c.world.Settings.Limits = enforce.Limits(now) })
	return nil
}

func (c *Community) loadLimits(ctx context.Context) error {
	var stored commands.Limits
	if _, err := c.store.Setting(ctx, modeNamespace, limitsKey, &stored); err != nil {
		return err
	}
	limits := &c.world.Settings.Limits
	if stored.Members > 0 {
		limits.Members = stored.Members
	}
	if stored.Percent > 0 {
		limits.Percent = stored.Percent
	}
	return nil
}

// defaultWithin is the time in which the changes of one list count together.
const defaultWithin = 10 * time.Minute
