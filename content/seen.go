package content

import (
	"cmp"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Seen is what people saw of a message, for whoever reads it later.
type Seen struct {
	// Kind is what it is, in words: "a message", "an edit of a picture", "a poll".
	Kind string
	// Text is what clients show, with where links lead.
	Text string
	// Fallback is what the simplest clients show in place of Text, if that says something
	// else; "" if not.
	Fallback string
	Choices  []string   // of a poll
	Edits    id.EventID // what it replaces, if it is an edit
	Files    []File
}

// Seen gives that.
func (m *Message) Seen() Seen {
	w, o := m.told(), m.read()
	text, fallback := w.evidence.read()
	return Seen{
		Kind: m.described(), Text: text, Fallback: fallback, Choices: o.special.choices, Edits: o.about.edits, Files: o.files,
	}
}

// String is all of it in lines, for whoever reads it.
func (s Seen) String() string {
	lines := []string{s.Text}
	for i, choice := range s.Choices {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, choice))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// evidence is what is read later of what was shown.
type evidence struct {
	text     string   // what is shown; of what is formatted, the plain text with what it quotes
	fallback string   // what the simplest clients show in its place, if that says something else
	html     *visible // what is shown, if it is formatted; with where links lead it is made when it is asked for
}

// read gives both.
func (e *evidence) read() (text, fallback string) {
	if e.html == nil {
		return e.text, e.fallback
	}
	with, bare := e.html.shownWith(), withoutQuote(e.text)
	if alike(with, bare) {
		return bare, e.fallback
	}
	return with, cmp.Or(e.fallback, e.text)
}

// say has it be another text.
func (e *evidence) say(text string) { e.text, e.html = text, nil }
