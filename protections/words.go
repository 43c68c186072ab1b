package protections

import (
	"maunium.net/go/mautrix/event"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
)

func words() kit.Kind {
	w := &Words{
		lists: kit.FamilyOf(kit.TermList("list", "Words of one list, of a language or a topic as you like: `list.german`, `list.crypto`.").Stricter(kit.Longer)),
		weights: kit.FamilyOf(kit.Choice("weight", "How bad it is to write a word of the list of that name.",
			sanction.Light.String(), sanction.Note.String(), sanction.Nuisance.String(), sanction.Spam.String(), sanction.Attack.String()).Stricter(kit.Later, kit.Classes()...)),
	}
	return kit.Kind{
		Name:    "words",
		Summary: "Removes messages with words of your lists.",
		Details: "There are no lists unless you make them, and an empty one matches nothing. `!forseti config add words list.crypto airdrop, free bitcoin` makes one or adds to it, " +
			"`config remove` takes a word out again, and `weight.crypto` says how bad its words are: `light` unless you set it, so that the message goes and its author may stay.\n\n" +
			"Words and phrases are found as whole words, in whatever case, with whatever invisible characters between their letters: `ass` is not found in `classic`. " +
			"In scripts without spaces between words, such as Chinese or Thai, they are found wherever they stand. What else an entry may be:\n\n" +
			"- `coin*`, `*coin`, `*coin*`: it may go on at the star.\n" +
			"- `~bitcoin`: also with letters that look like its own (`bіtсоin` with Cyrillic ones), or that stand apart (`b i t c o i n`).\n" +
			"- `~~bitcoin`: also with digits and signs for letters (`b1tc0in`). Words that are near to numbers do better without.\n" +
			"- `/earn \\$?\\d+ (a|per) day/`: a regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)), in whatever case, on the first 4 kB. Each costs more than a thousand words.\n\n" +
			"Looked at is all that a message says: its text, edits, captions, names of files, polls, reactions, where links lead, what is hidden or stands in the quote above a reply; and room names, topics, and the names that members have in the room. " +
			"Who answers a message that was found, and quotes it, has not said it.",
		Options: []kit.Option{w.lists, w.weights},
		New: func(g *kit.Given) kit.Protection {
			made := *w
			made.known = newKnown(g)
			return &made
		},
	}
}

// Words finds what is in moderators' lists.
type Words struct {
	lists   kit.Family[*kit.Terms]
	weights kit.Family[string]

	known known
}

// Check looks for the words in all that is said.
func (w *Words) Check(in kit.Signal, room kit.View) (found []kit.Finding) {
	if !writes(in) {
		return nil
	}
	worst := sanction.Note
	for _, list := range w.lists.In(room) {
		text := in.Message.Shown()
		word := list.Value.In(text)
		if word == "" {
			text = in.Message.Rest()
			if word = list.Value.In(text); word == "" || w.known.quotes(in, word) {
				continue
			}
		}
		if weight := w.weight(list.Name, room); found == nil || weight > worst {
			worst = weight
			found = in.Found(weight, "wrote %s (list %s): %s", kit.Quote(word), list.Name, kit.Quote(text.String()))
			w.known.add(in, word)
		}
	}
	return found
}

func (w *Words) weight(list string, room kit.View) kit.Weight {
	for _, weight := range w.weights.In(room) {
		if weight.Name == list {
			return sanction.ParseClass(weight.Value)
		}
	}
	return kit.Light
}

// writes reports whether a signal is something that its sender wrote for others to read: a
// message, a piece of state, or how they are shown in the room.
func writes(in kit.Signal) bool {
	switch in.What {
	case kit.Said:
		return in.Event.Type.Type != event.EventRedaction.Type
	case kit.Joined, kit.Changed:
		return in.Message.Form() != content.Member || in.Event.GetStateKey() == string(in.Sender)
	default:
		return false
	}
}
