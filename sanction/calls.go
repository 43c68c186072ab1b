package sanction

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// Calls say who is called when something is found, by how bad it is. The zero Calls call
// nobody: what is found is told, and rings no phone.
type Calls struct {
	Ping map[string]string    `json:"ping,omitempty"` // by class: a user, or everybody in the room
	Room map[string]id.RoomID `json:"room,omitempty"` // by class: where it is said, if not where moderators command
	// Quiet are the hours in which nobody is called, by the clocks of Zone, or of the community
	// if it is empty, but for what is Loud.
	Quiet Hours    `json:"quiet,omitzero"`
	Zone  string   `json:"zone,omitempty"`
	Loud  []string `json:"loud,omitempty"`
	// Log is where what asks nothing of moderators is said; "" for where they command.
	Log id.RoomID `json:"log,omitempty"`
	// Words are what the message for what is of a class begins with, by class.
	Words map[string]string `json:"words,omitempty"`
}

// Everybody is who is called in place of a user if all in a room are.
const Everybody = "@room"

// Call is what is said besides the alert itself.
type Call struct {
	Ping string    // "" for nobody
	Room id.RoomID // "" for where moderators command
}

// For says who is called for something of a class; false if nothing is said. In quiet hours
// it is said all the same where it is to be said, and calls nobody.
func (c Calls) For(of Class, now time.Time, zone *time.Location) (Call, bool) {
	call := Call{Ping: c.Ping[of.String()], Room: c.Room[of.String()]}
	quiet, _ := c.Quiet.in(now, zone)
	if quiet && !slices.Contains(c.Loud, of.String()) {
		call.Ping = ""
	}
	return call, call != Call{}
}

// ClassNames are how bad things can be, the mildest first.
func ClassNames() (names []string) {
	for _, c := range classes() {
		names = append(names, c.name)
	}
	return names
}

// callRows are the settings of them. Without a ground it is not looked whether there are such
// zones and moderators.
func callRows(g Ground) (all []row[Calls]) {
	const nobody, here, own = "none", "here", "none"
	for _, class := range ClassNames() {
		all = append(all, row[Calls]{
			name: "ping." + class, usual: nobody, doc: fmt.Sprintf("Who is called for what is of the severity `%s`: a moderator, `%s`, or `%s`.", class, Everybody, nobody),
			set: func(c *Calls, w string) error {
				switch {
				case strings.EqualFold(w, nobody):
					return nil
				case strings.EqualFold(w, Everybody):
					w = Everybody
				case !strings.HasPrefix(w, "@") || !strings.Contains(w, ":") || len(w) > mostID || strings.ContainsFunc(w, unprintable):
					return fmt.Errorf("it is a moderator by their ID, such as @name:example.org, or %s, or %s", Everybody, nobody)
				case g != nil && !g.Moderator(id.UserID(w)):
					return fmt.Errorf("%s is not in this room, and I call only who is; name a moderator, %s, or %s", text.Code(w), Everybody, nobody)
				}
				if c.Ping == nil {
					c.Ping = map[string]string{}
				}
				c.Ping[class] = w
				return nil
			},
			write: func(c Calls) string { return cmp.Or(c.Ping[class], nobody) },
		})
	}
	for _, class := range ClassNames() {
		all = append(all, row[Calls]{
			name: "room." + class, usual: here, doc: fmt.Sprintf("In which room what is of the severity `%s` is said too, by its ID, or `%s`.", class, here),
			set: func(c *Calls, w string) error {
				if strings.EqualFold(w, here) {
					return nil
				}
				if !isRoomID(w) {
					return fmt.Errorf("it is a room by its ID, such as !room:example.org, or %s", here)
				}
				if c.Room == nil {
					c.Room = map[string]id.RoomID{}
				}
				c.Room[class] = id.RoomID(w)
				return nil
			},
			write: func(c Calls) string { return cmp.Or(string(c.Room[class]), here) },
		})
	}
	for _, class := range ClassNames() {
		all = append(all, row[Calls]{
			name: "words." + class, usual: own, doc: fmt.Sprintf("What is told of the severity `%s` begins with these words, up to %d letters, or `%s`. `{severity}` stands for its name.", class, MostWords, own),
			set: func(c *Calls, w string) error {
				if strings.EqualFold(w, own) {
					return nil
				}
				if err := FitsWords(w); err != nil {
					return err
				}
				if c.Words == nil {
					c.Words = map[string]string{}
				}
				c.Words[class] = w
				return nil
			},
			write: func(c Calls) string { return cmp.Or(c.Words[class], own) },
		})
	}
	all = append(all, row[Calls]{
		name: "log", usual: here, doc: fmt.Sprintf("In which room it is said what asks nothing of moderators, by its ID, or `%s`.", here),
		set: func(c *Calls, w string) error {
			if strings.EqualFold(w, here) {
				return nil
			}
			if !isRoomID(w) {
				return fmt.Errorf("it is a room by its ID, such as !room:example.org, or %s", here)
			}
			c.Log = id.RoomID(w)
			return nil
		},
		write: func(c Calls) string { return cmp.Or(string(c.Log), here) },
	})
	return append(all, row[Calls]{
		name: "quiet", usual: off, doc: "In which hours nobody is called, such as `22:00-07:00 Europe/Berlin except attack`, or `off`.",
		set: func(c *Calls, w string) (err error) {
			*c, err = c.Hush(w, g)
			return err
		},
		write: Calls.hushed,
	})
}

