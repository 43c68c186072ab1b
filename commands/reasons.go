package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/glob"
	"forseti/text"
)

// ReasonDesk gives the reasons that are written if none is named, by command.
type ReasonDesk interface {
	Reasons() map[string]string
}

// Reasoned are the commands that have such a reason.
func Reasoned() []string { return []string{"ban", "kick", "mute", "warn"} }

// removingKey is where the reasons are kept for which what a user wrote goes with a ban.
const removingKey = "remove"

// ReasonKeys are all under which a reason is kept.
func ReasonKeys() []string { return append(Reasoned(), removingKey) }

// removing are the patterns of reasons for which what a user wrote goes with a ban.
func removing(usual map[string]string) (patterns []string) {
	for one := range strings.SplitSeq(usual[removingKey], ",") {
		if one = strings.TrimSpace(one); one != "" {
			patterns = append(patterns, one)
		}
	}
	return patterns
}

// Removes tells whether a ban for a reason removes what its user wrote.
func Removes(usual map[string]string, reason string) bool {
	_, is := removedFor(usual, reason)
	return is
}

// removedFor gives the pattern by which it does.
func removedFor(usual map[string]string, reason string) (pattern string, is bool) {
	for _, pattern := range removing(usual) {
		if reason != "" && glob.Match(glob.Fold(pattern), glob.Fold(reason)) {
			return pattern, true
		}
	}
	return "", false
}

// noReason is what a moderator writes for none.
const noReason = "none"

// betweenReasons parts several of them, of which a sign gives one.
const betweenReasons = "|"

// mostReasons is how many there can be, with a sign for none besides.
const mostReasons = mostChoices - 1

// because gives the reason where it does not stand at the end.
var because = flag{name: "because", value: &becauseValue, doc: "the reason, where it does not stand at the end; `none` for none"}

var becauseValue = value{hint: "text", parse: textValue.parse}

