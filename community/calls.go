package community

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // quiet hours are by the clocks of moderators, and a container has no zones

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// calls are the short messages besides alerts that call somebody, or are said in another
// room. An alert itself mentions nobody: it is edited as it goes on, and edits ring no phone.
type calls struct {
	commits *commits.Writer
	runner  *enforce.Runner
	speaker *speaker

	set   sanction.Calls
	zone  *time.Location
	last  map[string]time.Time // by class
	count int
}

// callAgain is how long what is as bad calls nobody again: it is told with the alert.
const callAgain = 5 * time.Minute

// callsKey is where they are kept, among what moderators set about the whole bot.
const callsKey = "calls"

func (c *calls) load(ctx context.Context, settings *store.Settings) error {
	var set sanction.Calls
	if _, err := settings.Read(ctx, modeNamespace, callsKey, &set); err != nil {
		return err
	}
	c.take(set)
	return nil
}

// take has calls be made as they are set. A zone that is known no more is UTC.
func (c *calls) take(set sanction.Calls) {
	c.set, c.zone = set, time.UTC
	if zone, err := sanction.ParseZone(set.Zone, time.LoadLocation); err == nil {
		c.zone = zone
	}
}

// change makes what moderators want of it hold.
func (c *calls) change(set sanction.Calls) {
	c.take(set)
	c.commits.Setting(modeNamespace, callsKey, set)
}

// found calls for something that was found. said is escaped.
func (c *calls) found(of sanction.Class, said string, now time.Time) {
	call, any := c.set.For(of, now, c.zone)
	if ago := now.Sub(c.last[of.String()]); !any || ago >= 0 && ago < callAgain {
		return
	}
	c.last[of.String()] = now
	c.count++
	m := action.Message{Markdown: fmt.Sprintf("**%s**: %s", of, said)}
	switch call.Ping {
	case "":
	case sanction.Everybody:
		m.Everybody, m.Markdown = true, sanction.Everybody+" "+m.Markdown
	default:
		m.Mentions, m.Markdown = []id.UserID{id.UserID(call.Ping)}, text.Code(call.Ping)+" "+m.Markdown
	}
	if call.Room == "" {
		c.speaker.speakUp(m, nil)
		return
	}
	name := fmt.Sprintf("forseti-call-%d-%d", now.UnixMilli(), c.count)
	c.runner.Want(action.Action{ID: name, Verb: action.Say, Room: call.Room, Message: &m, Cause: action.Cause{Kind: action.ByForseti}}, now)
}

// callDesk shows who is called.
type callDesk struct {
	loop  *loop.Loop
	calls *calls
	world *enforce.World
}

var _ commands.CallDesk = callDesk{}

// Calls is what holds.
func (d callDesk) Calls() (set sanction.Calls) {
	d.loop.See(func() { set = d.calls.set })
	return set
}

// Moderator reports whether somebody may be called.
func (d callDesk) Moderator(u id.UserID) (is bool) {
	d.loop.See(func() { is = d.world.Moderator(u) })
	return is
}

// Zone says what is wrong with a time zone.
func (callDesk) Zone(name string) error { return callable{}.Zone(name) }
