package protections

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"maunium.net/go/mautrix/event"

	"forseti/content"
	"forseti/protections/kit"
)

func names() kit.Kind {
	n := &Names{
		words:         kit.TermList("words", "Words that no name may have, as in the lists of `words`.").Stricter(kit.Longer),
		avatars:       kit.Avatars("avatars", "Pictures that nobody may have, by their addresses.").Stricter(kit.Longer),
		length:        kit.Number("length", 80, 5, 1000, "How many characters a name may have, as people count them.").Stricter(kit.Less),
		controls:      kit.Switch("controls", true, "Whether names count that turn the direction of writing, pile up marks, have several lines, or show nothing.").Stricter(kit.Later, kit.NoYes()...),
		impersonation: kit.Switch("impersonation", true, "Whether names count that look like a moderator's.").Stricter(kit.Later, kit.NoYes()...),
	}
	return kit.Kind{
		Name:    "names",
		Summary: "Removes names and pictures of members that are not wanted, or pass for a moderator's.",
		Details: "Looked at is how members are shown in the room: when they join, when they change their name or picture, and if a message brings a name of its own. What is removed is that change, so that the room shows their ID.\n\n" +
			"A name that is written differently from a moderator's and looks the same (`АIice` for `Alice`: another alphabet, an I for an l), or that is a moderator's ID, is a nuisance: nobody comes to it by chance. " +
			"The very name of a moderator is only told to you, for people have the same names; so is one that differs by accents or signs. Moderators are who may kick in the room and is in it, and every member of the management room, whatever rank they have.\n\n" +
			"All else is light: `words` (none unless you set them), pictures of `avatars`, names that are longer than `length` or that break the lines of others (`controls`).",
		Options: []kit.Option{n.words, n.avatars, n.length, n.controls, n.impersonation},
		New:     func(*kit.Given) kit.Protection { return n },
	}
}

// Names finds names and pictures of members.
type Names struct {
	words                   kit.Typed[*kit.Terms]
	avatars                 kit.Typed[[]string]
	length                  kit.Typed[int]
	controls, impersonation kit.Typed[bool]
}

// Check looks at how somebody is shown from now on, or by one message.
func (n *Names) Check(in kit.Signal, room kit.View) []kit.Finding {
	is := in.Message.Profile()
	switch in.What {
	case kit.Said:
		if !is.Forged {
			return nil
		}
	case kit.Joined, kit.Changed:
		if in.Event.Type.Type != event.StateMember.Type || in.Event.GetStateKey() != string(in.Sender) || n.same(in, is) {
			return nil
		}
	default:
		return nil
	}
	if is.Avatar != "" && slices.Contains(n.avatars.In(room), is.Avatar) {
		return in.Found(kit.Light, "has a picture that is not wanted")
	}
	if is.Name == "" {
		return nil
	}
	name := content.NewText(is.Name)
	shown := kit.Quote(is.Name)
	if n.impersonation.In(room) {
		if weight, why := passes(in, is.Name, room); why != "" {
			return in.Found(weight, "%s: %s", why, shown)
		}
	}
	if word := n.words.In(room).In(name); word != "" {
		return in.Found(kit.Light, "has a name with %s: %s", kit.Quote(word), shown)
	}
	shape := name.Shape()
	switch {
	case shape.Characters > n.length.In(room):
		return in.Found(kit.Light, "has a name of %d characters: %s", shape.Characters, shown)
	case n.controls.In(room) && (shape.Bidi > 0 || shape.Invisible > 2 || shape.Marks > 5 || shape.Lines > 1 || strings.TrimSpace(name.Folded()) == ""):
		return in.Found(kit.Light, "has a name that is made to be shown wrongly: %s", shown)
	}
	return nil
}

// same reports whether a member is shown as before: what is old was looked at when it was
// new.
func (n *Names) same(in kit.Signal, is content.Profile) bool {
	if in.What == kit.Joined || in.Before == nil {
		return false
	}
	was := content.Read(in.Event.Type.Type, in.Before).Profile()
	return was.Name == is.Name && was.Avatar == is.Avatar
}

// fewestLetters is how many letters a name has that can be taken for another's.
const fewestLetters = 3

// passes tells why a name passes for a moderator's, and how bad that is; "" if it does not.
func passes(in kit.Signal, name string, room kit.View) (weight kit.Weight, why string) {
	looks, written := content.Core(content.Skeleton(name)), unaccented(name)
	for _, m := range room.Moderators() {
		switch {
		case m.User == in.Sender:
			return 0, ""
		case content.Core(content.Skeleton(string(m.User))) == looks && strings.ContainsAny(name, "@:"):
			return kit.Nuisance, "took the ID of the moderator " + kit.Quote(string(m.User)) + " as a name"
		case len(looks) < fewestLetters || content.Core(content.Skeleton(m.Name)) != looks:
		case unaccented(m.Name) == written:
			weight, why = kit.Note, "is called as the moderator "+kit.Quote(string(m.User))
		default:
			return kit.Nuisance, "has a name that looks like that of the moderator " + kit.Quote(string(m.User))
		}
	}
	return weight, why
}

// unaccented is the letters and digits of a name, without case and accents.
func unaccented(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, norm.NFD.String(content.Fold(name)))
}
