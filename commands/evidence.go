package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/content"
	"forseti/text"
)

// EvidenceDesk shows what was removed.
type EvidenceDesk interface {
	Evidence(ctx context.Context, event id.EventID) (Evidence, error)
}

func evidenceCommands(d EvidenceDesk) []*command {
	return []*command{{
		name: "evidence", family: "Members", effect: looks,
		summary:  "show a message that was removed, as it was",
		details:  "What protections and `redact` remove is kept for a while, encrypted in my database.",
		params:   []param{{name: "message", doc: "a link to it, or its event ID", value: messageValue}},
		examples: []string{"evidence https://matrix.to/#/!room:example.org/$event"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return evidence(ctx, c, d) },
	}}
}

// messageValue is one message, by link or ID.
var messageValue = value{hint: "link to a message", parse: func(c *call, w grammar.Word) (any, error) {
	parsed, err := messagesValue.parse(c, w)
	if what, ok := parsed.(messages); err == nil && ok && what.event != "" {
		return what.event, nil
	}
	return nil, refuse("%s is no message. Paste the link to one, or its event ID, which begins with $.", text.Code(w.Text))
}}

// mostEvidence is how much of a message is shown, in bytes.
const mostEvidence = 4000

func evidence(ctx context.Context, c *call, d EvidenceDesk) (Plan, error) {
	e, err := d.Evidence(ctx, arg[id.EventID](c, "message"))
	if err != nil {
		return Plan{}, err
	}
	parts := []string{fmt.Sprintf("%s sent %s to %s, by their own clock at %s:", text.Code(string(e.Sender)), text.Escape(e.Seen.Kind, text.MostName),
		c.room(e.Room), e.Sent.UTC().Format("2006-01-02 15:04:05 UTC"))}
	parts = append(parts, seen(e)...)
	parts = append(parts, fmt.Sprintf("I forget it on %s.", e.Until.UTC().Format(time.DateOnly)))
	return Plan{Answer: strings.Join(parts, "\n\n")}, nil
}

// seen shows what people saw, and what others may have seen.
func seen(e Evidence) (parts []string) {
	if shown := e.Seen.String(); shown != "" {
		parts = append(parts, cited(shown))
	}
	for _, f := range e.Seen.Files {
		parts = append(parts, carried(f))
	}
	if e.Seen.Fallback != "" {
		parts = append(parts, "Where clients show no edits or no formatting, it read:", cited(e.Seen.Fallback))
	}
	if len(parts) == 0 {
		parts = append(parts, "Nothing of it is text. This is its content:", cited(e.Raw))
	}
	return parts
}

// carried says what file a message carries, and where it is. It is no link: nobody opens
// what was removed by a slip of the finger.
func carried(f content.File) string {
	said := "It carries a " + text.Escape(f.Kind, text.MostName)
	if f.Name != "" {
		said += " named " + text.Code(f.Name)
	}
	var facts []string
	if f.Type != "" {
		facts = append(facts, text.Escape(f.Type, text.MostName))
	}
	if f.Size > 0 {
		facts = append(facts, text.Count(int(f.Size), "byte"))
	}
	if f.Encrypted {
		facts = append(facts, "encrypted")
	}
	if len(facts) > 0 {
		said += " (" + strings.Join(facts, ", ") + ")"
	}
	if f.Address != "" {
		said += ", at " + text.Code(f.Address)
	}
	if f.SHA256 != "" {
		said += ", with the SHA-256 hash " + text.Code(f.SHA256)
	}
	return said + "."
}

// mostLines is how many lines of a message are shown as such; the rest is one.
const mostLines = 30

// cited shows what a stranger wrote, line by line, with nothing in it as markup.
func cited(s string) string {
	var lines []string
	for _, line := range strings.SplitN(text.Clip(s, mostEvidence), "\n", mostLines) {
		lines = append(lines, "> "+text.Escape(line, mostEvidence))
	}
	return strings.Join(lines, "\n")
}
