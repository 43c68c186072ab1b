package community

import (
	"context"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/sanction"
	"forseti/store"
)

// duty is who of the moderators is on duty.
type duty struct {
	commits *commits.Writer

	of sanction.Duty
}

// dutyKey is where it is kept, in modeNamespace.
const dutyKey = "duty"

func (d *duty) load(ctx context.Context, settings *store.Settings) error {
	_, err := settings.Read(ctx, modeNamespace, dutyKey, &d.of)
	return err
}

// change has somebody be on duty until a time, or no more.
func (d *duty) change(u id.UserID, until, now time.Time) {
	with, ok := d.of.With(u, until, now)
	if !ok {
		return // somebody was faster, and said so before
	}
	if d.of = with; len(with) == 0 {
		d.commits.Setting(modeNamespace, dutyKey, nil)
		return
	}
	d.commits.Setting(modeNamespace, dutyKey, with)
}

// left takes in that somebody is no moderator any more.
func (d *duty) left(u id.UserID, now time.Time) {
	if _, on := d.of[u]; on {
		d.change(u, time.Time{}, now)
	}
}

// at is who is on duty, and until when.
func (d *duty) at(now time.Time) sanction.Duty {
	on := sanction.Duty{}
	for _, u := range d.of.At(now) {
		on[u] = d.of[u]
	}
	return on
}

// order is what a command asks for.
func (d *duty) order(c commands.Change, now time.Time) {
	until, _ := time.Parse(time.RFC3339, c.Value)
	d.change(c.User, until, now)
}

// dutyDesk shows who is on duty.
type dutyDesk struct {
	loop  *loop.Loop
	duty  *duty
	world *enforce.World
}

var _ commands.DutyDesk = dutyDesk{}

// Duty is who is on duty.
func (d dutyDesk) Duty() (on sanction.Duty) {
	d.loop.See(func() { on = d.duty.at(time.Now()) })
	return on
}

// Moderator reports whether somebody may be.
func (d dutyDesk) Moderator(u id.UserID) (is bool) {
	d.loop.See(func() { is = d.world.Moderator(u) })
	return is
}

// Now is the time.
func (dutyDesk) Now() time.Time { return time.Now() }
