package commands

import (
	"context"
	"fmt"

	"forseti/text"
)

func pardonCommand(d WhyDesk, m MessageDesk) *command {
	return &command{
		name: "pardon", family: "Members", effect: moderates,
		summary:  "have what a user did count no more, so that the ladder begins anew with them",
		details:  "What was done to them stays: `unmute` and `unban` take that back. What happened stays to be seen in `why`.",
		params:   []param{{name: "user", doc: "whom, or several", value: userValue, several: true, replied: true}},
		asks:     manyReplied,
		examples: []string{"pardon @sorry:example.org", "pardon @one:example.org @two:example.org"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			es, several, err := whom(ctx, c, m, "user")
			if err != nil {
				return Plan{}, err
			}
			p, err := each(namesOf(es), "", func(i int) (Plan, error) { return pardon(c, d, es[i]) })
			if several {
				p.Ask = "Pardon them?"
			}
			return p, err
		},
	}
}

func pardon(c *call, d WhyDesk, e entity) (Plan, error) {
	u, err := oneUser(c, e, "pardon")
	if err != nil {
		return Plan{}, err
	}
	m := d.Standing(u)
	counted := 0
	for _, o := range m.Offences {
		if !o.Undone {
			counted++
		}
	}
	if counted == 0 {
		return says("Nothing counts against %s.", text.Code(string(u))), nil
	}
	what := fmt.Sprintf("%s of %s", text.Count(counted, "offence"), text.Code(string(u)))
	p := Plan{
		Effect: fmt.Sprintf("%s, %s, would count no more.", what, text.Count(m.Points, "point")),
		Answer: fmt.Sprintf("%s %s no more: %s. What was done stays.", what, text.Pick(counted, "counts", "count"), text.Pick(m.Points, "1 point is gone", fmt.Sprintf("%d points are gone", m.Points))),
	}
	p.change(Change{Kind: Pardon, User: u}, "")
	return p, nil
}