// usualOf are the usual reasons of a command, in the order in which they were set.
func usualOf(set string) (all []string) {
	for one := range strings.SplitSeq(set, betweenReasons) {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

func reasonCommands(d ReasonDesk) []*command {
	return []*command{{
		name: "reasons", family: "Bans", effect: looks,
		summary:  "show which reason `ban`, `kick`, `mute` and `warn` have if you name none, or which I offer",
		examples: []string{"reasons"},
		plan:     func(context.Context, *call) (Plan, error) { return showReasons(d.Reasons()), nil },
	}, {
		name: "reasons set", family: "Bans", effect: sets,
		summary: "say which reason a command has if you name none",
		details: "It is written as if you had written it: of a ban everyone who watches the list can read it. A ban by hand, in any client, that has no reason gets it too when it becomes a rule. " +
			"Of several, parted by `|`, I offer each by a reaction, and one for no reason; `--because` names one anywhere in a command, and `--no-confirm` goes on without.",
		params: []param{
			{name: "command", doc: "`" + strings.Join(Reasoned(), "`, `") + "`", value: reasonedValue},
			{name: "reason", doc: "why, in general; `none` for no reason", value: textValue},
		},
		examples: []string{"reasons set ban spam", "reasons set ban spam | harassment | off topic", "reasons set warn the rules of the room", "reasons set ban none"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setReason(c, d.Reasons()) },
	}, {
		name: "reasons remove", family: "Bans", effect: sets,
		summary:  "say for which reasons a ban removes what its user wrote lately, as with `--redact`",
		details:  "A reason is one of them if it is as it is written here, in whatever case; stars and question marks make a pattern, so that `*spam*` is every reason with that word in it. It holds for `ban` and `takedown`, and for the rules of lists that are watched with `--redact`.",
		params:   []param{{name: "reasons", doc: "with commas between them, such as `spam, *advert*`; `none` for none", value: textValue}},
		examples: []string{"reasons remove spam, *advert*", "reasons remove none"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return setRemoving(c, d.Reasons()) },
	}}
}

var reasonedValue = value{hint: strings.Join(Reasoned(), ", "), parse: func(_ *call, w grammar.Word) (any, error) {
	if name := strings.ToLower(w.Text); slices.Contains(Reasoned(), name) {
		return name, nil
	}
	if best := text.Nearest(w.Text, Reasoned()); best != "" {
		return nil, refuse("There is no command %s with a reason. Did you mean %s?", text.Code(text.Clip(w.Text, 60)), text.Code(best))
	}
	return nil, refuse("%s has no reason that could be left out. Write `%s`.", text.Code(text.Clip(w.Text, 60)), strings.Join(Reasoned(), "`, `"))
}}

func showReasons(usual map[string]string) Plan {
	var lines []string
	for _, name := range Reasoned() {
		lines = append(lines, fmt.Sprintf("`%s`: %s", name, reasonWords(usual[name])))
	}
	removes := "A ban removes what its user wrote only with `--redact`; `!forseti reasons remove` names reasons for which it does so by itself."
	if all := removing(usual); len(all) > 0 {
		removes = fmt.Sprintf("A ban for %s removes what its user wrote, too; `!forseti reasons remove` changes that.", text.And(codes(all)))
	}
	return says("If you name no reason, it is:%s\n\nChange one with `!forseti reasons set ban <reason>`.\n\n%s", listing(lines, ""), removes)
}

func reasonWords(set string) string {
	all := usualOf(set)
	if len(all) == 0 {
		return "none"
	}
	for i, one := range all {
		all[i] = "“" + text.Escape(one, text.MostReason) + "”"
	}
	return strings.Join(all, " or ")
}

func setReason(c *call, usual map[string]string) (Plan, error) {
	of, reason := arg[string](c, "command"), arg[string](c, "reason")
	if strings.EqualFold(reason, noReason) {
		reason = ""
	}
	before := usual[of]
	all := usualOf(reason)
	reason = strings.Join(all, " "+betweenReasons+" ")
	switch {
	case slices.ContainsFunc(all, func(one string) bool { return len([]rune(one)) > text.MostReason }):
		return Plan{}, refuse("That is too long for a reason: %d letters at the most.", text.MostReason)
	case len(all) > mostReasons:
		return Plan{}, refuse("Those are %d reasons, and I offer %d at the most.", len(all), mostReasons)
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

// openReason is that a command names none of several usual reasons.
type openReason struct {
	refusal
	reasons []string
}

func (o openReason) Unwrap() error { return o.refusal }

// setRemoving changes for which reasons what a user wrote goes with a ban.
func setRemoving(c *call, usual map[string]string) (Plan, error) {
	all := removing(map[string]string{removingKey: arg[string](c, "reasons")})
	if len(all) == 1 && strings.EqualFold(all[0], noReason) {
		all = nil
	}
	now, before := strings.Join(all, ", "), strings.Join(removing(usual), ", ")
	switch {
	case len([]rune(now)) > text.MostReason:
		return Plan{}, refuse("That is too long: %d letters at the most.", text.MostReason)
	case now == before:
		return says("It is so already."), nil
	}
	words := fmt.Sprintf("The reasons for which a ban removes what its user wrote: %s → %s.", reasonWords(before), reasonWords(now))
	p := Plan{Effect: words, Answer: words}
	p.change(Change{Kind: SetReason, Name: removingKey, Value: now}, "")
	p.harmless = true
	return p, nil
}

// usualReason puts the usual reason where none was written, and gives it; "" if there is none, or
// one was written. Of several it gives all, of which one is to be chosen.
func usualReason(c *call) (usual string, several []string, err error) {
	written, named := c.flags[because.name].(string)
	switch {
	case !slices.Contains(Reasoned(), c.command.name):
		return "", nil, nil
	case named && arg[string](c, "reason") != "":
		return "", nil, refuse("The reason is named twice. Leave out `--because`.")
	case named && !strings.EqualFold(written, noReason):
		c.args["reason"] = written
	}
	if named || arg[string](c, "reason") != "" || c.set.reasons == nil {
		return "", nil, nil
	}
	all := usualOf(c.set.reasons.Reasons()[c.command.name])
	if len(all) == 1 {
		c.args["reason"] = all[0]
		return all[0], nil, nil
	}
	if c.Plain || option[bool](c, noConfirm.name) || option[bool](c, dryRunned.name) || c.names.DryRun() {
		return "", nil, nil // nothing is to be asked
	}
	return "", all[:min(len(all), mostReasons)], nil
}

// whichReason asks which of several usual reasons is meant.
func whichReason(all []string) error {
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = reasonWords(one)
	}
	return openReason{refusal(fmt.Sprintf("Which reason? The usual ones are %s. Write any at the end, or choose; `--because none` is for no reason.", text.And(names))), all}
}

// reasonsOf are the command once more with each of the reasons, and without one.
func reasonsOf(c *call, o openReason, line string) (all []Choice) {
	for _, one := range o.reasons {
		if again := onceMore(c, line, "--"+because.name+"="+quoted(one)); again != "" {
			all = append(all, Choice{Name: reasonWords(one), Line: again})
		}
	}
	if again := onceMore(c, line, "--"+because.name+"="+noReason); again != "" {
		all = append(all, Choice{Name: "no reason", Line: again})
	}
	return all
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
	value := usual[removingKey]
	if value == "" {
		value = noReason
	}
	return append(all, Setting{"Reasons", "reasons remove", value, noReason, "for which reasons a ban removes what its user wrote", "reasons remove " + valueMark})
}
