package commands

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

// Request is one command as it arrived.
type Request struct {
	Bot       Bot
	Sender    id.UserID
	Event     id.EventID
	Room      id.RoomID
	Confirmed bool // a moderator said yes to the question that this line led to
}

// Answer is what to tell the moderators.
type Answer struct {
	Markdown string     // escaped where it quotes strangers
	Ask      bool       // a question: on a yes the same line runs again, Confirmed
	Follow   id.EventID // the rule whose outcome belongs into this answer; Markdown may be ""
	Crash    string     // for the log: a panic and where it was, "" for none
}

// Set is all commands under the names that the bot answers to. It is safe for
// concurrent use if displayName is.
type Set struct {
	hearer   grammar.Hearer
	commands []*command
}

// NewSet returns the commands of a bot account. displayName may change over time.
func NewSet(self id.UserID, displayName func() string) *Set {
	return &Set{hearer: grammar.Hearer{Self: self, DisplayName: displayName}, commands: all()}
}

// objectionMark begins the line of a message that is not carried out, only answered.
// Hear lets no message begin with it.
const objectionMark = "\x00"

// Hear reads the line of a command from a message, for Run; ok only if the message is
// meant for us.
func (s *Set) Hear(m grammar.Message) (line string, ok bool) {
	heard, ok := s.hearer.Hear(m)
	if heard.Objection != "" {
		return Objection(heard.Objection), ok
	}
	return heard.Line, ok
}

// Objection is the line of a message that Run carries out by saying just this, which
// is Markdown.
func Objection(said string) string { return objectionMark + said }

// Run carries out a command, a line as Hear gives it. Whatever goes wrong
// becomes the answer.
func (s *Set) Run(ctx context.Context, r Request, line string) (a Answer) {
	defer func() {
		if p := recover(); p != nil {
			a = Answer{
				Markdown: "Sorry, something broke while I did that, and I may have done only part of it. " +
					"This is a mistake in me; my log says more. `!forseti status` shows how I am.",
				Crash: fmt.Sprintf("%v\n%s", p, debug.Stack()),
			}
		}
	}()
	if objection, ok := strings.CutPrefix(line, objectionMark); ok {
		return Answer{Markdown: objection}
	}
	if len(line) > grammar.MaxLine {
		return Answer{Markdown: grammar.TooLong(len(line))}
	}
	words, unread := grammar.Split(line)
	cmd, args := s.find(words)
	if cmd == nil {
		return Answer{Markdown: s.unknown(words)}
	}
	c := &call{Request: r, self: s.hearer.Self, set: s, command: cmd, args: map[string]any{}, flags: map[string]any{}}
	err := c.bind(args)
	if err != nil {
		err = misuse{err}
	} else {
		a, err = cmd.run(ctx, c)
	}
	if err != nil {
		a = Answer{Markdown: c.explain(err)}
	}
	if unread != "" && a.Markdown != "" {
		a.Markdown += "\n\nI read only the first line: one message is one command."
	}
	a.Markdown = capped(a.Markdown)
	return a
}

// find looks up the command with the longest name that the words begin with.
func (s *Set) find(words []grammar.Word) (found *command, args []grammar.Word) {
	if len(words) == 0 {
		words = []grammar.Word{{Text: "help", Raw: "help"}}
	}
	longest := 0
	for _, c := range s.commands {
		for _, name := range append([]string{c.name}, c.also...) {
			if n := begins(words, name); n > longest {
				found, longest = c, n
			}
		}
	}
	return found, words[longest:]
}

// begins gives how many words a name has, 0 if the line does not begin with it.
func begins(words []grammar.Word, name string) int {
	parts := strings.Fields(name)
	if len(words) < len(parts) {
		return 0
	}
	for i, part := range parts {
		if words[i].Quoted || !strings.EqualFold(words[i].Text, part) {
			return 0
		}
	}
	return len(parts)
}

// unknown names the command that was probably meant.
func (s *Set) unknown(words []grammar.Word) string {
	var names []string
	for _, c := range s.commands {
		names = append(append(names, c.name), c.also...)
	}
	written := words[0].Text
	best := text.Nearest(written, names)
	if len(words) > 1 {
		two := written + " " + words[1].Text
		if both := text.Nearest(two, names); both != "" && (best == "" || strings.Contains(both, " ")) {
			written, best = two, both
		}
	}
	if best == "" {
		return fmt.Sprintf("I know no command %s. `!forseti help` lists them all.", text.Code(text.Clip(written, 60)))
	}
	return fmt.Sprintf("I know no command %s. Did you mean `!forseti %s`?", text.Code(text.Clip(written, 60)), best)
}

// explain puts an error into words, and shows how to write the command if the line
// was wrong.
func (c *call) explain(err error) string {
	var said string
	if r, ok := errors.AsType[refusal](err); ok {
		said = string(r)
	} else if s, ok := err.(sentence); ok { // one that is wrapped has words around it
		said = strings.TrimSuffix(text.Markup(s.Sentence()), "\\.") + "."
	} else {
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			said = "That took too long, so I stopped waiting. What is done stays done; `!forseti sync` finds the rest."
		case errors.Is(err, context.Canceled):
			said = "I was stopped before that was done."
		default:
			said = "That did not work: " + strings.TrimSuffix(text.Markup(err.Error()), "\\.") + "."
		}
	}
	if _, ok := errors.AsType[misuse](err); !ok {
		return said
	}
	return said + "\n\nUsage: " + text.Code("!forseti "+c.command.usage()) +
		"\n\nExample: " + text.Code("!forseti "+c.command.examples[0])
}

// capped is the last guard against an answer that no event holds.
func capped(s string) string {
	if weight(s) <= 2*maxAnswer {
		return s
	}
	var kept []string
	size := 0
	for line := range strings.Lines(s) {
		if size += weight(line); size > maxAnswer {
			break
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "") + "\n\n… and more, which is too long to show."
}
