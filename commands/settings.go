package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"forseti/text"
)

const (
	mostSetShown  = 60     // letters of a value among others
	mostSetAlone  = 1000   // bytes of one that is shown alone
	mostSetWhy    = 200    // letters of what changed one
	mostSetNamed  = 5      // that stand otherwise than usual and are not folded
	mostSetLately = 10     // changes
	mostSetFolded = 12_500 // of weight, in all folds
)

func settingsCommands(d Desks) []*command {
	return []*command{{
		name: "settings", family: "Upkeep", effect: looks,
		summary:  "show all that can be set, how it stands, by which command it is changed, and who changed it",
		details:  "With the name of one, it shows all of its value and who changed it when, from what to what. What stands in my configuration file is not among them: only whoever runs me can change that.",
		params:   []param{{name: "setting", optional: true, doc: "the name of one, or how some of them begin, such as `limits members` or `flooding`", value: textValue}},
		examples: []string{"settings", "settings limits members", "settings flooding"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			if name := arg[string](c, "setting"); name != "" {
				return setting(c, d.Settings(), d.Past.Past(), name)
			}
			return settings(c, d.Settings(), d.Past.Past()), nil
		},
	}, {
		name: "settings copy", family: "Upkeep", effect: looks,
		summary:  "show how the copy of all settings stands that I keep in my account",
		details:  "I write it with every change, and a start with a new database takes it up. One that I cannot read I leave as it is, and tell you.",
		examples: []string{"settings copy"},
		plan:     func(context.Context, *call) (Plan, error) { return says("%s", d.Past.Copy().words()), nil },
	}, {
		name: "settings copy renew", family: "Upkeep", effect: sets,
		summary:  "write the copy of all settings anew, over whatever stands there",
		asks:     "if what stands there cannot be read",
		examples: []string{"settings copy renew"},
		plan:     func(context.Context, *call) (Plan, error) { return renewCopy(d.Past.Copy()), nil },
	}}
}

// words say how the copy stands.
func (s SettingCopy) words() string {
	switch {
	case s.Unread != "":
		return fmt.Sprintf("There is a copy that I cannot read: %s. I leave it as it is, and write no other. `!forseti settings copy renew` writes over it.", s.Unread)
	case s.Same:
		return "The copy in my account says how all is set now."
	case s.Kept:
		return "The copy in my account is older than how all is set now. I write it anew with the next change; `!forseti settings copy renew` does it now."
	default:
		return "There is no copy yet. I write it with the first change; `!forseti settings copy renew` does it now."
	}
}

// renewCopy is the plan that writes the copy anew.
func renewCopy(now SettingCopy) Plan {
	if now.Same {
		return says("%s", now.words())
	}
	p := Plan{Effect: "The copy in my account would say how all is set now.", Answer: "The copy in my account says how all is set now."}
	if now.Unread != "" {
		p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("**What stands there now is lost by that.** I cannot read it: %s.", now.Unread))
		p.Ask = "Write over it?"
	}
	p.change(Change{Kind: CopySettings}, "wrote the copy")
	return p
}

// otherwise tells whether a setting stands otherwise than usual, where that is known.
func (s Setting) otherwise() bool { return s.Default != "" && s.Value != s.Default }

// shownValue shows a value, clipped to so many letters.
func shownValue(value string, most int) string {
	if value == "" {
		return "nothing of its own"
	}
	return text.Code(text.Clip(text.OneLine(value), most))
}

// line says how a setting stands, and by which command it is changed.
func (s Setting) line() string {
	usual := ""
	switch {
	case s.otherwise():
		usual = ", otherwise " + shownValue(s.Default, mostSetShown)
	case s.Default != "":
		usual = ", as usual"
	}
	return fmt.Sprintf("%s is %s%s: %s", text.Code(s.Name), shownValue(s.Value, mostSetShown), usual, s.command())
}

func (s Setting) command() string {
	set := s.Set
	if switched, ok := strings.CutPrefix(set, valueMark+" "); ok {
		set = "enable|shadow|disable " + switched
	}
	return text.Code("!forseti " + set)
}

