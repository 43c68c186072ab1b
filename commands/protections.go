package commands

import (
	"context"
	"fmt"
	"strings"

	"forseti/commands/grammar"
	"forseti/protections"
	"forseti/text"
)

func protectionCommands() []*command {
	name := param{name: "protection", doc: "a protection's name", value: protectionValue}
	return []*command{{
		name: "protections", family: "Protections", effect: looks,
		summary:  "show all protections, and which are on",
		examples: []string{"protections"},
		run:      showProtections,
	}, {
		name: "protections show", family: "Protections", effect: looks,
		summary:  "show what a protection does and how it is set",
		params:   []param{name},
		examples: []string{"protections show flooding"},
		run:      showProtection,
	}, {
		name: "enable", also: []string{"protections enable"}, family: "Protections", effect: sets,
		summary:  "switch a protection on",
		params:   []param{name},
		examples: []string{"enable flooding"},
		run:      func(ctx context.Context, c *call) (Answer, error) { return enable(ctx, c, true) },
	}, {
		name: "disable", also: []string{"protections disable"}, family: "Protections", effect: sets,
		summary:  "switch a protection off",
		params:   []param{name},
		examples: []string{"disable flooding"},
		run:      func(ctx context.Context, c *call) (Answer, error) { return enable(ctx, c, false) },
	}, {
		name: "protections config set", also: []string{"config set"}, family: "Protections", effect: sets,
		summary: "change a setting of a protection",
		params: []param{
			name,
			{name: "setting", doc: "the setting's name", value: wordValue},
			{name: "value", doc: "its new value", value: textValue},
		},
		examples: []string{"protections config set flooding messages 10"},
		run:      configure,
	}}
}

// protectionValue finds a protection by name, in whatever case.
var protectionValue = value{hint: "protection", parse: func(c *call, w grammar.Word) (any, error) {
	var names []string
	for _, p := range c.Bot.Protections() {
		if strings.EqualFold(p.Name, w.Text) {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if best := text.Nearest(w.Text, names); best != "" {
		return nil, refuse("There is no protection %s. Did you mean %s?", text.Code(w.Text), text.Code(best))
	}
	return nil, refuse("There is no protection %s. `!forseti protections` lists them.", text.Code(w.Text))
}}

func onOff(on bool) string { return pick(on, "on", "off") }

func showProtections(_ context.Context, c *call) (Answer, error) {
	var shown []string
	for _, p := range c.Bot.Protections() {
		shown = append(shown, fmt.Sprintf("%s is **%s**: %s", text.Code(p.Name), onOff(p.Enabled), text.Escape(p.Summary, text.MostReason)))
	}
	if len(shown) == 0 {
		return Answer{Markdown: "There are no protections."}, nil
	}
	return Answer{Markdown: "Protections:" + listing(shown, "") + "\n\n`!forseti protections show <protection>` shows the settings of one."}, nil
}

func showProtection(_ context.Context, c *call) (Answer, error) {
	p := arg[ProtectionInfo](c, "protection")
	said := fmt.Sprintf("%s is **%s**: %s", text.Code(p.Name), onOff(p.Enabled), text.Escape(p.Summary, text.MostReason))
	if len(p.Settings) == 0 {
		return Answer{Markdown: said}, nil
	}
	var shown []string
	for _, s := range p.Settings {
		shown = append(shown, settingLine(s))
	}
	return Answer{Markdown: said + "\n\nSettings:" + listing(shown, "") +
		fmt.Sprintf("\n\nChange one with %s.", text.Code("!forseti protections config set "+p.Name+" "+p.Settings[0].Name+" <value>"))}, nil
}

func settingLine(s protections.Setting) string {
	said := fmt.Sprintf("%s is %s", text.Code(s.Name), text.Code(s.Value))
	if s.Value != s.Default {
		said += fmt.Sprintf(" (otherwise %s)", text.Code(s.Default))
	}
	return said + ": " + text.Escape(s.Doc, text.MostReason)
}

func enable(ctx context.Context, c *call, on bool) (Answer, error) {
	p := arg[ProtectionInfo](c, "protection")
	if p.Enabled == on {
		return Answer{Markdown: fmt.Sprintf("%s is %s already.", text.Code(p.Name), onOff(on))}, nil
	}
	err := c.Bot.Enable(ctx, p.Name, on)
	return Answer{Markdown: fmt.Sprintf("%s is now **%s**.", text.Code(p.Name), onOff(on))}, err
}

func configure(ctx context.Context, c *call) (Answer, error) {
	p, written, value := arg[ProtectionInfo](c, "protection"), arg[string](c, "setting"), arg[string](c, "value")
	var names []string
	setting := ""
	for _, s := range p.Settings {
		if strings.EqualFold(s.Name, written) {
			setting = s.Name
		}
		names = append(names, s.Name)
	}
	switch best := text.Nearest(written, names); {
	case len(names) == 0:
		return Answer{}, refuse("%s has no settings.", text.Code(p.Name))
	case setting == "" && best != "":
		return Answer{}, refuse("%s has no setting %s. Did you mean %s?", text.Code(p.Name), text.Code(written), text.Code(best))
	case setting == "":
		return Answer{}, refuse("%s has no setting %s. It has %s.", text.Code(p.Name), text.Code(written), text.Names(names, 20))
	}
	old, err := c.Bot.Configure(ctx, p.Name, setting, value)
	if err != nil {
		return Answer{}, err
	}
	said := fmt.Sprintf("%s of %s: %s → %s.", text.Code(setting), text.Code(p.Name), text.Code(old), text.Code(value))
	if !p.Enabled {
		said += fmt.Sprintf(" The protection is off; %s switches it on.", text.Code("!forseti enable "+p.Name))
	}
	return Answer{Markdown: said}, nil
}
