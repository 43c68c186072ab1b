package community

import (
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/images"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/text"
)

// imageChanges are what commands change of the pictures that are banned.
type imageChanges struct {
	world      *enforce.World
	loop       *loop.Loop
	commits    *commits.Writer
	protectors *protectors
	pictures   *pictures
}

func (i *imageChanges) change(c commands.Change) error {
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	i.loop.See(func() {
		switch c.Kind {
		case commands.BanImage:
			err = i.ban(c, time.Now())
		case commands.TakeImages:
			err = i.take(c, time.Now())
		default:
			err = i.unban(c)
		}
	})
	return err
}

// ban keeps a picture, and has follow for its message what follows from one that is posted again.
func (i *imageChanges) ban(c commands.Change, now time.Time) error {
	var b commands.BannedImage
	if err := json.Unmarshal([]byte(c.Value), &b); err != nil {
		return refuse("I cannot read that change any more. Write the command anew")
	}
	if _, known := i.pictures.shelf.Get(b.Sum); !known && i.pictures.shelf.Full() {
		return refuse("There are %d banned pictures, and there may be no more. `!forseti unban-image` takes one out", images.MostBanned)
	}
	b.Banned.Sum = b.Sum
	i.commits.Setting(imageNamespace, b.Sum.String(), i.pictures.shelf.Put(b.Banned))
	kind, ok := protections.Find(protections.KnownImagesName)
	if b.Event == "" || !ok || i.world.Room(c.Room) == nil || i.world.Moderator(b.Sender) || b.Sender == i.world.Self() {
		return nil
	}
	found := kind.Against(i.protectors.stand.of[kind.Name], kit.Finding{
		Room: c.Room, User: b.Sender, Offence: b.Event, Events: []id.EventID{b.Event}, Weight: kit.Nuisance, Why: "sent a picture that was banned just now",
	})
	i.protectors.carryOut(i.protectors.consequences([]kit.Finding{found}, now))
	return nil
}

// take bans pictures that others have banned. What is banned already stays as it is.
func (i *imageChanges) take(c commands.Change, now time.Time) error {
	all, err := images.ReadLines(c.Value)
	if err == nil {
		all, err = i.pictures.shelf.Fresh(all)
	}
	if err != nil {
		return refuse("I cannot take them: %s", text.Escape(err.Error(), text.MostReason))
	}
	for _, b := range all {
		b.By, b.At = string(c.User), now.UTC().Truncate(time.Second)
		i.commits.Setting(imageNamespace, b.Sum.String(), i.pictures.shelf.Put(b))
	}
	return nil
}

func (i *imageChanges) unban(c commands.Change) error {
	sum, err := images.ParseSum(c.Name)
	if err != nil {
		return refuse("I cannot read that change any more. Write the command anew")
	}
	i.pictures.shelf.Take(sum)
	i.commits.Setting(imageNamespace, sum.String(), nil)
	return nil
}