// settings is the plan that shows all of them, folded by group.
func settings(c *call, all []Setting, past []SettingChange) Plan {
	var groups []string
	of, changed := map[string][]Setting{}, []Setting{}
	for _, s := range all {
		if of[s.Group] == nil {
			groups = append(groups, s.Group)
		}
		of[s.Group] = append(of[s.Group], s)
		if s.otherwise() {
			changed = append(changed, s)
		}
	}
	said := []string{fmt.Sprintf("There are %s, of which %d stand%s otherwise than usual.", text.Count(len(all), "setting"), len(changed), pick(len(changed) == 1, "s", ""))}
	if len(changed) > 0 {
		var lines []string
		for _, s := range changed[:min(len(changed), mostSetNamed)] {
			lines = append(lines, fmt.Sprintf("%s is %s, otherwise %s", text.Code(s.Name), shownValue(s.Value, mostSetShown), shownValue(s.Default, mostSetShown)))
		}
		more := ""
		if n := len(changed) - mostSetNamed; n > 0 {
			more = fmt.Sprintf("\n\nAnd %d more, below.", n)
		}
		said[0] += listing(lines, "") + more
	}
	said = append(said, "`!forseti settings <name>` shows one, and who changed it. Which rooms and lists there are, `!forseti rooms` and `!forseti lists` show.")
	left := mostSetFolded
	if len(past) > 0 {
		lines := pastLines(c, past[:min(len(past), mostSetNamed)], true)
		left -= weight(strings.Join(lines, "\n"))
		said = append(said, text.Fold("Changed last", listing(lines, "")))
	}
	for _, group := range groups {
		lines := groupLines(of[group])
		n := 0
		for n < len(lines) && left > weight(lines[n]) {
			left -= weight(lines[n]) + len("<li></li>\n- ")
			n++
		}
		body := listing(lines[:n], "")
		if group == protectionGroup {
			body = text.Paragraphs(body, "They are changed by `!forseti protections config set <protection> <setting> <value>`, and switched by `enable`, `shadow` and `disable`.")
		}
		if n < len(lines) {
			body = text.Paragraphs(body, fmt.Sprintf("%s: `!forseti settings <name>` shows them.", text.Count(len(lines)-n, "more line")))
		}
		apart := len(slices.DeleteFunc(slices.Clone(of[group]), func(s Setting) bool { return !s.otherwise() }))
		said = append(said, text.Fold(fmt.Sprintf("%s: %s, %d otherwise than usual", group, text.Count(len(of[group]), "setting"), apart), body))
	}
	return says("%s", text.Paragraphs(said...))
}

// groupLines are a line for each setting; of a protection, which has many, one for all of it.
func groupLines(group []Setting) (lines []string) {
	for i := 0; i < len(group); i++ {
		first := group[i]
		if !strings.HasPrefix(first.Set, valueMark+" ") {
			lines = append(lines, first.line())
			continue
		}
		of := []string{}
		for ; i+1 < len(group) && strings.HasPrefix(group[i+1].Name, first.Name+" ") && !strings.HasPrefix(group[i+1].Set, valueMark+" "); i++ {
			s := group[i+1]
			short := strings.TrimPrefix(s.Name, first.Name+" ")
			if s.otherwise() {
				of = append(of, fmt.Sprintf("**%s %s** (otherwise %s)", text.Escape(short, mostSetShown), shownValue(s.Value, mostSetShown), shownValue(s.Default, mostSetShown)))
			} else {
				of = append(of, text.Escape(short+" "+s.Value, mostSetShown))
			}
		}
		line := fmt.Sprintf("%s is **%s**", text.Code(first.Name), text.Escape(first.Value, mostSetShown))
		if len(of) > 0 {
			line += ": " + strings.Join(of, "; ")
		}
		lines = append(lines, line)
	}
	return lines
}

