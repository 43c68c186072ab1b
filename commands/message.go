package commands

import (
	"context"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// MessageDesk finds the messages that commands are about.
type MessageDesk interface {
	// Meant is what a moderator means who points at a message. An error is a sentence.
	Meant(ctx context.Context, p Pointed) (Meant, error)
}

// Pointed is a message that a moderator points at: by a link, by its ID, or by a reply.
type Pointed struct {
	Room  id.RoomID // "" if it is not said
	Event id.EventID
}

// Meant is what a message is about that a moderator points at.
type Meant struct {
	// Messages are those of protected rooms: itself, those that it tells of if it is an alert,
	// or those that it has links to if a moderator wrote it to the others.
	Messages []Said
	// Here is the message itself if a moderator wrote it to the others, and Pictures how many
	// it shows.
	Here     Said
	Pictures int
}

// mostMeant is how many messages one command is about.
const mostMeant = 20

// messages says which are meant: an event of a room, or what a user said.
type messages struct {
	room  Ref
	event id.EventID
	user  entity
}

// messageValue is one message, by link or ID, with the room if it is said.
var messageValue = value{hint: "link to a message", of: aboutEvents, parse: func(_ *call, w grammar.Word) (any, error) {
	what, ok, err := eventOf(w)
	if ok {
		return what, err
	}
	return nil, refuse("%s is no message. Paste the link to one, or its event ID, which begins with $.", text.Code(text.Clip(w.Text, 60)))
}}

var messagesValue = value{hint: "user or link to a message", of: aboutUsers, parse: func(_ *call, w grammar.Word) (any, error) {
	if what, ok, err := eventOf(w); ok {
		return what, err
	}
	e, err := parseEntity(w)
	if err == nil && e.kind != policy.User {
		err = refuse("%s is neither a user nor a message. Write a user as `@name:example.org`, or paste the link to a message.", text.Code(w.Text))
	}
	return messages{user: e}, err
}, like: likeMessage}

// eventOf reads a link to an event, or its ID; ok if it is either.
func eventOf(w grammar.Word) (what messages, ok bool, err error) {
	s := grammar.Unwrap(w.Text)
	if l, ok := grammar.ParseLink(s); ok && l.Event != "" {
		room, err := parseRoom(l.Target)
		return messages{room: room, event: l.Event}, true, err
	}
	if len(s) > 1 && s[0] == '$' && len(s) <= maxID && printable(s) {
		return messages{event: id.EventID(s)}, true, nil
	}
	return messages{}, false, nil
}

// named reports whether a word is written as what has an ID is: if it cannot be read, that is
// a mistake, and no word of a reason.
func named(w grammar.Word) bool {
	s := grammar.Unwrap(w.Text)
	_, link := grammar.ParseLink(s)
	return link || strings.Contains(s, "://") || s != "" && strings.ContainsRune("@!#$", rune(s[0]))
}

// replyMark begins a line that was written in reply to a message. Hear lets no message begin
// with it.
const replyMark = "\x00reply "

// InReply is a line, as Hear gives it, with the message that it replies to, if that can stand
// in for something that the line leaves out.
func (s *Set) InReply(line string, to id.EventID) string { return s.Captioning(line, to, to) }

// Captioning is InReply for the caption of a file or a picture, which is what is meant by commands that take one; others are
// about what it replies to, if anything.
func (s *Set) Captioning(line string, file, to id.EventID) string {
	if strings.HasPrefix(line, objectionMark) {
		said, perhaps := perhapsMeant(line)
		for i, line := range perhaps {
			perhaps[i] = s.Captioning(line, file, to)
		}
		return Objection(said) + perhapsMark(perhaps)
	}
	return eachLine(line, func(line string) string {
		if l, fits := s.read(line); fits && l.command != nil && l.command.captions() {
			return s.oneInReply(line, file)
		}
		return s.oneInReply(line, to)
	})
}

func (s *Set) oneInReply(line string, to id.EventID) string {
	if len(to) < 2 || strings.Contains(string(to), "\x00") {
		return line
	}
	if l, fits := s.read(line); !fits || l.command == nil || l.command.replied() == nil && l.command.reads == "" {
		return line
	}
	return replyMark + string(to) + "\x00" + line
}

// repliedTo parts a line from the message that it replies to.
func repliedTo(line string) (rest string, to id.EventID) {
	if marked, ok := strings.CutPrefix(line, replyMark); ok {
		if to, rest, ok := strings.Cut(marked, "\x00"); ok {
			return rest, id.EventID(to)
		}
	}
	return line, ""
}

// captions tells whether a command takes what it is the caption of.
func (c *command) captions() bool {
	p := c.replied()
	return c.reads != "" || p != nil && p.sent
}

// replied is what a reply stands in for; nil if it does for nothing.
func (c *command) replied() *param {
	for i := range c.params {
		if c.params[i].replied {
			return &c.params[i]
		}
	}
	return nil
}

// Alone reads words that are a command by themselves, in reply to an alert.
func (s *Set) Alone(said string) (line string, ok bool) {
	said = strings.ToLower(strings.Trim(said, " \n.!"))
	for _, c := range s.commands {
		if !c.alone {
			continue
		}
		if slices.Contains(append([]string{c.name}, c.also...), said) {
			return c.name, true
		}
	}
	return "", false
}

// pointed is the message that a command is about: the one that is named, or else the one that
// it replies to.
func (c *call) pointed(what messages) (at Pointed, err error) {
	if what.event == "" {
		return Pointed{Room: c.Room, Event: c.reply}, nil
	}
	at.Event = what.event
	switch ref := what.room; {
	case ref.Room != "" && ref.Room == c.Room:
		at.Room = c.Room
	case ref.Room != "" || ref.Alias != "":
		var in Room
		in, err = c.protected(ref)
		at.Room = in.ID
	default:
		at.Room, err = c.within()
	}
	return at, err
}

var errAboutNone = refuse("That message is about none that I can find in a protected room. Paste the link to the one that you mean.")

// meant are the messages of protected rooms that a command is about, one at least.
func (c *call) meant(ctx context.Context, d MessageDesk, what messages) ([]Said, error) {
	at, err := c.pointed(what)
	if err != nil {
		return nil, err
	}
	m, err := d.Meant(ctx, at)
	if err == nil && len(m.Messages) == 0 {
		err = errAboutNone
	}
	return m.Messages, err
}
