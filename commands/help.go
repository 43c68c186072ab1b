package commands

import (
	"context"
	"fmt"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

func help(_ context.Context, c *call) (Plan, error) {
	topic := arg[string](c, "command")
	switch strings.ToLower(topic) {
	case "":
		return Plan{Answer: c.set.everyday()}, nil
	case "all":
		return Plan{Answer: c.set.overview()}, nil
	case "alerts":
		return Plan{Answer: alertSigns}, nil
	}
	// "help !forseti ban" and "help ban @user" mean ban.
	if line, ok := c.set.Hear(grammar.Message{Body: topic}); ok {
		topic = line
	}
	words, _ := grammar.Split(topic)
	if len(words) == 0 {
		return Plan{Answer: c.set.everyday()}, nil
	}
	family := c.set.family(words)
	found, _ := c.set.find(words)
	switch {
	case found == nil && family == "":
		return Plan{Answer: c.set.unknown(words)}, nil
	case found == nil:
		return Plan{Answer: c.set.listing(family)}, nil
	case family != "": // "rooms" is a family and one of its commands
		return Plan{Answer: found.help() + "\n\n" + c.set.listing(family)}, nil
	}
	return Plan{Answer: found.help()}, nil
}

// everyday are the commands that moderators need most, in few words, so that a phone shows them at once.
func (s *Set) everyday() string {
	return text.Paragraphs(
		"- `ban`, `unban`: from all rooms\n"+
			"- `mute`, `kick`: silence, or send out\n"+
			"- `redact`: remove what they wrote\n"+
			"- `why`: who they are, why banned\n"+
			"- `since`: who came or wrote lately\n"+
			"- `undo`: take back what was done\n"+
			"- `posture`: be stricter for a while\n"+
			"- `status`: what is wrong, what waits",
		"`!forseti help ban` tells all of one.",
		text.Fold("All commands, and more help", s.overview()+"\n\n`!forseti help alerts` says what your reactions to an alert do."),
	)
}

// alertSigns says what the signs below an alert do, each of which the alert names in a word.
const alertSigns = "What your reaction to an alert does, once:\n\n" +
	"- ↩️ **undo**: what was done is taken back, and counts no more. What was removed stays so. After a wave of joins, **calm**: what it brought ends.\n" +
	"- 👎 **wrong**: the same, and the protection made a mistake; one that makes too many goes to shadow.\n" +
	"- ⬆️ **more**, or **act**: a step further, to a mute, a ban, a rule in your list, a takedown.\n" +
	"- 🛡️ **exempt**: undone as well, and that protection leaves them alone from now on.\n" +
	"- 🚨 **close rooms**: the posture `attack` for two hours, in which nobody joins unasked.\n" +
	"- 🧹 **remove all**: all whom the alert names are sent out of the room; they may come back.\n" +
	"- ✅ **let in**, 🚫 **send away**: who waits at a gate.\n\n" +
	"A reply to an alert means the user whom it names: `!forseti ban spam`."

// overview names all commands by family, a line each: it is read on phones.
func (s *Set) overview() string {
	var b strings.Builder
	b.WriteString("`!forseti help bans` says what each command of a family does, `!forseti help ban` all about one.\n")
	family := ""
	for _, c := range s.commands {
		if c.family != family {
			family = c.family
			fmt.Fprintf(&b, "\n- **%s**: `%s`", family, c.name)
			continue
		}
		fmt.Fprintf(&b, ", `%s`", c.name)
	}
	return b.String()
}

// family is the family that the words name, or "".
func (s *Set) family(words []grammar.Word) string {
	for _, c := range s.commands {
		if begins(words, c.family) == len(words) {
			return c.family
		}
	}
	return ""
}

// listing says what each command of a family does.
func (s *Set) listing(family string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n", family)
	for _, c := range s.commands {
		if c.family == family {
			fmt.Fprintf(&b, "\n- `%s`: %s", c.grammar(false), c.summary)
		}
	}
	return b.String()
}

// help says all about one command.
func (c *command) help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`!forseti %s`\n\n%s.", c.usage(), upperFirst(c.summary))
	if c.details != "" {
		b.WriteString(" " + c.details)
	}
	if len(c.params)+len(c.flags) > 0 {
		b.WriteString("\n")
	}
	for _, p := range c.params {
		fmt.Fprintf(&b, "\n- `%s`: %s%s", p.name, p.doc, pick(p.replied, "; may be left out in a reply", ""))
	}
	if c.reads != "" {
		fmt.Fprintf(&b, "\n- below it: %s", c.reads)
	}
	for _, f := range c.flags {
		fmt.Fprintf(&b, "\n- `--%s`: %s", f.usage(), f.doc)
	}
	if c.asks != "" {
		fmt.Fprintf(&b, "\n\nIt asks first %s.", c.asks)
	}
	if len(c.also) > 0 {
		fmt.Fprintf(&b, "\n\nAlso: `%s`.", strings.Join(c.also, "`, `"))
	}
	b.WriteString("\n\nExamples:\n")
	for _, example := range c.examples {
		fmt.Fprintf(&b, "\n- `!forseti %s`", example)
	}
	return b.String()
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
