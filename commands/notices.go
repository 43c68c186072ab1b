package commands

import (
	"context"
	"strings"

	"forseti/text"
)

// noticeCommands are about what users are told of what follows.
func noticeCommands(d ProtectionDesk) []*command {
	return []*command{{
		name: "notice", family: "Protections", effect: looks,
		summary:  "show what users are told of what was done to them",
		details:  "Whom a protection warns, mutes or removes is told why in a direct chat, where its setting `tell` says so. Nobody is told of spam and attacks, nobody twice within an hour, and no more than 20 people in an hour.",
		examples: []string{"notice"},
		plan: func(_ context.Context, _ *call) (Plan, error) {
			now, byDefault := d.Notice()
			said := "Users are told:"
			if now != byDefault {
				said = "Users are told, in your words:"
			}
			return says("%s\n\n> %s\n\nChange it with `!forseti notice set <text>`. I fill in `{room}`, `{what}`, `{why}` and `{then}`.", said, text.Escape(now, len(now))), nil
		},
	}, {
		name: "notice set", family: "Protections", effect: sets,
		summary:  "change what users are told of what was done to them",
		details:  "`default` brings back my own words. `{room}`, `{what}`, `{why}` and `{then}` (how long it holds, or how it goes on) are filled in.",
		params:   []param{{name: "text", doc: "the words; `default` for my own", value: textValue}},
		examples: []string{"notice set In {room} {what}: {why}. {then} Questions? Write to @help:example.org.", "notice set default"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			written := arg[string](c, "text")
			if strings.EqualFold(written, "default") {
				written = ""
			} else if err := d.CheckNotice(written); err != nil {
				return Plan{}, refuse("That does not fit: %s.", err)
			}
			now, byDefault := d.Notice()
			if now == written || written == "" && now == byDefault {
				return says("It is so already."), nil
			}
			p := Plan{Effect: "Users would be told in other words what was done to them.", Answer: "Users are told in these words from now on."}
			p.change(Change{Kind: Notice, Value: written}, "")
			p.harmless = true
			return p, nil
		},
	}}
}
