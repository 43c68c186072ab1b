package community

import (
	"context"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/desk"
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
	clock   *clock
	duty    *duty
	loop    *loop.Loop
	look    func(ctx context.Context, room id.RoomID) (wrong string, err error) // what is wrong with a log room

	set   sanction.Calls
	zone  *time.Location       // unless it is that of the clock
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
	c.speaker.logTo(set.Log)
	if zone, err := sanction.ParseZone(set.Zone, time.LoadLocation); err == nil {
		c.zone = zone
	}
}

// change makes what moderators want of it hold.
func (c *calls) change(set sanction.Calls) {
	c.take(set)
	c.commits.Setting(modeNamespace, callsKey, set)
	c.lookAtLog()
}

// found calls for something that was found. said is escaped.
func (c *calls) found(of sanction.Class, said string, now time.Time) {
	zone := c.zone
	if c.set.Zone == "" {
		zone = c.clock.zone
	}
	call, any := c.set.For(of, now, zone)
	if ago := now.Sub(c.last[of.String()]); !any || ago >= 0 && ago < callAgain {
		return
	}
	c.last[of.String()] = now
	c.count++
	heading := c.set.Heading(of)
	if heading == "" {
		heading = of.String()
	}
	m := action.Message{Markdown: fmt.Sprintf("**%s**: %s", heading, said)}
	switch call.Ping {
	case "":
	case sanction.Everybody:
		on := c.duty.of.At(now)
		if call.Room != "" || len(on) == 0 {
			m.Everybody, m.Markdown = true, sanction.Everybody+" "+m.Markdown
			break
		}
		for _, u := range slices.Backward(on) {
			m.Mentions, m.Markdown = append(m.Mentions, u), text.Code(string(u))+" "+m.Markdown
		}
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

// lookAtLog looks whether only moderators read the log room.
func (c *calls) lookAtLog() {
	room := c.set.Log
	if room == "" {
		return
	}
	c.loop.Later("look at the log room", func(ctx context.Context) {
		wrong, err := c.look(ctx, room)
		if err != nil {
			return // it is looked at again
		}
		c.loop.Post(func() { c.speaker.logIs(room, wrong) })
	}, nil)
}

// callDesk shows who is called.
type callDesk struct {
	loop  *loop.Loop
	calls *calls
	world *enforce.World
	desk.LogRooms
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
