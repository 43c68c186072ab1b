package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/protections"
	"forseti/text"
)

// ProtectionDesk is what the commands about protections ask.
type ProtectionDesk interface {
	Protections() []ProtectionInfo
	// CheckSetting gives a value as it would be kept, or says why it does not fit.
	CheckSetting(name, setting, value string) (kept string, err error)
}

func protectionCommands(d ProtectionDesk) []*command {
	protectionValue := protectionOf(d)
	name := param{name: "protection", doc: "a protection's name", value: protectionValue}
	return []*command{{
		name: "protections", family: "Protections", effect: looks,
		summary:  "show all protections, and which are on",
		examples: []string{"protections"},
		plan:     func(_ context.Context, _ *call) (Plan, error) { return showProtections(d), nil },
	}, {
		name: "protections show", family: "Protections", effect: looks,
		summary:  "show what a protection does and how it is set",
		params:   []param{name},
		examples: []string{"protections show flooding"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return showProtection(c), nil },
	}, {
		name: "enable", also: []string{"protections enable"}, family: "Protections", effect: sets,
		summary:  "switch a protection on",
		params:   []param{name},
		examples: []string{"enable flooding"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return enable(c, true), nil },
	}, {
		name: "disable", also: []string{"protections disable"}, family: "Protections", effect: sets,
		summary:  "switch a protection off",
		params:   []param{name},
		examples: []string{"disable flooding"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return enable(c, false), nil },
	}, {
		name: "protections config set", also: []string{"config set"}, family: "Protections", effect: sets,
		summary: "change a setting of a protection",
		params: []param{
			name,
			{name: "setting", doc: "the setting's name", value: wordValue},
			{name: "value", doc: "its new value", value: textValue},
		},
		examples: []string{"protections config set flooding messages 10"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return configure(c, d) },
	}}
}

// protectionOf finds a protection by name, in whatever case.
func protectionOf(d ProtectionDesk) value {
	return value{hint: "protection", parse: func(_ *call, w grammar.Word) (any, error) {
		var names []string
		for _, p := range d.Protections() {
			if strings.EqualFold(p.Name, w.Text) {
				return p, nil
			}
			names = append(names, p.Name)
		}
		begins := func(name string) bool { return len(w.Text) > 1 && strings.HasPrefix(name, strings.ToLower(w.Text)) }
		best := text.Nearest(w.Text, names)
		if i := slices.IndexFunc(names, begins); i >= 0 && best == "" {
			best = names[i]
		}
		if best != "" {
			return nil, refuse("There is no protection %s. Did you mean %s?", text.Code(w.Text), text.Code(best))
		}
		return nil, refuse("There is no protection %s. `!forseti protections` lists them.", text.Code(w.Text))
	}}
}

func onOff(on bool) string { return pick(on, "on", "off") }

func showProtections(d ProtectionDesk) Plan {
	var shown []string
	for _, p := range d.Protections() {
		shown = append(shown, fmt.Sprintf("%s is **%s**: %s", text.Code(p.Name), onOff(p.Enabled), text.Escape(p.Summary, text.MostReason)))
	}
	if len(shown) == 0 {
		return says("There are no protections.")
	}
	return says("Protections:%s\n\n`!forseti protections show <protection>` shows the settings of one.", listing(shown, ""))
}

func showProtection(c *call) Plan {
	p := arg[ProtectionInfo](c, "protection")
	said := fmt.Sprintf("%s is **%s**: %s", text.Code(p.Name), onOff(p.Enabled), text.Escape(p.Summary, text.MostReason))
	if len(p.Settings) == 0 {
		return Plan{Answer: said}
	}
	var shown []string
	for _, s := range p.Settings {
		shown = append(shown, settingLine(s))
	}
	return says("%s\n\nSettings:%s\n\nChange one with %s.", said, listing(shown, ""),
		text.Code("!forseti protections config set "+p.Name+" "+p.Settings[0].Name+" <value>"))
}

func settingLine(s protections.Setting) string {
	said := fmt.Sprintf("%s is %s", text.Code(s.Name), text.Code(s.Value))
	if s.Value != s.Default {
		said += fmt.Sprintf(" (otherwise %s)", text.Code(s.Default))
	}
	return said + ": " + text.Escape(s.Doc, text.MostReason)
}

func enable(c *call, on bool) Plan {
	info := arg[ProtectionInfo](c, "protection")
	if info.Enabled == on {
		return says("%s is %s already.", text.Code(info.Name), onOff(on))
	}
	kind := Disable
	if on {
		kind = Enable
	}
	p := Plan{
		Effect: fmt.Sprintf("%s would be switched %s.", text.Code(info.Name), onOff(on)),
		Answer: fmt.Sprintf("%s is now **%s**.", text.Code(info.Name), onOff(on)),
	}
	p.change(Change{Kind: kind, Name: info.Name}, "")
	p.harmless = true
	return p
}

func configure(c *call, d ProtectionDesk) (Plan, error) {
	p, written, value := arg[ProtectionInfo](c, "protection"), arg[string](c, "setting"), arg[string](c, "value")
	var names []string
	setting, old := "", ""
	for _, s := range p.Settings {
		if strings.EqualFold(s.Name, written) {
			setting, old = s.Name, s.Value
		}
		names = append(names, s.Name)
	}
	switch best := text.Nearest(written, names); {
	case len(names) == 0:
		return Plan{}, refuse("%s has no settings.", text.Code(p.Name))
	case setting == "" && best != "":
		return Plan{}, refuse("%s has no setting %s. Did you mean %s?", text.Code(p.Name), text.Code(written), text.Code(best))
	case setting == "":
		return Plan{}, refuse("%s has no setting %s. It has %s.", text.Code(p.Name), text.Code(written), text.Names(names, 20))
	}
	value, err := d.CheckSetting(p.Name, setting, value)
	if err != nil {
		return Plan{}, err
	}
	said := fmt.Sprintf("%s of %s: %s → %s.", text.Code(setting), text.Code(p.Name), text.Code(old), text.Code(value))
	if !p.Enabled {
		said += fmt.Sprintf(" The protection is off; %s switches it on.", text.Code("!forseti enable "+p.Name))
	}
	plan := Plan{Effect: fmt.Sprintf("%s of %s would go from %s to %s.", text.Code(setting), text.Code(p.Name), text.Code(old), text.Code(value)), Answer: said}
	plan.change(Change{Kind: Configure, Name: p.Name, Key: setting, Value: value}, "")
	plan.harmless = true
	return plan, nil
}
