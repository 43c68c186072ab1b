// Package sanction says what follows from an offence: how much it weighs, how that adds
// up and fades, and which step of one ladder is due. It is pure: it decides by what it is
// given, and carries out nothing.
package sanction

// Class is how bad an offence is.
type Class int

// The classes. The zero Class is held against nobody.
const (
	Note     Class = iota // worth a word to moderators, and nothing else
	Light                 // not wanted here: the message goes, its author may stay
	Nuisance              // spoils the room for others
	Spam                  // what somebody came for who came for nothing else
	Attack                // meant to make the room unusable
)

type classRow struct {
	class  Class
	name   string
	weight int // in points, unless moderators set another
	means  string
}

// classes are weighed so that one light offence is nothing but a removed message, two of
// them within the half-life are worth a warning, and spam and attacks need no second.
func classes() []classRow {
	return []classRow{
		{Note, "note", 0, "a name that looks odd"},
		{Light, "light", 10, "a line all in capitals"},
		{Nuisance, "nuisance", 25, "a room full of mentions"},
		{Spam, "spam", 80, "an advertisement as the first message"},
		{Attack, "attack", 100, "a flood"},
	}
}

func (c Class) row() classRow {
	for _, r := range classes() {
		if r.class == c {
			return r
		}
	}
	return classRow{class: c, name: "note"}
}

// String is its name, as it is stored.
func (c Class) String() string { return c.row().name }

// Weight is how many points an offence of the class has.
func (c Class) Weight() int { return c.row().weight }

// ParseClass reads a name; what is unknown, as of another version, is a Note.
func ParseClass(name string) Class {
	for _, r := range classes() {
		if r.name == name {
			return r.class
		}
	}
	return Note
}
