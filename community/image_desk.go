package community

import (
	"context"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/content"
	"forseti/images"
	"forseti/protections"
	"forseti/text"
)

// imageDesk shows the pictures that are banned, and downloads one that is to be.
type imageDesk struct {
	pictures   *pictures
	protectors *protectors
	cited      *cited
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

// ExportImages is part of commands.ImageDesk.
func (d imageDesk) ExportImages() (parts []string) {
	d.pictures.loop.See(func() { parts = d.pictures.shelf.Export(commands.MostFile / 2) })
	return parts
}

// CheckImages is part of commands.ImageDesk.
func (d imageDesk) CheckImages(written string) (fresh int, err error) {
	all, wrong := images.ReadLines(written)
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	d.pictures.loop.See(func() {
		if err = nil; wrong == nil {
			all, wrong = d.pictures.shelf.Fresh(all)
		}
		if wrong != nil {
			err = refuse("What is wrong: %s", text.Escape(wrong.Error(), text.MostReason))
		}
	})
	return len(all), err
}

// Compared is part of commands.ImageDesk.
func (d imageDesk) Compared() (is bool) {
	d.pictures.loop.See(func() { is = d.protectors.stand.of[protections.KnownImagesName].Runs() })
	return is
}

// Picture is part of commands.ImageDesk.
func (d imageDesk) Picture(ctx context.Context, of commands.Said, number int) (p commands.Pictured, err error) {
	evt, err := d.cited.message(ctx, of.Room, of.Event)
	if err != nil {
		return p, err
	}
	f, err := picked(content.Read(evt.Type.Type, evt.Content.VeryRaw).Images(), number)
	if err != nil {
		return p, err
	}
	print, err := d.pictures.viewer.view(ctx, f, mostNamed)
	if err != nil {
		return p, refuse("I cannot download that picture: %s", explain(action.FailureOf(err)))
	}
	p = commands.Pictured{Print: print, Address: f.Address, Sealed: sealedHash(f), Room: of.Room, Event: of.Event, Sender: evt.Sender}
	d.pictures.loop.See(func() {
		world := d.protectors.world
		switch {
		case world.Room(of.Room) == nil:
			p.Spared = "it is in no protected room"
		case evt.Sender == world.Self():
			p.Spared = "it is mine"
		case world.Moderator(evt.Sender):
			p.Spared = text.Code(string(evt.Sender)) + " is a moderator"
		}
	})
	return p, nil
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
