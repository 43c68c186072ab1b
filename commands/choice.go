package commands

import (
	"strings"

	"forseti/commands/grammar"
)

// Choice is one of several commands that may have been meant, and what tells it from the others.
type Choice struct{ Name, Line string }

// intoList names the list where it does not stand behind whom.
var intoList = flag{name: "into", value: &listValue, doc: "the list, where it does not stand behind whom"}

// mostChoices is how many can be chosen from by a reaction.
const mostChoices = 9

// openList is that a command names none of several lists.
type openList struct {
	refusal
	lists []List
}

func (o openList) Unwrap() error { return o.refusal }

// choicesOf are the command once more with each of the lists that it may mean; none if there is no such command.
func choicesOf(c *call, o openList, line string) (all []Choice) {
	if c.command.flag(intoList.name) == nil || len(o.lists) > mostChoices || strings.Contains(line, "\n") {
		return nil
	}
	written, to := repliedTo(line)
	l, _ := c.set.read(written)
	rest := written
	for _, w := range l.words[:len(l.words)-len(l.args)] {
		rest = strings.TrimPrefix(strings.TrimLeftFunc(rest, grammar.IsSpace), w.Raw)
	}
	for _, list := range o.lists {
		again := c.command.name + " --" + intoList.name + "=" + string(list.ID) + rest
		if to != "" {
			again = c.set.oneInReply(again, to)
		}
		all = append(all, Choice{Name: c.listName(list), Line: again})
	}
	return all
}
