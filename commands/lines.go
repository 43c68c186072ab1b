package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

// linesMark begins what Hear makes of a message of several commands, one a line. Hear lets
// no message begin with it.
const linesMark = "\x00lines "

// mostCommands is how many commands one message may have.
const mostCommands = 20

// Lines are the commands of what Hear gives, one at least.
func Lines(heard string) []string {
	raw, several := strings.CutPrefix(heard, linesMark)
	var lines []string
	if several && json.Unmarshal([]byte(raw), &lines) == nil && len(lines) > 0 {
		return lines
	}
	return []string{heard}
}

// joinLines is the reverse of Lines.
func joinLines(lines []string) string {
	if len(lines) == 1 {
		return lines[0]
	}
	raw, _ := json.Marshal(lines) // strings always marshal
	return linesMark + string(raw)
}

// inLines parts a message of which every line is a command. Any other is one command, as is
// one that reads what stands below it.
func (s *Set) inLines(heard grammar.Heard) string {
	var lines []string
	for rest := heard.Line; ; {
		words, below := grammar.Split(rest)
		if cmd, _ := s.find(words); cmd != nil && cmd.reads != "" {
			lines = append(lines, rest)
			break
		}
		lines = append(lines, strings.TrimRightFunc(strings.TrimSuffix(rest, below), grammar.IsSpace))
		if below == "" {
			break
		}
		next, ok := s.hearer.Addressed(below)
		switch {
		case below == grammar.Unlike && len(lines) > 1:
			return Objection(grammar.NotShown)
		case !ok:
			return heard.Line
		}
		rest = next
	}
	switch {
	case len(lines) == 1:
		return heard.Line
	case len(lines) > mostCommands:
		return Objection(fmt.Sprintf("That is %d commands, and one message is %d at most. I did nothing.", len(lines), mostCommands))
	case !s.hearer.Shows(heard, lines):
		return Objection(grammar.InCode)
	}
	return joinLines(lines)
}

// Mistakes says what is wrong with commands that were written in one message, by their words
// alone; "" if nothing is.
func (s *Set) Mistakes(r Request, lines []string) string {
	var wrong []string
	for i, line := range lines {
		if said := s.mistake(r, line); said != "" {
			wrong = append(wrong, numbered(i, said))
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return text.Paragraphs(append([]string{fmt.Sprintf("I did nothing, for %s.", text.Pick(len(wrong), "one line is not right", fmt.Sprintf("%d lines are not right", len(wrong))))}, wrong...)...)
}

func (s *Set) mistake(r Request, line string) (said string) {
	defer func() {
		if recover() != nil {
			said = "" // planning says so
		}
	}()
	c, args, wrong := s.call(r, line)
	if wrong != nil {
		return wrong.Answer
	}
	if err := c.bind(args); err != nil {
		return c.explain(misuse{err})
	}
	return ""
}

func numbered(line int, said string) string { return fmt.Sprintf("**%d.** %s", line+1, said) }

// Told is what was said to the lines of one message, in their order.
func Told(said []string) string {
	all := make([]string, len(said))
	n := 0
	for i, s := range said {
		all[i] = numbered(i, s)
		n += 1 + strings.Count(s, "\n")
	}
	for i, s := range all {
		head, more, long := strings.Cut(s, "\n")
		if n > readAtOnce && long && len(text.Pieces(s)) == 1 {
			all[i] = head + "\n\n" + text.Fold(fmt.Sprintf("More of %d", i+1), more)
		}
	}
	return capped(text.Paragraphs(all...))
}

// Asked is the question of a line, behind what was said to those before it.
func Asked(told []string, question string) string {
	if len(told) == 0 {
		return numbered(0, question)
	}
	return text.Paragraphs(Told(told), numbered(len(told), question))
}

// Undone says which lines of a message were not carried out any more.
func Undone(rest []string) string {
	shown := make([]string, len(rest))
	for i, line := range rest {
		shown[i] = head(line)
	}
	return fmt.Sprintf("So I did not go on. Not done: %s.", text.And(shown))
}

func head(line string) string {
	line, _ = repliedTo(line)
	line, _, _ = strings.Cut(line, "\n")
	return text.Code(text.Clip(line, 60))
}

// Shown is a command as it was written, after a comma; "" if it was none that is carried out.
func Shown(line string) string {
	if strings.HasPrefix(line, objectionMark) {
		return ""
	}
	return ", " + head(line)
}

// OnSite reads a command that a moderator gave in a protected room, in reply to a message, for
// Plan; ok only if it is meant for us, by our own name. What may not be given there becomes an
// objection.
func (s *Set) OnSite(m grammar.Message, to id.EventID) (line string, ok bool) {
	hearer := s.hearer
	hearer.Borrowed = grammar.Borrowed{Alone: func() bool { return false }} // others are there
	heard, ok := hearer.Hear(m)
	switch {
	case !ok:
		return "", false
	case heard.Objection != "":
		return s.doubted(heard), true
	}
	var names []string
	for _, c := range s.commands {
		if c.onSite {
			names = append(names, "`"+c.name+"`")
		}
	}
	l, fits := s.read(heard.Line)
	switch {
	case !fits || l.command == nil || !l.command.onSite:
		return Objection(fmt.Sprintf("In a protected room I take only %s, in reply to the message in question. Write all else here.", text.And(names))), true
	case l.unread != "":
		return Objection("In a protected room one message is one command. I did nothing."), true
	}
	return s.InReply(heard.Line, to), true
}

// call reads a command; of what is wrong with it, the plan only says that.
func (s *Set) call(r Request, line string) (c *call, args []grammar.Word, wrong *Plan) {
	if strings.HasPrefix(line, objectionMark) {
		return nil, nil, s.objected(r, line)
	}
	l, fits := s.read(line)
	switch {
	case !fits:
		return nil, nil, &Plan{Answer: grammar.TooLong(len(line)), Mistake: Mistake{Misread: true}}
	case (l.command == nil || len(l.command.params) == 0 && len(l.args) > 0) && formerly(l.words) != "":
		return nil, nil, &Plan{Answer: formerly(l.words), Mistake: Mistake{Misread: true}}
	case l.command == nil:
		return nil, nil, &Plan{Answer: s.unknown(l.words), Mistake: Mistake{Misread: true}}
	case l.command.reads != "" && strings.HasSuffix(line, grammar.Unlike):
		return nil, nil, &Plan{Answer: "What your client shows below the command is not what its plain text says, so I did nothing. Put the text into a code block: a line of three backticks before it, and one after it."}
	}
	return &call{
		Request: r, known: known{self: s.hearer.Self, names: s.names}, set: s, command: l.command, below: l.below, unread: l.unread, reply: l.reply,
		args: map[string]any{}, flags: map[string]any{},
	}, l.args, nil
}

// eachLine changes every command of what Hear gives.
func eachLine(heard string, change func(line string) string) string {
	lines := Lines(heard)
	for i := range lines {
		lines[i] = change(lines[i])
	}
	return joinLines(lines)
}
