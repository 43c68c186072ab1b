package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// Limits is the blast radius: what one change may do to those who are present
// without a moderator's yes.
type Limits struct {
	Members int // present members in all
	Percent int // of the members of one room, unless it is small
}

// maxMembers is beyond any community, and so a limit that holds nothing back.
const maxMembers = 1_000_000

// LimitDesk gives the blast radius as it is, and as the configuration has it.
type LimitDesk interface {
	Limits() (now, byDefault Limits)
}

func limitCommands(d LimitDesk) []*command {
	return []*command{{
		name: "limits", family: "Upkeep", effect: looks,
		summary:  "show how much one change may do without asking you",
		details:  "A rule, a list or a new room that would hit more members, or a larger share of a room of 20 or more, waits for a yes.",
		examples: []string{"limits"},
		plan:     func(_ context.Context, _ *call) (Plan, error) { return showLimits(d), nil },
	}, {
		name: "limits set", family: "Upkeep", effect: sets,
		summary: "change how much one change may do without asking you",
		details: "What waits for an answer already goes on waiting for it.",
		params: []param{
			{name: "members|percent", doc: "`members`: present members in all; `percent`: share of a room", value: limitValue},
			{name: "number", doc: "how many may be hit; `default` for what the configuration says", value: wordValue},
		},
		examples: []string{"limits set members 25", "limits set percent 5", "limits set members default"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setLimit(c, d) },
	}}
}

var limitValue = value{hint: "members or percent", parse: func(_ *call, w grammar.Word) (any, error) {
	switch strings.ToLower(w.Text) {
	case "members", "percent":
		return strings.ToLower(w.Text), nil
	default:
		return nil, refuse("There is no limit %s. There are `members` and `percent`.", text.Code(w.Text))
	}
}}

func showLimits(d LimitDesk) Plan {
	now, byDefault := d.Limits()
	return Plan{Answer: "One change waits for your yes if it would hit more than" + listing([]string{
		fmt.Sprintf("`members`: **%d** who are present%s", now.Members, otherwise(now.Members, byDefault.Members)),
		fmt.Sprintf("`percent`: **%d** %% of a room of 20 or more%s", now.Percent, otherwise(now.Percent, byDefault.Percent)),
	}, "") + "\n\nChange one with `!forseti limits set members <number>`."}
}

func otherwise(now, byDefault int) string {
	if now == byDefault {
		return ""
	}
	return fmt.Sprintf(" (otherwise %d)", byDefault)
}

func setLimit(c *call, d LimitDesk) (Plan, error) {
	now, byDefault := d.Limits()
	which, written := arg[string](c, "members|percent"), arg[string](c, "number")
	before, initial, most, kind := now.Members, byDefault.Members, maxMembers, LimitMembers
	if which == "percent" {
		before, initial, most, kind = now.Percent, byDefault.Percent, 100, LimitPercent
	}
	n, err := strconv.Atoi(strings.TrimSuffix(written, "%"))
	stored := n
	switch {
	case strings.EqualFold(written, "default"):
		n, stored = initial, 0
	case err != nil || n < 1 || n > most:
		return Plan{}, refuse("%s does not fit: write a whole number from 1 to %d, or `default`.", text.Code(written), most)
	}
	p := Plan{Effect: fmt.Sprintf("The limit `%s` would go from %d to %d.", which, before, n), Answer: fmt.Sprintf("Limit `%s`: %d → %d.", which, before, n)}
	p.change(Change{Kind: kind, Number: stored}, "")
	p.harmless = true
	return p, nil
}
