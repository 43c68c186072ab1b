package community

import (
	"context"
	"errors"
	"time"

	"forseti/commands"
	"forseti/enforce"
)

const limitsKey = "limits" // in modeNamespace

// Limits gives the blast radius as it is, and as the configuration has it.
func (k *desk) Limits() (now, byDefault commands.Limits) {
	k.see(func() { now = commands.Limits(k.c.world.Settings.Limits) })
	return now, commands.Limits(k.c.opts.Settings.Limits)
}

// SetLimits changes it. What differs from the configuration is stored; the rest
// follows the configuration.
func (k *desk) SetLimits(ctx context.Context, to commands.Limits) error {
	byDefault := k.c.opts.Settings.Limits
	stored := to
	if stored.Members == byDefault.Members {
		stored.Members = 0
	}
	if stored.Percent == byDefault.Percent {
		stored.Percent = 0
	}
	if err := k.c.store.SetSetting(ctx, modeNamespace, limitsKey, stored); err != nil {
		k.c.log.Err(err).Msg("Limits not stored")
		return errors.New("the limits cannot be stored; see the log")
	}
	k.see(func() { k.c.world.Settings.Limits = enforce.Limits(to) })
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