func isRoomID(w string) bool {
	return strings.HasPrefix(w, "!") && len(w) >= 2 && len(w) <= mostID && !strings.ContainsFunc(w, unprintable)
}

// MostWords is how many letters words for a class may have.
const MostWords = 60

// FitsWords says what is wrong with words for a class.
func FitsWords(w string) error {
	switch {
	case text.OneLine(w) != w || w == "":
		return fmt.Errorf("it is words on one line that can be seen")
	case utf8.RuneCountInString(w) > MostWords:
		return fmt.Errorf("it has more than %d letters", MostWords)
	}
	if rest := strings.ReplaceAll(w, severityMark, ""); strings.ContainsAny(rest, "{}") {
		return fmt.Errorf("only `%s` can be filled in", severityMark)
	}
	return nil
}

// severityMark stands for the name of a class in its words.
const severityMark = "{severity}"

// Heading is what a message begins with about something of a class, as Markdown; "" if moderators
// have no words for it.
func (c Calls) Heading(of Class) string {
	w := c.Words[of.String()]
	if w == "" {
		return ""
	}
	return text.Escape(strings.ReplaceAll(w, severityMark, of.String()), 2*MostWords)
}

// mostID is how long the ID of a user or a room may be, in bytes.
const mostID = 255

func unprintable(r rune) bool { return r <= ' ' || !unicode.IsPrint(r) }

// ParseCalls reads what was set, by name. An error is [Misfits].
func ParseCalls(written map[string]string, g Ground) (c Calls, err error) {
	if wrong := readRows(callRows(g), &c, written, "who is called"); len(wrong) > 0 {
		return Calls{}, wrong
	}
	return c, nil
}

// Written is what was set otherwise than usual, for ParseCalls.
func (c Calls) Written() map[string]string { return otherwise(callRows(nil), c) }

// Settings are all settings of it, and how each stands.
func (c Calls) Settings() []SharedSetting { return settingsOf(callRows(nil), c) }

// Hush is the calls with other hours in which nobody is called, written as 22:00-07:00
// Europe/Berlin except attack, or off.
func (c Calls) Hush(written string, g Ground) (Calls, error) {
	c.Quiet, c.Zone, c.Loud = Hours{}, "", nil
	if strings.EqualFold(written, off) {
		return c, nil
	}
	words := strings.Fields(written)
	if i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, "except") }); i >= 0 {
		for _, w := range words[i+1:] {
			name, err := ParseSeverity(strings.Trim(w, ","))
			if err != nil {
				return c, err
			}
			if !slices.Contains(c.Loud, name) {
				c.Loud = append(c.Loud, name)
			}
		}
		words = words[:i]
	}
	ok := false
	if len(words) > 0 {
		c.Quiet, ok = ParseHours(words[0])
	}
	if !ok || len(words) > 2 {
		return c, fmt.Errorf("it is hours such as 22:00-07:00 Europe/Berlin except attack, or %s", off)
	}
	if len(words) == 2 {
		if g != nil {
			if err := g.Zone(words[1]); err != nil {
				return c, fmt.Errorf("there is no time zone %s: %w", text.Code(text.Clip(words[1], 60)), err)
			}
		}
		c.Zone = words[1]
	}
	return c, nil
}

// hushed is how the hours are written.
func (c Calls) hushed() string {
	if c.Quiet.From == c.Quiet.To {
		return off
	}
	said := c.Quiet.String()
	if c.Zone != "" {
		said += " " + c.Zone
	}
	if len(c.Loud) > 0 {
		said += " except " + strings.Join(c.Loud, ", ")
	}
	return said
}

// ParseSeverity reads how bad something is. Its error is Markdown.
func ParseSeverity(word string) (string, error) {
	names, name := ClassNames(), strings.ToLower(word)
	switch best := text.Nearest(word, names); {
	case slices.Contains(names, name):
		return name, nil
	case best != "":
		return "", fmt.Errorf("there is no severity %s. Did you mean %s?", text.Code(text.Clip(word, 60)), text.Code(best))
	}
	return "", fmt.Errorf("there is no severity %s. There are `%s`", text.Code(text.Clip(word, 60)), strings.Join(names, "`, `"))
}
