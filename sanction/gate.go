package sanction

import (
	"fmt"
	"time"

	"forseti/text"
)

// AcceptSign is the reaction with which somebody accepts the rules of a room.
const AcceptSign = "✅"

// GateWords ask somebody who wants into a room to accept its rules, in Markdown; or to speak
// there, if they are in it already. room is how it is called, escaped; the rules are the
// moderators' own words.
func GateWords(room, rules string, voice bool, within time.Duration) string {
	wants, then := "You asked to be let into "+room, "then I let you in"
	if voice {
		wants, then = "You are in "+room+" now, and cannot write there yet", "then you can write"
	}
	return fmt.Sprintf("Hello! %s. Its rules:\n\n> %s\n\nReact to this message with %s if you accept them: %s. There is %s for it.",
		wants, rules, AcceptSign, then, text.Duration(within))
}
