package commands

import (
	"context"
	"fmt"

	"forseti/sanction"
	"forseti/text"
)

// LadderDesk gives the ladder as the community has it.
type LadderDesk interface {
	Ladder() sanction.Ladder
}

func ladderCommands(d LadderDesk) []*command {
	return []*command{{
		name: "ladder", family: "Protections", effect: looks,
		summary:  "show what follows from how many points",
		details:  "It holds for all protections and rooms whose `consequence` is `ladder`. The ceiling holds for all.",
		examples: []string{"ladder"},
		plan:     func(_ context.Context, _ *call) (Plan, error) { return showLadder(d.Ladder()), nil },
	}, {
		name: "ladder set", family: "Protections", effect: sets,
		summary: "change from how many points on what follows, how fast points fade, and what is never done without you",
		details: "It holds at once, also for what was done before: points are added up when they are asked for. Nothing is done anew for it, and nothing taken back.",
		params: []param{
			{name: "setting", doc: "`half-life`, `again`, `ceiling`, a step (`warn`, `mute`, `kick`, `ban`, `list-ban`), `mute-lasts` or `ban-lasts`", value: wordValue},
			{name: "value", doc: "its new value; `default` for the usual", value: textValue},
		},
		examples: []string{"ladder set mute 50", "ladder set ceiling mute", "ladder set half-life 14d", "ladder set list-ban never", "ladder set mute default"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setLadder(c, d.Ladder()) },
	}}
}

func showLadder(l sanction.Ladder) Plan {
	var shown []string
	for _, s := range l.Settings() {
		line := fmt.Sprintf("%s is **%s**", text.Code(s.Name), text.Escape(s.Value, text.MostName))
		if s.Value != s.Default {
			line += fmt.Sprintf(" (otherwise %s)", s.Default)
		}
		shown = append(shown, line+": "+s.Doc)
	}
	return says("Offences add up to points, which fade. What follows from them:%s\n\nChange one with `!forseti ladder set <setting> <value>`. What follows from one protection, or in one room, is its setting `consequence`.", listing(shown, ""))
}

func setLadder(c *call, before sanction.Ladder) (Plan, error) {
	name, value := arg[string](c, "setting"), arg[string](c, "value")
	after, err := before.With(name, value)
	if err != nil {
		return Plan{}, refuse("That does not fit: %s.", err)
	}
	was, is := before.Settings(), after.Settings()
	for i := range is {
		if was[i].Value == is[i].Value {
			continue
		}
		p := Plan{
			Effect: fmt.Sprintf("%s of the ladder would go from %s to %s.", text.Code(is[i].Name), text.Code(was[i].Value), text.Code(is[i].Value)),
			Answer: fmt.Sprintf("%s of the ladder: %s → %s. %s", text.Code(is[i].Name), text.Code(was[i].Value), text.Code(is[i].Value), is[i].Doc),
		}
		p.change(Change{Kind: SetLadder, Key: is[i].Name, Value: is[i].Value}, "")
		p.harmless = true
		return p, nil
	}
	return says("It is so already."), nil
}
