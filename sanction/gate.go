package sanction

import (
	"fmt"
	"time"

	"forseti/text"
)

// AcceptSign is the reaction with which somebody accepts the rules of a room.
const AcceptSign = "✅"

// Then is what comes of it if somebody accepts the rules of a room.
type Then int

// What can come of it.
const (
	LetIn      Then = iota // they come in
	Voice                  // they are in it, and can write
	VoiceLater             // they are in it, and can write once newcomers may there
)

// GateWords ask somebody who wants into a room to accept its rules, in Markdown; or to speak
// there, if they are in it already. room is how it is called, escaped; the rules are the
// moderators' own words.
func GateWords(room, rules string, then Then, within time.Duration) string {
	wants, follows := "You asked to be let into "+room, "then I let you in"
	if then != LetIn {
		wants, follows = "You are in "+room+" now, and cannot write there yet", "then you can write"
	}
	if then == VoiceLater {
		follows = "then you can write as soon as new members may write there again, which they may not just now"
	}
	return fmt.Sprintf("Hello! %s. Its rules:\n\n> %s\n\nReact to this message with %s if you accept them: %s. There is %s for it.",
		wants, rules, AcceptSign, follows, text.Duration(within))
}
