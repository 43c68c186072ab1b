package protections

import (
	"slices"
	"strings"

	"forseti/content"
	"forseti/glob"
	"forseti/protections/kit"
	"forseti/sanction/trust"
)

// The kinds of media that are no files of a message.
const (
	inlineMedia   = "inline"
	emojiMedia    = "emoji"
	reactionMedia = "reaction"
	packMedia     = "pack"
)

func media() kit.Kind {
	m := &Media{
		refuse: kit.Choices("refuse", "inline picture sound sticker video voice", "What is not wanted.",
			"picture", "video", "sound", "voice", "file", "sticker", inlineMedia, emojiMedia, reactionMedia, packMedia).Stricter(kit.Longer),
		types:  kit.Words("types", "apk bat cmd com exe hta jar js lnk msi ps1 scr vbs", "Files that are not wanted whatever they are called: endings of their names as `exe`, or types as `application/x-*`.").Stricter(kit.Longer),
		size:   kit.Number("size", 100, 1, 10_000, "How many megabytes a file may have.").Stricter(kit.Less),
		height: kit.Number("emoji-height", 64, 16, 1000, "How many pixels high an emoji of its own may be in a text.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "media",
		Summary: "Removes pictures, videos, voice messages, stickers and files.",
		Details: "`refuse` says what is not wanted: `picture`, `video`, `sound`, `voice` (messages), `file`, `sticker`, `inline` (pictures within a text), `emoji` (those of its own within a text), `reaction` (with a picture), `pack` (of emoji or stickers, for the room). " +
			"By default that is what one looks at or hears without having asked for it; files are needed for logs, and emoji do no harm unless they are large.\n\n" +
			"Members that are known are left alone unless `exempt-trust` says otherwise: a picture that nobody wants to see mostly comes from somebody who came for it. `exempt-trust none` is for rooms without media at all. " +
			"Also removed are files that run when they are opened (`types`), by the end of their name or by the type that they say they have, and files of more than `size`.\n\n" +
			"It is light: what was sent goes, and its author may stay. What counts is what clients show: also in an edit, in a gallery, behind a caption, or encrypted.",
		Options: []kit.Option{m.refuse, m.types, m.size, m.height},
		Spares:  trust.Known,
		New:     func(*kit.Given) kit.Protection { return m },
	}
}

// Media finds media of kinds that are not wanted.
type Media struct {
	refuse       kit.Typed[[]string]
	types        kit.Typed[[]glob.Pattern]
	size, height kit.Typed[int]
}

// Check looks at what a message carries and shows.
func (m *Media) Check(in kit.Signal, room kit.View) []kit.Finding {
	if !writes(in) || in.Message.Form() == content.Member {
		return nil
	}
	refuse := m.refuse.In(room)
	for _, f := range in.Message.Files() {
		switch {
		case slices.Contains(refuse, strings.TrimSuffix(f.Kind, " message")): // "voice message"
			return in.Found(kit.Light, "sent a %s", f.Kind)
		case m.typed(f, room):
			return in.Found(kit.Light, "sent a file of a type that is not wanted: %s", kit.Quote(f.Name+" "+f.Type))
		case f.Size > int64(m.size.In(room))<<20:
			return in.Found(kit.Light, "sent a file of %d MB", f.Size>>20)
		}
	}
	switch in.Message.Form() {
	case content.Reaction:
		if slices.Contains(refuse, reactionMedia) && strings.HasPrefix(in.Message.Key(), "mxc://") {
			return in.Found(kit.Light, "reacted with a picture")
		}
		return nil
	case content.Pack:
		if slices.Contains(refuse, packMedia) {
			return in.Found(kit.Light, "changed the room's emoji or stickers")
		}
		return nil
	}
	for _, p := range in.Message.Pictures() {
		switch {
		case p.Emoji && p.Height > m.height.In(room):
			return in.Found(kit.Light, "sent an emoji that is %d pixels high", p.Height)
		case p.Emoji && slices.Contains(refuse, emojiMedia), !p.Emoji && slices.Contains(refuse, inlineMedia):
			return in.Found(kit.Light, "sent a picture within a text")
		}
	}
	return nil
}

// typed tells whether a file is of a type that is not wanted, by its name, with what is put
// behind its ending to hide it, or by what it says.
func (m *Media) typed(f content.File, room kit.View) bool {
	name := strings.TrimRight(content.Fold(f.Name), ". ")
	ending := name[strings.LastIndexByte(name, '.')+1:]
	if len(ending) == len(name) {
		ending = ""
	}
	kind, _, _ := strings.Cut(content.Fold(f.Type), ";")
	return slices.ContainsFunc(m.types.In(room), func(p glob.Pattern) bool {
		return ending != "" && p.Match(ending) || kind != "" && p.Match(strings.TrimSpace(kind))
	})
}
