package community

import (
	"context"
	"time"
	_ "time/tzdata" // a container has no zones

	"forseti/community/commits"
	"forseti/sanction"
	"forseti/store"
)

// clock is by which clocks moderators live.
type clock struct {
	commits *commits.Writer

	set  sanction.Clock
	zone *time.Location

	moved func(now time.Time) // hears that digests come at other times
}

// clockKey is where it is kept, among what moderators set about the whole bot.
const clockKey = "clock"

func (c *clock) load(ctx context.Context, settings *store.Settings) error {
	var written map[string]string
	if _, err := settings.Read(ctx, modeNamespace, clockKey, &written); err != nil {
		return err
	}
	set, err := sanction.ParseClock(written, nil)
	if err != nil {
		set = sanction.Clock{} // of a version that knows more
	}
	c.take(set)
	return nil
}

// take has it go by a zone. One that is known no more is UTC.
func (c *clock) take(set sanction.Clock) {
	c.set, c.zone = set, time.UTC
	if zone, err := sanction.ParseZone(set.Zone, time.LoadLocation); err == nil {
		c.zone = zone
	}
}

// change makes what moderators want of it hold.
func (c *clock) change(set sanction.Clock, now time.Time) {
	c.take(set)
	c.moved(now)
	if set == (sanction.Clock{}) {
		c.commits.Setting(modeNamespace, clockKey, nil)
		return
	}
	c.commits.Setting(modeNamespace, clockKey, set.Written())
}
