package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"forseti/commands/grammar"
	"forseti/text"
)

// Limits is the blast radius: what the changes of one list, or one other change, may
// do to those who are present without a moderator's yes.
type Limits struct {
	Members int           // present members in all
	Percent int           // of the members of one room, unless it is small
	Within  time.Duration // in which the changes of one list count together; whole minutes
}

// Apart are those that differ from others; zero for those that do not.
func (l Limits) Apart(from Limits) Limits {
	if l.Members == from.Members {
		l.Members = 0
	}
	if l.Percent == from.Percent {
		l.Percent = 0
	}
	if l.Within == from.Within {
		l.Within = 0
	}
	return l
}

// maxMembers is beyond any community, and so a limit that holds nothing back.
const maxMembers = 1_000_000

// maxWithin is a day, in minutes.
const maxWithin = 24 * 60

// LimitDesk gives the blast radius as it is, and as the configuration has it.
type LimitDesk interface {
	Limits() (now, byDefault Limits)
}

func limitCommands(d LimitDesk) []*command {
	return []*command{{
		name: "limits", family: "Upkeep", effect: looks,
		summary:  "show how much may be done without asking you",
		details:  "What would ban or free more members, or hit a larger share of a room of 20 or more, waits for a yes: a change of a list, together with the others of that list in a while, a list, a room, a command.",
		examples: []string{"limits"},
		plan:     func(_ context.Context, _ *call) (Plan, error) { return showLimits(d), nil },
	}, {
		name: "limits set", family: "Upkeep", effect: sets,
		summary: "change how much may be done without asking you",
		details: "What waits for an answer already goes on waiting for it.",
		params: []param{
			{name: "members|percent|within", doc: "`members`: present members in all; `percent`: share of a room; `within`: minutes in which the changes of one list count together", value: limitValue},
			{name: "number", doc: "how many; `default` for what it is otherwise", value: wordValue},
		},
		examples: []string{"limits set members 25", "limits set percent 5", "limits set within 30", "limits set members default"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setLimit(c, d) },
	}}
}

var limitValue = value{hint: "members, percent or within", parse: func(_ *call, w grammar.Word) (any, error) {
	names := []string{"members", "percent", "within"}
	if name := strings.ToLower(w.Text); slices.Contains(names, name) {
		return name, nil
	}
	return nil, noSuch("limit", w.Text, names, "There are `members`, `percent` and `within`.")
}}

func showLimits(d LimitDesk) Plan {
	now, byDefault := d.Limits()
	return Plan{Answer: "One change waits for your yes if it would hit more than" + listing([]string{
		fmt.Sprintf("`members`: **%d** who are present%s", now.Members, otherwise(now.Members, byDefault.Members)),
		fmt.Sprintf("`percent`: **%d** %% of a room of 20 or more%s", now.Percent, otherwise(now.Percent, byDefault.Percent)),
	}, "") + fmt.Sprintf("\n\nWhat the changes of one list do `within` **%s** counts together.", text.Span(now.Within)) +
		"\n\nChange one with `!forseti limits set members <number>`."}
}

func otherwise(now, byDefault int) string {
	if now == byDefault {
		return ""
	}
	return fmt.Sprintf(" (otherwise %d)", byDefault)
}

func setLimit(c *call, d LimitDesk) (Plan, error) {
	now, byDefault := d.Limits()
	which, written := arg[string](c, "members|percent|within"), arg[string](c, "number")
	before, initial, most, kind := now.Members, byDefault.Members, maxMembers, LimitMembers
	switch which {
	case "percent":
		before, initial, most, kind = now.Percent, byDefault.Percent, 100, LimitPercent
	case "within":
		before, initial, most, kind = int(now.Within.Minutes()), int(byDefault.Within.Minutes()), maxWithin, LimitWithin
	}
	n, err := strconv.Atoi(strings.TrimSuffix(written, "%"))
	stored := n
	switch {
	case strings.EqualFold(written, "default"):
		n, stored = initial, 0
	case err != nil || n < 1 || n > most:
		return Plan{}, refuse("%s does not fit: write a whole number from 1 to %d, or `default`.", text.Code(written), most)
	}
	if n == before && stored == n {
		return says("The limit `%s` is %d already.", which, n), nil
	}
	p := Plan{Effect: fmt.Sprintf("The limit `%s` would go from %d to %d.", which, before, n), Answer: fmt.Sprintf("Limit `%s`: %d → %d.", which, before, n)}
	p.change(Change{Kind: kind, Number: stored}, "")
	p.harmless = true
	return p, nil
}
