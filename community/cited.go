package community

import (
	"context"
	"errors"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/content"
	"forseti/enforce"
	"forseti/wire"
)

// cited reads the messages that commands are about, and finds them by what moderators point at.
type cited struct {
	world      *enforce.World
	home       Reader
	evidence   *evidence
	management *management
	alerts     *alerts
}

var _ commands.MessageDesk = (*cited)(nil)

var (
	errGone   = desk.Sentence("It is removed, and I have kept nothing of it")
	errSealed = desk.Sentence("It is encrypted, and I have no key for it")
)

// message gives a message in clear: as it is remembered, as it was kept, or as the homeserver has
// it. An error is a sentence; with errGone and errSealed there is the message, of which nothing
// can be read.
func (c *cited) message(ctx context.Context, room id.RoomID, of id.EventID) (evt *event.Event, err error) {
	e := c.evidence
	e.loop.See(func() { evt = e.latest.events[of] })
	if evt != nil && evt.RoomID == room {
		return evt, nil
	}
	if kept, found, err := e.store.Evidence.Of(ctx, of); err == nil && found && kept.Room == room {
		evt = &event.Event{ID: of, RoomID: room, Sender: kept.Sender, Timestamp: kept.Sent, Type: event.Type{Type: kept.Type, Class: event.MessageEventType}}
		evt.Content.VeryRaw, evt.Mautrix.WasEncrypted = kept.Content, kept.Secret
		return evt, nil
	}
	evt, err = c.home.Event(ctx, room, of)
	switch {
	case err != nil:
		return nil, refuse("I cannot find that message: %s", explain(action.FailureOf(err)))
	case evt.Unsigned.RedactedBecause != nil:
		return evt, errGone
	case evt.Type.Type != event.EventEncrypted.Type:
		return evt, nil
	case e.secrets != nil:
		if clear, err := e.secrets.Decrypt(ctx, evt); err == nil {
			clear.RoomID = room
			return clear, nil
		}
	}
	return evt, errSealed
}

// Meant is part of commands.MessageDesk.
func (c *cited) Meant(ctx context.Context, p commands.Pointed) (m commands.Meant, err error) {
	here, room := c.management.room.ID(), p.Room
	c.evidence.loop.See(func() {
		if room == "" || room == here {
			m.Messages = c.told(p.Event)
		}
		if evt := c.evidence.latest.events[p.Event]; evt != nil && room == "" {
			room = evt.RoomID
		}
	})
	if len(m.Messages) > 0 {
		return m, nil
	}
	if kept, found, err := c.evidence.store.Evidence.Of(ctx, p.Event); room == "" && err == nil && found {
		room = kept.Room
	}
	if room == "" || room == here {
		return c.here(ctx, here, p)
	}
	if !c.protects(room) {
		return m, desk.Sentence("That message is in a room that I do not protect")
	}
	evt, err := c.message(ctx, room, p.Event)
	if evt == nil {
		return m, err
	}
	return commands.Meant{Messages: []commands.Said{{Room: room, Event: p.Event, By: evt.Sender}}}, nil
}

func (c *cited) protects(room id.RoomID) (is bool) {
	c.evidence.loop.See(func() { is = c.world.Room(room) != nil })
	return is
}

// told are the messages that an alert is about, in rooms that are protected still.
func (c *cited) told(of id.EventID) (all []commands.Said) {
	a := c.alerts.at[of]
	if a == nil || a.About != "" { // nobody said anything yet
		return nil
	}
	for _, f := range a.Cases {
		same := func(o commands.Said) bool { return o.Event == f.Event }
		if f.Event != "" && c.world.Room(f.Room) != nil && !slices.ContainsFunc(all, same) {
			all = append(all, commands.Said{Room: f.Room, Event: f.Event, By: f.User})
		}
	}
	return all
}

// here is what a message to moderators is about. What I say tells of nothing but its alerts: it
// quotes strangers, who may have put links into what they wrote.
func (c *cited) here(ctx context.Context, here id.RoomID, p commands.Pointed) (m commands.Meant, err error) {
	evt, err := c.message(ctx, here, p.Event)
	switch {
	case evt == nil && p.Room == "":
		return m, desk.Sentence("I do not find that message here. Paste the link to it")
	case err != nil:
		return m, err
	case evt.StateKey != nil:
		return m, desk.Sentence("That is no message, but a piece of this room's state")
	case evt.Sender == c.world.Self():
		to := id.EventID(wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Object("m.relates_to").Object("m.in_reply_to").Short("event_id", mostEventID))
		c.evidence.loop.See(func() { m.Messages = c.told(to) })
		return m, nil
	}
	said := content.Read(evt.Type.Type, evt.Content.VeryRaw)
	m.Here, m.Pictures = commands.Said{Room: here, Event: p.Event, By: evt.Sender}, len(said.Images())
	for _, l := range said.Links() {
		room, protected := c.roomOf(l.Room)
		if l.Event == "" || l.Aside || !protected || len(m.Messages) == mostLinked {
			continue
		}
		of, err := c.message(ctx, room, l.Event)
		same := func(o commands.Said) bool { return o.Event == l.Event }
		if of != nil && (err == nil || errors.Is(err, errGone) || errors.Is(err, errSealed)) && !slices.ContainsFunc(m.Messages, same) {
			m.Messages = append(m.Messages, commands.Said{Room: room, Event: l.Event, By: of.Sender})
		}
	}
	return m, nil
}

// mostLinked is how many links of a message are followed.
const mostLinked = 20

// roomOf is the protected room that a link leads to.
func (c *cited) roomOf(written string) (room id.RoomID, protected bool) {
	c.evidence.loop.See(func() {
		for name, r := range c.world.Rooms() {
			if string(name) == written || written != "" && string(r.Alias()) == written {
				room, protected = name, true
			}
		}
	})
	return room, protected
}
