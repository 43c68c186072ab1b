package commands

import (
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
)

// Choice is one of several commands, and what tells it from the others.
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
	if c.command.flag(intoList.name) == nil || len(o.lists) > mostChoices {
		return nil
	}
	for _, list := range o.lists {
		if again := onceMore(c, line, "--"+intoList.name+"="+string(list.ID)); again != "" {
			all = append(all, Choice{Name: c.listName(list), Line: again})
		}
	}
	return all
}

// onceMore is a command once more, with an option besides; "" if that cannot be written.
func onceMore(c *call, line, option string) string {
	written, to := repliedTo(line)
	l, _ := c.set.read(written)
	rest := written
	for _, w := range l.words[:len(l.words)-len(l.args)] {
		rest = strings.TrimPrefix(strings.TrimLeftFunc(rest, grammar.IsSpace), w.Raw)
	}
	again := c.command.name + " " + option + rest
	if strings.Contains(line, "\n") || len(again) > grammar.MaxLine {
		return ""
	}
	if to != "" {
		again = c.set.oneInReply(again, to)
	}
	return again
}

// onAll are the commands that act on all who are new. best is the one that bans them and changes
// least, if there is one; the others name each of them, if they are not so many that nobody reads
// who they are. wrote says whether they wrote anything.
func onAll(users []id.UserID, wrote bool, best string) (all []Choice) {
	named := make([]string, 0, len(users))
	for _, u := range users {
		if Offerable(u) {
			named = append(named, string(u))
		}
	}
	if len(named) < crowd {
		return nil
	}
	one := strings.Join(named, " ")
	whom, also, redact := fmt.Sprintf("the %d new", len(users)), "", ""
	if wrote {
		also, redact = " and remove all", " --redact"
	}
	switch {
	case best != "":
		all = append(all, Choice{"ban " + whom + also, strings.TrimPrefix(best, "!forseti ")})
	case len(named) > mostNamed:
		return nil
	default:
		if len(named) < len(users) { // the others have to be written in quotes
			whom = fmt.Sprintf("%d of %s", len(named), whom)
		}
		all = append(all, Choice{"ban " + whom + also, "ban " + one + redact})
	}
	if len(named) > mostNamed {
		return all
	}
	all = append(all, Choice{"mute", "mute " + one}, Choice{"kick", "kick " + one})
	if wrote {
		all = append(all, Choice{"only remove", "redact " + one})
	}
	return all
}

// intoLists choose the list to write to; none if there are fewer than two.
func (k *known) intoLists(line func(list string) string) (all []Choice) {
	for _, l := range k.watched() {
		if l.Writable && !l.Unread && len(all) < mostChoices {
			all = append(all, Choice{k.listName(l), line(string(l.ID))})
		}
	}
	if len(all) < 2 {
		return nil
	}
	return all
}
