package commands

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/sanction/trust"
	"forseti/text"
)

// WhyDesk is what the command about one user's standing asks.
type WhyDesk interface {
	Standing(u id.UserID) Member
	// Matching gives the rules that match an entity.
	Matching(kind policy.Kind, entity string) []policy.Rule
	// Notes are what moderators wrote down about a user, the first one first.
	Notes(ctx context.Context, u id.UserID) ([]MemberNote, error)
}

// Member is how a user stands with us.
type Member struct {
	Past      trust.Past
	Moderator bool // a member of the management room
	Exempt    bool // by a policy list
	// Points are what their offences weigh by now, and Offences what they did of late, the
	// earliest first.
	Points   int
	Offences []Offence
	Ladder   Ahead
}

// Offence is what a protection found against a user, or a moderator warned them for.
type Offence struct {
	At         time.Time
	Room       id.RoomID
	Protection string // "" for a moderator's warning
	Class      string
	Weighs     int       // in points, by now
	Gone       time.Time // when it weighs less than one
	Step       string    // that was taken
	Undone     bool
	Case       int64 // 0 for none
}

func whyCommands(d WhyDesk) []*command {
	return []*command{{
		name: "why", family: "Members", effect: looks,
		summary:  "show how a user stands, and what that follows from",
		details:  "New members are looked at the closest. Trust grows by messages that stood, on several days, in rooms where others talk too; of one day five messages count at most. It fades: half of it in eight weeks.",
		params:   []param{{name: "user", doc: "a user", value: userValue}},
		examples: []string{"why @friend:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return why(ctx, c, d) },
	}, pardonCommand(d)}
}

func why(ctx context.Context, c *call, d WhyDesk) (Plan, error) {
	e := arg[entity](c, "user")
	u := id.UserID(e.name)
	m := d.Standing(u)
	notes, err := d.Notes(ctx, u)
	if err != nil {
		return Plan{}, err
	}
	said := []string{fmt.Sprintf("%s is **%s** here: %s.", text.Code(e.name), m.Past.Level(), pastWords(m.Past))}
	switch {
	case m.Moderator:
		said = append(said, "They are a moderator, so no protection acts on them.")
	case m.Exempt:
		said = append(said, "A list exempts them, so no protection acts on them unless its `exempt-listed` says otherwise.")
	}
	if len(m.Offences) > 0 {
		said = append(said, offenceWords(c, m))
	}
	said = append(said, notesOf(c, notes))
	rules := append(d.Matching(policy.User, e.name), d.Matching(policy.Server, policy.ServerOf(u))...)
	if len(rules) == 0 {
		said = append(said, "No rule matches them.")
	} else {
		said = append(said, fmt.Sprintf("%s them:", text.Pick(len(rules), "1 rule matches", fmt.Sprintf("%d rules match", len(rules))))+listing(c.someLines(rules, true), ""))
	}
	return Plan{Answer: text.Paragraphs(append(said, e.note)...)}, nil
}

// pastWords say what a level follows from, in whole numbers.
func pastWords(p trust.Past) string {
	messages, days := int(math.Round(p.Messages)), int(math.Round(p.Days))
	if messages == 0 {
		return "I know of nothing that they wrote of late and that counts"
	}
	said := fmt.Sprintf("of what they wrote, %s on %s in %s count", text.Count(messages, "message"), text.Count(max(days, 1), "day"), text.Count(max(p.Rooms, 1), "room"))
	if p.Open {
		said += ", and points against them have not faded yet"
	}
	return said
}

// offenceWords say what somebody did, the latest first.
func offenceWords(c *call, m Member) string {
	const most = 10
	var lines []string
	for _, o := range slices.Backward(m.Offences) {
		line := fmt.Sprintf("%s in %s: %s", c.stamp(o.At), c.room(o.Room), o.by())
		if o.Undone {
			line += ", undone"
		}
		if o.Case > 0 {
			line += fmt.Sprintf(", case %d", o.Case)
		}
		lines = append(lines, line)
	}
	said := fmt.Sprintf("They have %s by now, for:", text.Count(m.Points, "point"))
	if n := len(lines) - most; n > 0 {
		return said + listing(lines[:most], "") + "\n\n… and " + text.Count(n, "earlier offence")
	}
	return said + listing(lines, "")
}
