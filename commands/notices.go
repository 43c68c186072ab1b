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
		details:  "Whom a protection warns, mutes or removes is told why in a direct chat, where its setting `tell` says so, or in the room itself, where its setting `tell-here` says so. Nobody is told of spam and attacks, nobody twice within an hour, and no more than 20 people in an hour.",
		examples: []string{"notice"},
		plan: func(_ context.Context, _ *call) (Plan, error) {
			now, byDefault := d.Notice()
			said := "Users are told:"
			if now != byDefault {
				said = "Users are told, in your words:"
			}
			here, _ := d.NoticeHere()
			way, _ := d.Appeal()
			return says("%s\n\n> %s\n\nIn the room itself, where `tell-here` says so:\n\n> %s\n\nHow they can appeal:\n\n> %s\n\nChange it with `!forseti notice set <text>`, `!forseti notice here <text>` and `!forseti notice appeal <text>`. I fill in `{room}`, `{what}`, `{why}`, `{then}`, `{appeal}` and `{case}`, and in the room `{who}`.",
				said, text.Escape(now, len(now)), text.Escape(here, len(here)), text.Escape(way, len(way))), nil
		},
	}, {
		name: "notice set", family: "Protections", effect: sets,
		summary:  "change what users are told of what was done to them",
		details:  "`default` brings back my own words. `{room}`, `{what}`, `{why}`, `{then}` (how long it holds, or how it goes on), `{appeal}` (how they can appeal) and `{case}` (its number) are filled in.",
		params:   []param{{name: "text", doc: "the words; `default` for my own", value: textValue}},
		examples: []string{"notice set In {room} {what}: {why}. {then} Questions? Write to @help:example.org.", "notice set default"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return setNotice(arg[string](c, "text"), "", d.Notice, d.CheckNotice)
		},
	}, {
		name: "notice here", family: "Protections", effect: sets,
		summary:  "change what users are told in the room itself",
		details:  "It is said where a protection's setting `tell-here` names the step (`set flooding tell-here warn`), and all who are there read it. `{who}` is how they are called, as text: a name that could call somebody or lead somewhere is not repeated, and no phone but theirs rings. The rest is as in `notice set`. `default` brings back my own words.",
		params:   []param{{name: "text", doc: "the words; `default` for my own", value: textValue}},
		examples: []string{"notice here {who}, {what}: {why}. {then}", "notice here default"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return setNotice(arg[string](c, "text"), "notice_here", d.NoticeHere, d.CheckNoticeHere)
		},
	}, {
		name: "notice appeal", family: "Protections", effect: sets,
		summary:  "change how users are told to appeal",
		details:  "It is what `{appeal}` stands for in what they are told. What they answer in the direct chat is brought here whatever it says. `default` brings back my own words.",
		params:   []param{{name: "text", doc: "the words, such as a room or somebody to write to; `default` for my own", value: textValue}},
		examples: []string{"notice appeal write to @help:example.org", "notice appeal default"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return setNotice(arg[string](c, "text"), "appeal", d.Appeal, d.CheckAppeal)
		},
	}}
}

// setNotice changes words that users are told.
func setNotice(written, key string, stands func() (now, byDefault string), check func(string) error) (Plan, error) {
	if strings.EqualFold(written, "default") {
		written = ""
	} else if err := check(written); err != nil {
		return Plan{}, refuse("That does not fit: %s.", err)
	}
	now, byDefault := stands()
	if now == written || written == "" && now == byDefault {
		return says("It is so already."), nil
	}
	p := Plan{Effect: "Users would be told in other words what was done to them.", Answer: "Users are told in these words from now on."}
	p.change(Change{Kind: Notice, Key: key, Value: written}, "")
	p.harmless = true
	return p, nil
}
