package commands

import (
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Tap is a sign below an answer, and what a moderator orders who reacts with it.
type Tap struct {
	Sign string `json:"sign"`
	Says string `json:"says"` // what for, after "to"
	// Line is a command as Hear gives it, carried out as if whoever reacts had written it; "" for
	// nothing: then no other sign counts any more.
	Line string `json:"line,omitempty"`
	// Once says that the first sign decides: it is a choice, and no more is asked unless the command
	// asks by itself.
	Once bool `json:"once,omitempty"`
}

// TapWords say which signs there are; "" for none.
func TapWords(taps []Tap) string {
	if len(taps) == 0 {
		return ""
	}
	said := make([]string, len(taps))
	for i, t := range taps {
		said[i] = t.Sign + " to " + t.Says
	}
	words := "React with " + strings.Join(said, ", ") + "."
	if !taps[0].Once {
		words += " I ask before I do it."
	}
	return words
}

// The signs.
const (
	banSign    = "🚫"
	muteSign   = "🔇"
	kickSign   = "👢"
	redactSign = "🗑️"
	noSign     = "❌"
)

// numberSigns choose among several.
var numberSigns = [...]string{"1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣"}

// onAll are the taps that act on some users: those whom a command can name one by one, and not so
// many that nobody reads who they are. wrote says whether they wrote anything.
func onAll(users []id.UserID, wrote bool) []Tap {
	named := make([]string, 0, len(users))
	for _, u := range users {
		if Offerable(u) {
			named = append(named, string(u))
		}
	}
	if len(named) < crowd || len(named) > mostNamed {
		return nil
	}
	all := strings.Join(named, " ")
	whom := fmt.Sprintf("the %d who are new", len(named))
	if !wrote {
		return []Tap{{Sign: banSign, Says: "ban " + whom, Line: "ban " + all}, {Sign: muteSign, Says: "mute them", Line: "mute " + all}, {Sign: kickSign, Says: "kick them", Line: "kick " + all}}
	}
	return []Tap{
		{Sign: banSign, Says: "ban " + whom + " and remove what they wrote", Line: "ban " + all + " --redact"}, {Sign: muteSign, Says: "mute them", Line: "mute " + all},
		{Sign: kickSign, Says: "kick them", Line: "kick " + all}, {Sign: redactSign, Says: "only remove what they wrote", Line: "redact " + all},
	}
}

// intoLists are the taps that choose the list to write to; none if there are fewer than two.
func (k *known) intoLists(line func(list string) string) []Tap {
	var taps []Tap
	for _, l := range k.watched() {
		if l.Writable && !l.Unread && len(taps) < len(numberSigns) {
			taps = append(taps, Tap{Sign: numberSigns[len(taps)], Says: "write into " + k.listName(l), Line: line(string(l.ID)), Once: true})
		}
	}
	if len(taps) < 2 {
		return nil
	}
	return append(taps, Tap{Sign: noSign, Says: "leave it", Once: true})
}
