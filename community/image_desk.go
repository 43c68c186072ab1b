package community

import (
	"context"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/content"
	"forseti/images"
	"forseti/protections"
	"forseti/text"
)

// imageDesk shows the pictures that are banned, and downloads one that is to be.
type imageDesk struct {
	pictures   *pictures
	protectors *protectors
	alerts     *alerts
	management *management
	home       Reader
	secrets    Secrets // nil without encryption
}

var _ commands.ImageDesk = imageDesk{}

// mostNamed is how many bytes a picture may have that a moderator names.
const mostNamed = 50 << 20

// Banned is part of commands.ImageDesk.
func (d imageDesk) Banned(most int) (latest []images.Banned, all int) {
	d.pictures.loop.See(func() { latest, all = d.pictures.shelf.Latest(most), d.pictures.shelf.Len() })
	return latest, all
}

// Called is part of commands.ImageDesk.
func (d imageDesk) Called(begins string) (found []images.Banned) {
	d.pictures.loop.See(func() { found = d.pictures.shelf.Called(begins) })
	return found
}

// Compared is part of commands.ImageDesk.
func (d imageDesk) Compared() (is bool) {
	d.pictures.loop.See(func() { is = d.protectors.stand.of[protections.KnownImagesName].Runs() })
	return is
}

// Picture is part of commands.ImageDesk.
func (d imageDesk) Picture(ctx context.Context, at commands.Pointed) (p commands.Pictured, err error) {
	if at.Room == "" {
		if at, err = d.told(at); err != nil {
			return p, err
		}
	}
	m, err := d.message(ctx, at)
	if err != nil {
		return p, err
	}
	f, err := picked(m.shown.Images(), at.Number)
	if err != nil {
		return p, err
	}
	print, err := d.pictures.viewer.view(ctx, f, mostNamed)
	if err != nil {
		return p, refuse("I cannot download that picture: %s", explain(action.FailureOf(err)))
	}
	p = commands.Pictured{Print: print, Address: f.Address, Sealed: sealedHash(f), Room: at.Room, Event: at.Event, Sender: m.sender}
	d.pictures.loop.See(func() {
		world := d.protectors.world
		switch {
		case world.Room(at.Room) == nil:
			p.Spared = "it is in no protected room"
		case m.sender == world.Self():
			p.Spared = "it is mine"
		case world.Moderator(m.sender):
			p.Spared = text.Code(string(m.sender)) + " is a moderator"
		}
	})
	return p, nil
}

// told is the message that one in the management room tells of; that itself, if it tells of none.
func (d imageDesk) told(at commands.Pointed) (commands.Pointed, error) {
	of := map[kitEvent]bool{}
	d.pictures.loop.See(func() {
		at.Room = d.management.room.ID()
		if a := d.alerts.at[at.Event]; a != nil {
			for _, c := range a.Cases {
				of[kitEvent{c.Room, c.Event}] = true
			}
		}
	})
	if len(of) > 1 {
		return at, refuse("That tells of %s. Write the command with a link to the one that shows the picture", text.Count(len(of), "message"))
	}
	for one := range of {
		at.Room, at.Event = one.room, one.event
	}
	return at, nil
}

type kitEvent struct {
	room  id.RoomID
	event id.EventID
}

// shownBy is what a message shows.
type shownBy struct {
	sender id.UserID
	shown  *content.Message
}

// message reads one: as it is remembered, as it was kept when it was removed, or as the homeserver has it.
func (d imageDesk) message(ctx context.Context, at commands.Pointed) (shownBy, error) {
	var evt *event.Event
	d.pictures.loop.See(func() { evt = d.protectors.evidence.latest.events[at.Event] })
	if evt != nil && evt.RoomID == at.Room {
		return shownBy{evt.Sender, content.Read(evt.Type.Type, evt.Content.VeryRaw)}, nil
	}
	if e, found, err := d.protectors.evidence.store.Evidence.Of(ctx, at.Event); err == nil && found && e.Room == at.Room {
		return shownBy{e.Sender, content.Read(e.Type, e.Content)}, nil
	}
	evt, err := d.home.Event(ctx, at.Room, at.Event)
	if err != nil {
		return shownBy{}, refuse("I cannot find that message: %s", explain(action.FailureOf(err)))
	}
	if evt.Type.Type == event.EventEncrypted.Type && d.secrets != nil {
		clear, err := d.secrets.Decrypt(ctx, evt)
		if err != nil {
			return shownBy{}, refuse("That message is encrypted, and I cannot read it")
		}
		evt = clear
	}
	return shownBy{evt.Sender, content.Read(evt.Type.Type, evt.Content.VeryRaw)}, nil
}

// picked is the picture that is meant: the one with a number, or the only one besides what is shown in place of others.
func picked(all []content.File, number int) (content.File, error) {
	switch {
	case len(all) == 0:
		return content.File{}, refuse("That message shows no picture, or it is removed and I kept nothing of it")
	case number > len(all):
		return content.File{}, refuse("That message shows %s", text.Count(len(all), "picture"))
	case number > 0:
		return all[number-1], nil
	}
	for _, f := range all[1:] {
		if f.Kind != "preview" {
			return content.File{}, refuse("That message shows %d pictures. Say with `--picture 1`, `--picture 2` and so on which one is meant", len(all))
		}
	}
	return all[0], nil
}
