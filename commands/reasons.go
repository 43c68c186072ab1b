package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// ReasonDesk gives the reasons that are written if none is named, by command.
type ReasonDesk interface {
	Reasons() map[string]string
}

// Reasoned are the commands that have such a reason.
func Reasoned() []string { return []string{"ban", "kick", "mute", "warn"} }

// noReason is what a moderator writes for none.
const noReason = "none"

func reasonCommands(d ReasonDesk) []*command {
	return []*command{{
		name: "reasons", family: "Bans", effect: looks,
		summary:  "show which reason `ban`, `kick`, `mute` and `warn` have if you name none",
		examples: []string{"reasons"},
		plan:     func(context.Context, *call) (Plan, error) { return showReasons(d.Reasons()), nil },
	}, {
		name: "reasons set", family: "Bans", effect: sets,
		summary: "say which reason a command has if you name none",
		details: "It is written as if you had written it: of a ban everyone who watches the list can read it. A ban by hand, in any client, that has no reason gets it too when it becomes a rule.",
		params: []param{
			{name: "command", doc: "`" + strings.Join(Reasoned(), "`, `") + "`", value: reasonedValue},
			{name: "reason", doc: "why, in general; `none` for no reason", value: textValue},
		},
		examples: []string{"reasons set ban spam", "reasons set warn the rules of the room", "reasons set ban none"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setReason(c, d.Reasons()) },
	}}
}

var reasonedValue = value{hint: strings.Join(Reasoned(), ", "), parse: func(_ *call, w grammar.Word) (any, error) {
	if name := strings.ToLower(w.Text); slices.Contains(Reasoned(), name) {
		return name, nil
	}
	return nil, refuse("%s has no reason that could be left out. Write `%s`.", text.Code(text.Clip(w.Text, 60)), strings.Join(Reasoned(), "`, `"))
}}

func showReasons(usual map[string]string) Plan {
	var lines []string
	for _, name := range Reasoned() {
		lines = append(lines, fmt.Sprintf("`%s`: %s", name, reasonWords(usual[name])))
	}
	return says("If you name no reason, it is:%s\n\nChange one with `!forseti reasons set ban <reason>`.", listing(lines, ""))
}

func reasonWords(reason string) string {
	if reason == "" {
		return "none"
	}
	return "“" + text.Escape(reason, text.MostReason) + "”"
}

func setReason(c *call, usual map[string]string) (Plan, error) {
	of, reason := arg[string](c, "command"), arg[string](c, "reason")
	if strings.EqualFold(reason, noReason) {
		reason = ""
	}
	before := usual[of]
	switch {
	case len([]rune(reason)) > text.MostReason:
		return Plan{}, refuse("That is too long for a reason: %d letters at the most.", text.MostReason)
	case before == reason:
		return says("It is so already."), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("The reason of `%s`, if you name none, would go from %s to %s.", of, reasonWords(before), reasonWords(reason)),
		Answer: fmt.Sprintf("The reason of `%s`, if you name none: %s → %s.", of, reasonWords(before), reasonWords(reason)),
	}
	p.change(Change{Kind: SetReason, Name: of, Value: reason}, "")
	p.harmless = true
	return p, nil
}

// usualReason puts the usual reason where none was written, and gives it; "" if there is none, or
// one was written.
func usualReason(c *call) string {
	if c.set.reasons == nil || arg[string](c, "reason") != "" || !slices.Contains(Reasoned(), c.command.name) {
		return ""
	}
	usual := c.set.reasons.Reasons()[c.command.name]
	if usual != "" {
		c.args["reason"] = usual
	}
	return usual
}

// reasonSettings are the reasons as settings.
func reasonSettings(usual map[string]string) (all []Setting) {
	for _, of := range Reasoned() {
		value := usual[of]
		if value == "" {
			value = noReason
		}
		all = append(all, Setting{"Reasons", "reasons " + of, value, noReason, "which reason the command has if none is named", "reasons set " + of + " " + valueMark})
	}
	return all
}
