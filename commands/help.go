package commands

import (
	"context"
	"fmt"
	"strings"

	"forseti/commands/grammar"
)

func help(_ context.Context, c *call) (Plan, error) {
	topic := arg[string](c, "command")
	if topic == "" {
		return Plan{Answer: c.set.overview()}, nil
	}
	// "help !forseti ban" and "help ban @user" mean ban.
	if line, ok := c.set.Hear(grammar.Message{Body: topic}); ok {
		topic = line
	}
	words, _ := grammar.Split(topic)
	if len(words) == 0 {
		return Plan{Answer: c.set.overview()}, nil
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
