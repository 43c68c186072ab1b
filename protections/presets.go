package protections

import (
	"strings"

	"forseti/protections/kit"
)

// Preset is how all protections are set for one kind of room, or of hour.
type Preset struct {
	Name    string
	Summary string // one sentence
	column  func(preset) as
}

// Recommended is the preset that is offered to whoever sets the bot up.
const Recommended = "public support"

// Presets lists them, the recommended one first.
func Presets() []Preset {
	return []Preset{{
		Name:    Recommended,
		Summary: "For rooms in which strangers come to ask and to talk: strict with floods, campaigns and newcomers who advertise, and out of the way of everybody else.",
		column:  func(p preset) as { return p.support },
	}, {
		Name:    "announcements",
		Summary: "For rooms in which few write and many read: who is not known there writes seldom, and posts no links, pictures or files.",
		column:  func(p preset) as { return p.announcements },
	}, {
		Name:    "under attack",
		Summary: "For hours in which accounts come to spoil the rooms: little is let pass of members who are not known, and everybody new is slow.",
		column:  func(p preset) as { return p.attack },
	}}
}

// FindPreset returns the preset of that name, in any case, with spaces or hyphens.
func FindPreset(name string) (Preset, bool) {
	name = strings.Join(strings.Fields(strings.NewReplacer("-", " ", "_", " ").Replace(name)), " ")
	for _, p := range Presets() {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return Preset{}, false
}

// Of is how a protection stands by the preset; false if it does not say.
func (p Preset) Of(protection string) (kit.Standing, bool) {
	for _, row := range presets() {
		if row.protection == protection {
			return p.column(row).standing(), true
		}
	}
	return kit.Standing{}, false
}

// preset is how one protection is set in each of them.
type preset struct {
	protection                     string
	support, announcements, attack as
}

// as is a mode, and the settings that are not as usual.
type as struct {
	mode   kit.Mode
	values []string // a name, its value, the next name
}

func (a as) standing() kit.Standing {
	s := kit.Standing{Mode: a.mode}
	for i := 0; i+1 < len(a.values); i += 2 {
		if s.Values == nil {
			s.Values = map[string]string{}
		}
		s.Values[a.values[i]] = a.values[i+1]
	}
	return s
}

// on and off are what most protections are: on as usual, or otherwise set.
func on(values ...string) as { return as{kit.On, values} }

func off() as { return as{mode: kit.Off} }

func shadow() as { return as{mode: kit.Shadow} }

// presets is the table: a row for each protection, also for those that are off in all of
// them. Values are written as moderators would. No row asks for more than a mute or a ban
// from the room: a rule in a list follows by the ladder alone, and only for spam.
func presets() []preset {
	const seen = "forward inline link mention picture sticker video voice" // what newcomers do not begin with
	return []preset{
		{"changes", on(), on(), on()},
		{"churn", on(), on(), on("moves", "6", "profiles", "6")},
		{"flooding", on(), on("messages", "6"), on("messages", "6", "all-rooms", "15", "reactions", "30", "edits", "15")},
		{"invalid", on(), on(), on("exempt-trust", "trusted")},
		// What is to be accepted is for each community to say.
		{"join-gate", off(), off(), off()},
		{"join-wave", on("posture", "guarded"), on("posture", "guarded"), on("joins", "10", "posture", "attack")},
		{"joiners", on(), on(), on("without-profile", "yes")},
		{KnownImagesName, on(), on(), on("exempt-trust", "trusted")}, // nothing is downloaded before moderators ban a picture
		{"lag", on(), on(), on()},
		// What it finds follows from what was marked here: moderators look at it first.
		{"learned", shadow(), shadow(), shadow()},
		{"reactions", on(), on("reactions", "20", "one-message", "5"), on("reactions", "15", "one-message", "5")},
		{"repeats", on(), on(), on("messages", "2", "length", "20")},
		{"mentions", on(), on("users", "2", "total", "6"), on("users", "2", "named", "8", "total", "6")},
		{"words", on(), on(), on()},
		{"links", on(), on("links-from", "known"), on("links-from", "regular", "addresses", "yes")},
		// Who asks for help shows what is on the screen, and has logs to attach.
		{"media", on("refuse", "inline sticker video voice"), on("refuse", "file inline picture sound sticker video voice"), on("refuse", "emoji file inline picture reaction sound sticker video voice", "exempt-trust", "regular")},
		// Among those who begin with a bare link, or with a picture of what does not work, more ask than advertise.
		{"first-message", on("refuse", "forward inline sticker video voice"), on("refuse", seen), on("refuse", seen, "messages", "3")},
		{"names", on(), on(), on()},
		// A posture switches it on.
		{"newcomers", off(), off(), off()},
		{"shape", on(), on("characters", "4000", "lines", "80"), on("characters", "3000", "lines", "40", "emoji", "12", "capitals", "60")},
		{"slow-mode", off(), on("new", "2m", "known", "30s"), on("new", "1m", "known", "15s")},
		{"adverts", on(), on("marks", "6"), on("marks", "6", "exempt-trust", "regular")},
	}
}

// Over is how a protection stands that a preset is laid over. What is the moderators' own
// stays: whom they exempt, their lists of words, hosts and servers, and what they set for
// single rooms. All else is as the preset says.
func (p Preset) Over(kind kit.Kind, now kit.Standing) (to kit.Standing, says bool) {
	to, says = p.Of(kind.Name)
	if !says {
		return now, false
	}
	to.Rooms = now.Rooms
	for name, value := range now.Values {
		if _, set := to.Values[name]; !set && own(kind, name) {
			if to.Values == nil {
				to.Values = map[string]string{}
			}
			to.Values[name] = value
		}
	}
	return to, true
}

// own reports whether a setting is something that only moderators can know: whom to leave
// alone, and what their lists have in them.
func own(kind kit.Kind, setting string) bool {
	if setting != "exempt-trust" && strings.HasPrefix(setting, "exempt-") {
		return true
	}
	for _, s := range kind.Settings(kit.Standing{}, "") {
		if s.Is(setting) {
			return s.Name != setting || s.IsList && s.Default == "none"
		}
	}
	return false
}
