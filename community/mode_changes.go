package community

import (
	"cmp"
	"context"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/loop"
	"forseti/store"
)

// modeNamespace holds what moderators set about the whole bot.
const modeNamespace = "mode"

// modeChanges are what commands set about the whole bot.
type modeChanges struct {
	loop      *loop.Loop
	log       zerolog.Logger
	store     *store.Settings
	speaker   *speaker
	weigher   *weigher
	reasons   *reasons
	byDefault commands.Limits // as the configuration has them
	setDry    func(on bool)
	listen    func(ctx context.Context, by run, room id.RoomID) error // in another room in place of this one
}

// dryRun stops all writing, or lets it go on. What would have been done in a dry run is
// then found again, and done.
func (m *modeChanges) dryRun(ctx context.Context, by run, on bool) error {
	if err := m.store.Set(ctx, modeNamespace, "dry_run", on); err != nil {
		m.log.Err(err).Msg("Dry run not stored")
		return refuse("The setting cannot be stored; my log says more")
	}
	m.loop.See(func() {
		replies := m.speaker.report.Replies
		replies.Following(by.command, time.Now())
		defer replies.Following("", time.Now())
		m.setDry(on)
		m.weigher.queue.enqueue(m.weigher.world.Again(), time.Now())
	})
	return nil
}

// setDryRun begins or ends a dry run.
func (c *Community) setDryRun(on bool) {
	c.jobs.runner.SetDry(on, time.Now())
	c.speaker.report.Dry(on)
	if !on {
		letGo(c.orders.lanes[:])
	}
}

// limit changes the blast radius. What differs from the configuration is stored; the
// rest follows the configuration.
func (m *modeChanges) limit(ctx context.Context, c commands.Change) error {
	var now commands.Limits
	m.loop.See(func() { now = m.weigher.shownLimits() })
	switch c.Kind {
	case commands.LimitPercent:
		now.Percent = cmp.Or(c.Number, m.byDefault.Percent)
	case commands.LimitWithin:
		now.Within = cmp.Or(time.Duration(c.Number)*time.Minute, m.byDefault.Within)
	default:
		now.Members = cmp.Or(c.Number, m.byDefault.Members)
	}
	if err := m.store.Set(ctx, modeNamespace, limitsKey, now.Apart(m.byDefault)); err != nil {
		m.log.Err(err).Msg("Limits not stored")
		return refuse("The limits cannot be stored; my log says more")
	}
	m.loop.See(func() { m.weigher.setLimits(now) })
	return nil
}
