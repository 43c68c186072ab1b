package commands

import (
	"context"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
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
		details:  "What protections and `redact` remove is kept for a while, encrypted in my database. Nothing else is.",
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
	return says("%s wrote in %s, by their own clock at %s, as %s:\n\n%s\n\nI forget it on %s.",
		text.Code(string(e.Sender)), c.room(e.Room), e.Sent.UTC().Format("2006-01-02 15:04:05 UTC"), text.Code(e.Type),
		cited(e.Body), e.Until.UTC().Format(time.DateOnly)), nil
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
