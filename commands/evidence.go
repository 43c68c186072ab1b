package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/content"
	"forseti/text"
)

// EvidenceDesk shows what was removed.
type EvidenceDesk interface {
	Evidence(ctx context.Context, event id.EventID) (Evidence, error)
}

func evidenceCommands(d EvidenceDesk, m MessageDesk, cases CaseDesk) []*command {
	return []*command{{
		name: "evidence", family: "Members", effect: looks,
		summary:  "show a message that was removed, as it was",
		details:  "What protections and `redact` remove is kept for a while, encrypted in my database. As a reply to an alert of mine, it shows what that is about.",
		params:   []param{{name: "message", doc: "a link to it, or its event ID; or a user, or the number of a case", value: exhibitValue, replied: true, kind: saysCase}},
		examples: []string{"evidence https://matrix.to/#/!room:example.org/$event", "evidence 12", "evidence @spammer:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return evidence(ctx, c, d, m, cases) },
	}}
}

// exhibitValue is a message, or what messages belong to: a user, or a case by its number.
var exhibitValue = value{hint: "link to a message, user or number of a case", parse: func(c *call, w grammar.Word) (any, error) {
	if likeCase(w) {
		return caseNumber.parse(c, w)
	}
	what, err := messagesValue.parse(c, w)
	if of, _ := what.(messages); err == nil && of.user.glob {
		err = refuse("%s is a pattern. Write one user.", text.Code(w.Text))
	}
	return what, err
}}

// mostEvidence is how much of a message is shown, in bytes.
const mostEvidence = 4000

// mostExhibits is how many messages are shown at once.
const mostExhibits = 5

func evidence(ctx context.Context, c *call, d EvidenceDesk, m MessageDesk, cases CaseDesk) (Plan, error) {
	what, of := arg[messages](c, "message"), []id.EventID(nil)
	if n := arg[int](c, "message"); n > 0 || what.user.name != "" {
		var err error
		if of, err = cases.Events(ctx, n, id.UserID(what.user.name)); err != nil {
			return Plan{}, err
		}
		switch {
		case len(of) == 0 && n > 0:
			_, err := findCase(ctx, cases, n)
			return says("I keep no message of case %d: what protections and `redact` remove is kept for a while. `!forseti case %d` shows what happened.", n, n), err
		case len(of) == 0:
			return says("I keep no message of %s: what protections and `redact` remove is kept for a while.", text.Code(what.user.name)), nil
		}
		return exhibits(ctx, c, d, of)
	}
	of = []id.EventID{what.event} // nobody else has what is removed
	at, err := c.pointed(what)
	if what.event == "" || err == nil && at.Room != "" && at.Room == c.Room {
		all, err := c.meant(ctx, m, what)
		if err != nil {
			return Plan{}, err
		}
		of = of[:0]
		for _, said := range all {
			of = append(of, said.Event)
		}
	}
	return exhibits(ctx, c, d, of)
}

// exhibits shows what is kept of messages.
func exhibits(ctx context.Context, c *call, d EvidenceDesk, of []id.EventID) (Plan, error) {
	var parts, not []string
	for _, event := range of[:min(len(of), mostExhibits)] {
		e, err := d.Evidence(ctx, event)
		switch {
		case err != nil && len(of) == 1:
			return Plan{}, err
		case err != nil:
			not = append(not, c.explain(err))
			continue
		}
		parts = append(parts, fmt.Sprintf("%s sent %s to %s, by their own clock at %s:", text.Code(string(e.Sender)), text.Escape(e.Seen.Kind, text.MostName),
			c.room(e.Room), e.Sent.In(c.names.Zone()).Format("2006-01-02 15:04:05 MST")))
		parts = append(parts, seen(e)...)
		parts = append(parts, fmt.Sprintf("I forget it on %s.", c.day(e.Until)))
	}
	if more := len(of) - mostExhibits; more > 0 {
		var lines []string
		for _, e := range of[mostExhibits:] {
			lines = append(lines, text.Code("!forseti evidence "+string(e)))
		}
		parts = append(parts, some(fmt.Sprintf("There are %d more: the link to one of them shows it, or", more), lines))
	}
	return Plan{Answer: strings.Join(append(parts, slices.Compact(not)...), "\n\n")}, nil
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
