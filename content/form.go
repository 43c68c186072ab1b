package content

import (
	"strings"

	"forseti/wire"
)

// Form is what kind of thing is said.
type Form string

// The forms.
const (
	Words    Form = "text" // also of a msgtype that nobody knows
	Notice   Form = "notice"
	Emote    Form = "emote"
	Image    Form = "picture"
	Video    Form = "video"
	Audio    Form = "sound"
	Voice    Form = "voice message"
	Document Form = "file"
	Gallery  Form = "gallery"
	Sticker  Form = "sticker"
	Location Form = "place"
	Poll     Form = "poll"
	Reaction Form = "reaction"
	Member   Form = "profile" // a membership with the name and picture that go with it
	Name     Form = "room name"
	Topic    Form = "room topic"
	Avatar   Form = "room picture"
	Alias    Form = "room address"
	Pack     Form = "image pack"
	Call     Form = "call"
	Sealed   Form = "encrypted" // it could not be read
	Custom   Form = "custom"
)

// formOf gives the form of an event of a type, and of a message its msgtype.
func formOf(kind, msgtype string, voice bool) Form {
	switch kind {
	case "m.room.message":
		return formOfMessage(msgtype, voice)
	case "m.sticker":
		return Sticker
	case "m.poll.start", "org.matrix.msc3381.poll.start":
		return Poll
	case "m.reaction":
		return Reaction
	case "m.room.member":
		return Member
	case "m.room.name":
		return Name
	case "m.room.topic":
		return Topic
	case "m.room.avatar":
		return Avatar
	case "m.room.canonical_alias":
		return Alias
	case "m.image_pack", "m.room.image_pack", "im.ponies.room_emotes":
		return Pack
	case "m.room.encrypted":
		return Sealed
	}
	for _, family := range []string{"m.call.", "org.matrix.msc3401.call", "m.rtc.", "org.matrix.msc4075.rtc"} {
		if strings.HasPrefix(kind, family) {
			return Call
		}
	}
	return Custom
}

func formOfMessage(msgtype string, voice bool) Form {
	switch msgtype {
	case "m.notice":
		return Notice
	case "m.emote":
		return Emote
	case "m.image":
		return Image
	case "m.video":
		return Video
	case "m.audio":
		if voice {
			return Voice
		}
		return Audio
	case "m.file":
		return Document
	case "m.location":
		return Location
	case "m.gallery", "dm.filament.gallery":
		return Gallery
	}
	return Words
}

// described says what it is, to be read by people.
func (m *Message) described() string {
	o := m.read()
	said := "a " + string(o.form)
	switch o.form {
	case Words:
		said = "a message"
		if o.msgtype != "" && o.msgtype != "m.text" {
			said += " of type " + o.msgtype
		}
	case Emote, Pack:
		said = "an " + string(o.form)
	case Custom, Sealed:
		said = "an event of type " + wire.Clip(m.kind, mostLabel)
	}
	if o.about.edits != "" {
		said = "an edit of " + said
	}
	return said
}
