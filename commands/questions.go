package commands

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// QuestionDesk tells what waits for a moderator's word, and what got a no.
type QuestionDesk interface {
	// Questions gives those that are open.
	Questions() []Question
	// Rejected gives the changes of a list that got a no, in words, and what it would
	// do to follow them after all.
	Rejected(list id.RoomID) ([]string, Effect)
}

// Question is one that was asked and not answered.
type Question struct {
	Event id.EventID
	Text  string // its first sentences, in Markdown
}

func questionCommands(d QuestionDesk) []*command {
	return []*command{{
		name: "questions", family: "Upkeep", effect: looks,
		summary:  "show what waits for your yes or no",
		examples: []string{"questions"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return questions(c, d), nil },
	}, {
		name: "release", family: "Lists", effect: sets,
		summary:  "follow the changes of a list that got a no after all",
		params:   []param{{name: "list", doc: "a watched list", value: listValue}},
		asks:     "always, as they were asked about before",
		examples: []string{"release coc"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return followRejected(c, d) },
	}}
}

func questions(c *call, d QuestionDesk) Plan {
	open := d.Questions()
	if len(open) == 0 {
		return says("No question waits for an answer.")
	}
	lines := make([]string, len(open))
	for i, q := range open {
		lines[i] = fmt.Sprintf("[Answer](%s): %s", c.Room.EventURI(q.Event, c.self.Homeserver()).MatrixToURL(), q.Text)
	}
	return says("%s for ✅ or ❌:%s", text.Count(len(open), "question")+text.Pick(len(open), " waits", " wait"), listing(lines, ""))
}

func followRejected(c *call, d QuestionDesk) (Plan, error) {
	l, err := c.findList(arg[Ref](c, "list"))
	if err != nil {
		return Plan{}, err
	}
	changes, e := d.Rejected(l.ID)
	if len(changes) == 0 {
		return Plan{}, refuse("No change of %s got a no.", c.listName(l))
	}
	p := Plan{
		Effect: fmt.Sprintf("%s of %s got a no:%s", text.Count(len(changes), "change"), c.listName(l), listing(changes, "")),
		Ask:    "Follow " + text.Pick(len(changes), "it", "them") + "?",
		Answer: fmt.Sprintf("I follow now what got a no in %s.", c.listName(l)),
		Weight: e.Weight(),
	}
	if freed, hit := frees(e), c.hits(e); freed != "" || hit != "" {
		p.Effect += fmt.Sprintf("\n\nTo follow %s would %s.", text.Pick(len(changes), "it", "them"), both(hit, freed))
	}
	p.change(Change{Kind: Release, Room: l.ID}, "")
	return p, nil
}
