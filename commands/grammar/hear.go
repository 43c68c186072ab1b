// Package grammar reads what moderators write: which messages are commands, whom they mention, and their words. It knows no command.
package grammar

import (
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Message is what somebody wrote, as the event has it.
type Message struct {
	Body      string
	HTML      string // the formatted body, "" if there is none
	Mentioned bool   // the event says that it mentions us
	// Mentions are all whom the event says that it mentions, as far as they have to stand in it.
	Mentions []string
}

// Heard is what a message that is meant for us comes to: a line to carry out, or an
// objection to say, in Markdown.
type Heard struct {
	Line      string
	Objection string
	// Perhaps are lines one of which may be meant, if there is an objection, and Aside the users whom the event mentions and
	// the first of them does not name.
	Perhaps, Aside []string
	// Plain is what is shown as plain text of a formatted message, without code and
	// quotations; "" if it is not formatted.
	Plain string
}

// Hearer knows what the bot is called.
type Hearer struct {
	Self        id.UserID
	DisplayName func() string // may change over time
	Borrowed
	// Knows tells whether there is a command of that name, or one that is nearly called so.
	Knows func(word string) (command, nearly bool)
}

// objection is why a message is not carried out, in Markdown.
type objection string

func (o objection) Error() string { return string(o) }

// object makes an objection. What strangers wrote is among args only as code.
func object(format string, args ...any) error { return objection(fmt.Sprintf(format, args...)) }

// mostBytes is more than an event can hold. What is longer was made to be slow.
const mostBytes = 64 << 10

// MaxLine is how long a command may be, in bytes.
const MaxLine = 4 << 10

// Why something is not carried out that stands in a message.
const (
	InCode   = "I do not carry out what stands in a code block. If it is meant, write the command itself, without the backticks."
	NotShown = "What your client shows of that message is not what its plain text says, so I did nothing. " +
		"Write the command as plain text, and users and rooms by their IDs, such as `@name:example.org`."
)

// TooLong says that so many bytes are no command.
func TooLong(size int) string {
	return fmt.Sprintf("That command is %d kB long; a command may have at most %d kB. I did nothing.", (size+1023)>>10, MaxLine>>10)
}

// Hear reads a message; ok only if it is meant for us.
//
// The plain text is what is carried out, for in it stars are still stars. But a
// mention counts by its link, and nothing is carried out that others cannot see as a
// command: not what only the plain text says, and not what is shown as code or as a
// quotation.
func (h Hearer) Hear(m Message) (heard Heard, ok bool) {
	heard, ok = h.hear(m)
	if !ok || heard.Objection != "" {
		return heard, ok
	}
	var aside []string
	for _, user := range m.Mentions {
		if user != string(h.Self) && !saysUser(heard.Line, user) {
			aside = append(aside, user)
		}
	}
	if len(aside) > 0 {
		return Heard{Objection: unplaced(aside[0]).Error(), Perhaps: []string{heard.Line}, Aside: aside}, true
	}
	return heard, true
}

func (h Hearer) hear(m Message) (heard Heard, ok bool) {
	m.Body = strings.ReplaceAll(m.Body, "\x00", "")
	if size := max(len(m.Body), len(m.HTML)); len(m.Body) > MaxText || size > mostBytes {
		_, ok := h.addressed(m.Body[:min(len(m.Body), 2*MaxLine)], m.Mentioned)
		return Heard{Objection: TooLong(size)}, ok
	}
	if m.HTML == "" {
		return h.hearPlain(m)
	}
	pieces := shown(m.HTML)
	m.Body = withoutInfo(m.Body)
	body, err := h.place(m.Body, pieces)
	if err != nil {
		return h.doubt(err, m), h.calledBy(m, pieces)
	}
	line, ok := h.addressed(body, m.Mentioned)
	bare := strings.TrimLeft(body, "`~ \n\t")
	if !ok {
		line, ok = h.addressed(bare, m.Mentioned)
	} else {
		bare = body
	}
	switch {
	case !ok:
		return Heard{}, false
	case h.open(pieces, line, m.Mentioned) && bare == body:
		return Heard{Line: line, Plain: h.visible(pieces, false)}, true
	default:
		return Heard{Objection: InCode}, !quotation(pieces)
	}
}

// hearPlain reads a message without formatting. Some clients send their Markdown
// just so.
func (h Hearer) hearPlain(m Message) (Heard, bool) {
	body, err := h.writeOut(m.Body)
	if err != nil {
		_, ok := h.addressed(m.Body, m.Mentioned)
		return h.doubt(err, m), ok || h.calledBy(m, nil)
	}
	if line, ok := h.addressed(body, m.Mentioned); ok {
		return Heard{Line: line}, true
	}
	if bare, code := strings.CutPrefix(strings.TrimLeftFunc(body, IsSpace), "`"); code {
		_, ok := h.addressed(strings.TrimLeft(bare, "` \n\t"), m.Mentioned)
		return Heard{Objection: InCode}, ok
	}
	return Heard{}, false
}

// calledBy tells whether a message that could not be read is meant for us all the
// same, by its text or by what is shown of it.
func (h Hearer) calledBy(m Message, pieces []piece) bool {
	if _, ok := h.addressed(m.Body, m.Mentioned); ok {
		return true
	}
	_, ok := h.addressed(h.visible(pieces, true), m.Mentioned)
	return ok
}

// open tells whether prefix and command are shown as plain text. Whom or what it is
// about may stand in code, as it is pasted.
func (h Hearer) open(pieces []piece, line string, mentioned bool) bool {
	seen, ok := h.addressed(h.visible(pieces, false), mentioned)
	first, shown := firstWord(line), firstWord(seen)
	return ok && (telling(first) == telling(shown) || strings.HasPrefix(first, "https://"))
}

// Addressed takes the name by which we are called off the front of a text that mentions us in
// no other way.
func (h Hearer) Addressed(text string) (line string, ok bool) { return h.addressed(text, false) }

// Shows tells whether each command of a message stands on a line of its own as plain text,
// and no other does.
func (h Hearer) Shows(m Heard, lines []string) bool {
	if m.Plain == "" {
		return true
	}
	n := 0
	for shown := range strings.FieldsFuncSeq(m.Plain, isNewline) {
		line, ok := h.addressed(shown, n == 0)
		if !ok {
			continue
		}
		if n == len(lines) || telling(firstWord(line)) != telling(firstWord(lines[n])) {
			return false
		}
		n++
	}
	return n == len(lines)
}

func firstWord(s string) string {
	if end := strings.IndexFunc(s, IsSpace); end >= 0 {
		return s[:end]
	}
	return s
}

// visible is what is shown of a message, with or without code and quotations.
func (h Hearer) visible(pieces []piece, all bool) string {
	var b strings.Builder
	for _, p := range pieces {
		switch {
		case (p.code || p.quoted) && !all:
			b.WriteString(" ")
		case p.link != nil && p.link.Target == string(h.Self):
			b.WriteString(string(h.Self) + " ")
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// quotation tells whether a message begins with somebody else's words.
func quotation(pieces []piece) bool {
	for _, p := range pieces {
		if p.link != nil || telling(p.text) != "" {
			return p.quoted
		}
	}
	return false
}
