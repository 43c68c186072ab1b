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

func limitCommands() []*command {
	return []*command{{
		name: "limits", family: "Upkeep", effect: looks,
		summary:  "show how much one change may do without asking you",
		details:  "A rule, a list or a new room that would hit more members, or a larger share of a room of 20 or more, waits for a yes.",
		examples: []string{"limits"},
		run:      showLimits,
	}, {
		name: "limits set", family: "Upkeep", effect: sets,
		summary: "change how much one change may do without asking you",
		details: "What waits for an answer already goes on waiting for it.",
		params: []param{
			{name: "members|percent", doc: "`members`: present members in all; `percent`: share of a room", value: limitValue},
			{name: "number", doc: "how many may be hit; `default` for what the configuration says", value: wordValue},
		},
		examples: []string{"limits set members 25", "limits set percent 5", "limits set members default"},
		run:      setLimit,
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

func showLimits(_ context.Context, c *call) (Answer, error) {
	now, byDefault := c.Bot.Limits()
	return Answer{Markdown: "One change waits for your yes if it would hit more than" + listing([]string{
		fmt.Sprintf("`members`: **%d** who are present%s", now.Members, otherwise(now.Members, byDefault.Members)),
		fmt.Sprintf("`percent`: **%d** %% of a room of 20 or more%s", now.Percent, otherwise(now.Percent, byDefault.Percent)),
	}, "") + "\n\nChange one with `!forseti limits set members <number>`."}, nil
}

func otherwise(now, byDefault int) string {
	if now == byDefault {
		return ""
	}
	return fmt.Sprintf(" (otherwise %d)", byDefault)
}

func setLimit(ctx context.Context, c *call) (Answer, error) {
	now, byDefault := c.Bot.Limits()
	which, written := arg[string](c, "members|percent"), arg[string](c, "number")
	limit, initial, most := &now.Members, byDefault.Members, maxMembers
	if which == "percent" {
		limit, initial, most = &now.Percent, byDefault.Percent, 100
	}
	before := *limit
	n, err := strconv.Atoi(strings.TrimSuffix(written, "%"))
	switch {
	case strings.EqualFold(written, "default"):
		n = initial
	case err != nil || n < 1 || n > most:
		return Answer{}, refuse("%s does not fit: write a whole number from 1 to %d, or `default`.", text.Code(written), most)
	}
	*limit = n
	if err := c.Bot.SetLimits(ctx, now); err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: fmt.Sprintf("Limit `%s`: %d → %d.", which, before, n)}, nil
}