// pastLines say who changed what when.
func pastLines(c *call, past []SettingChange, named bool) (lines []string) {
	for _, p := range past {
		line := c.stamp(p.At) + ": "
		if named {
			line += text.Code(text.Clip(p.Name, mostSetShown)) + ", "
		}
		switch {
		case named || len(p.Of) == 0:
			line += shownValue(p.From, mostSetShown) + " → " + shownValue(p.To, mostSetShown)
		default:
			line += fmt.Sprintf("the posture went from %s to %s, which has something else hold here, or no more", text.Code(p.From), text.Code(p.To))
		}
		switch {
		case p.By != "":
			line += ", by " + text.Code(string(p.By))
		case p.Why != "":
			line += ", by " + text.Escape(p.Why, mostSetWhy)
		}
		lines = append(lines, line)
	}
	return lines
}

// setting is the plan that shows one of them, with its past, or those that begin so.
func setting(c *call, all []Setting, past []SettingChange, written string) (Plan, error) {
	same := func(name string) bool { return strings.EqualFold(name, written) }
	var some []Setting
	var names []string
	at := -1
	for _, s := range all {
		switch {
		case same(s.Name):
			at = len(some)
			some = append(some, s)
		case len(s.Name) > len(written) && strings.EqualFold(s.Name[:len(written)], written) && s.Name[len(written)] == ' ':
			some = append(some, s)
		}
		names = append(names, s.Name)
	}
	own := slices.DeleteFunc(slices.Clone(past), func(p SettingChange) bool { return !p.about(written) })
	switch {
	case at >= 0:
		said := some[at].whole(c, own)
		if rest := slices.Delete(some, at, at+1); len(rest) > 0 {
			said = text.Paragraphs(said, text.Fold(text.Count(len(rest), "setting")+" of "+written, listing(linesOf(rest), "")))
		}
		return says("%s", said), nil
	case len(own) > 0 && len(own[0].Of) == 0: // it is gone by now
		return says("%s", Setting{Name: own[0].Name, Set: strings.Replace(own[0].Set, "rule edit ", "rule add ", 1)}.whole(c, own)), nil
	case len(some) > 0:
		return says("Settings of %s:%s", text.Code(written), listing(linesOf(some), "`!forseti settings <name>` shows one")), nil
	}
	return Plan{}, noSuch("setting", written, names, "`!forseti settings` shows all.")
}

func linesOf(all []Setting) (lines []string) {
	for _, s := range all {
		lines = append(lines, s.line())
	}
	return lines
}

// whole says all of one setting: how it stands, by what it is changed, who changed it, and what
// sets it back.
func (s Setting) whole(c *call, past []SettingChange) string {
	said := fmt.Sprintf("%s is not set any more.", text.Code(s.Name))
	if s.Group != "" {
		usual := ""
		switch {
		case s.otherwise():
			usual = ", otherwise " + text.LongCode(s.Default, mostSetAlone)
		case s.Default != "":
			usual = ", as usual"
		}
		said = fmt.Sprintf("%s is %s%s: %s.\n\nIt is changed by %s.", text.Code(s.Name), text.LongCode(s.Value, mostSetAlone), usual, strings.TrimSuffix(text.Markup(s.Doc), "."), s.command())
	}
	if len(past) == 0 {
		return text.Paragraphs(said, "Nobody changed it as far as I remember.")
	}
	heading := "Changed, the latest first:"
	shown := pastLines(c, past[:min(len(past), mostSetLately)], false)
	past = slices.DeleteFunc(slices.Clone(past), func(p SettingChange) bool { return len(p.Of) > 0 })
	if len(past) == 0 {
		return text.Paragraphs(said, heading+listing(shown, ""))
	}
	if past[0].To != s.Value && s.Group != "" {
		heading = "It was changed since by itself or by whoever runs me. Before that, the latest first:"
	}
	back := past[0].From
	if back == s.Value {
		back = past[0].To
	}
	if line := setTo(s.Set, back); line != "" && back != s.Value {
		return text.Paragraphs(said, heading+listing(shown, ""), "To set it back: "+text.LongCode("!forseti "+line, mostSetAlone+MostSetTo))
	}
	return text.Paragraphs(said, heading+listing(shown, ""))
}
