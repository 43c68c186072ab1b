package protections

import (
	"fmt"

	"maunium.net/go/mautrix/event"

	"forseti/content"
	"forseti/pdq"
	"forseti/protections/kit"
	"forseti/sanction/trust"
)

// KnownImagesName is what the protection is called.
const KnownImagesName = "known-images"

func knownImages() kit.Kind {
	k := &KnownImages{
		distance: kit.Number("distance", pdq.Distance, 0, pdq.Distance, "In how many of 256 bits what a picture shows may differ from one that was banned. Less is stricter: unrelated pictures differ in 128 or so.").Stricter(kit.More),
		size:     kit.Number("size", 10, 1, 50, "How many megabytes a picture may have to be downloaded.").Stricter(kit.More),
		minute:   kit.Number("downloads", 60, 1, 1000, "How many pictures are downloaded in a minute, of all rooms.").Stricter(kit.More),
		sender:   kit.Number("downloads-sender", 10, 1, 1000, "How many of them are of one sender.").Stricter(kit.More),
		avatars:  kit.Switch("avatars", true, "Whether the pictures of members themselves are looked at.").Stricter(kit.Later, kit.NoYes()...),
	}
	return kit.Kind{
		Name:    KnownImagesName,
		Summary: "Removes pictures that moderators have banned with `ban-image`, also if they were scaled, compressed anew, mirrored or turned.",
		Details: "Nothing is downloaded before you ban a picture: reply `ban-image` to an alert, or write it with a link to the message. " +
			"From then on pictures, stickers, pictures within a text, previews of videos and members' pictures are compared with those that are banned: first by where they are and by what they say their hash is, which costs nothing, then by their SHA-256 hash and by what they show (PDQ). Encrypted ones are decrypted for that.\n\n" +
			"What says too little is known again by its bytes alone, such as a picture of one colour, of which there are many. " +
			"PNG, JPEG, GIF and WebP can be looked at, of moving ones the first picture; others, and those that are larger than `size` or take more than 128 MB of memory, only by where they are, and if they could be downloaded by their bytes.\n\n" +
			"Members that are regular are left alone unless `exempt-trust` says otherwise, and so none of their pictures is downloaded. What comes faster than `downloads` waits, a hundred pictures at most; " +
			"pictures are asked of your own homeserver, whole and never as thumbnails, for each homeserver makes others of those. Nothing of a picture is kept but its hashes. `unban-image` takes a picture out, and `images` lists them.",
		Options: []kit.Option{k.distance, k.size, k.minute, k.sender, k.avatars},
		Spares:  trust.Regular,
		New: func(g *kit.Given) kit.Protection {
			of := *k
			of.given = g
			return &of
		},
	}
}

// KnownImages finds pictures that moderators have banned.
type KnownImages struct {
	distance, size, minute, sender kit.Typed[int]
	avatars                        kit.Typed[bool]
	given                          *kit.Given
}

// mostLooks is how many pictures of one message are looked at.
const mostLooks = 20

// Check asks for what a message shows to be looked at, and hears what it is.
func (k *KnownImages) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What == kit.Looked {
		return in.Found(kit.Nuisance, "%s", likeness(*in.Seen))
	}
	if !writes(in) {
		return nil
	}
	bounds := kit.Bounds{
		Distance: k.distance.In(room), Most: int64(k.size.In(room)) << 20, PerMinute: k.minute.In(room), PerSender: k.sender.In(room),
	}
	for _, f := range k.pictures(in, room) {
		k.given.Look(in, f, bounds)
	}
	return nil
}

// pictures are those that people see of a message, or of a member.
func (k *KnownImages) pictures(in kit.Signal, room kit.View) (all []content.File) {
	if in.Message.Form() == content.Member {
		if avatar := in.Message.Profile().Avatar; k.avatars.In(room) && avatar != formerAvatar(in) {
			all = append(all, content.File{Address: avatar})
		}
		return all
	}
	all = in.Message.Images()
	return all[:min(len(all), mostLooks)]
}

// formerAvatar is the picture that a member had; "" if that is not known.
func formerAvatar(in kit.Signal) string {
	if in.What == kit.Joined || in.Before == nil || in.Event.Type.Type != event.StateMember.Type {
		return ""
	}
	return content.Read(in.Event.Type.Type, in.Before).Profile().Avatar
}

// likeness says what a picture is.
func likeness(s kit.Sighting) string {
	const shown = 8 // digits
	name := kit.Quote(s.Sum.String()[:shown])
	said := fmt.Sprintf("sent a picture that moderators banned (%s)", name)
	if !s.Exact {
		said = fmt.Sprintf("sent a picture that looks like one that moderators banned (%s, %d of 256 bits differ)", name, s.Distance)
	}
	if s.Why != "" {
		said += ": " + kit.Quote(s.Why)
	}
	return said
}
