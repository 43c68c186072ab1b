package commands

import (
	"encoding/json"
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// orMark stands in the line of an objection between what is said and what may have been meant, each a line as Hear gives it.
const orMark = "\x00or "

// doubted is the line of a message that is not carried out, with what it may have meant: whoever wrote it chooses.
func (s *Set) doubted(heard grammar.Heard) string {
	perhaps := heard.Perhaps
	if with := s.with(heard); with != "" {
		perhaps = append([]string{with}, perhaps...)
	}
	lines := make([]string, 0, len(perhaps))
	for _, line := range perhaps {
		if line = s.inLines(grammar.Heard{Line: line}); !strings.HasPrefix(line, objectionMark) && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return Objection(heard.Objection) + perhapsMark(lines)
}

// with is a line with those named whom only the event mentions, if it is of a command about users; "" otherwise.
func (s *Set) with(heard grammar.Heard) string {
	if len(heard.Aside) == 0 || len(heard.Aside) > mostNamed || len(heard.Perhaps) == 0 {
		return ""
	}
	words, _ := grammar.Split(heard.Perhaps[0])
	cmd, args := s.find(words)
	if cmd == nil || len(cmd.params) == 0 || cmd.params[0].value.of != aboutUsers || len(heard.Aside) > 1 && !cmd.params[0].several {
		return ""
	}
	rest := heard.Perhaps[0]
	for _, w := range words[:len(words)-len(args)] {
		rest = strings.TrimPrefix(strings.TrimLeftFunc(rest, grammar.IsSpace), w.Raw)
	}
	var line strings.Builder
	line.WriteString(cmd.name)
	for _, user := range heard.Aside {
		line.WriteString(" " + grammar.Link{Target: user}.String())
	}
	return line.String() + rest
}

func perhapsMark(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	raw, _ := json.Marshal(lines) // strings always marshal
	return orMark + string(raw)
}

// perhapsMeant parts the line of an objection into what is said and what may have been meant.
func perhapsMeant(line string) (said string, lines []string) {
	said, raw, ok := strings.Cut(strings.TrimPrefix(line, objectionMark), orMark)
	if ok && json.Unmarshal([]byte(raw), &lines) != nil {
		lines = nil
	}
	return said, lines
}

// objected says why a message is not carried out. Of what it may have meant, it offers what can be carried out by its words.
func (s *Set) objected(r Request, line string) *Plan {
	said, perhaps := perhapsMeant(line)
	p := &Plan{Answer: said, Mistake: Mistake{Misread: true}}
	if r.Plain {
		return p
	}
	for _, line := range perhaps {
		if s.likely(line) && s.Mistakes(r, Lines(line)) == "" && len(p.Choices) < mostChoices {
			p.Choices = append(p.Choices, Choice{Name: asWritten(line), Line: line})
		}
	}
	if len(p.Choices) > 0 {
		p.Answer += text.Pick(len(p.Choices), " Or did you mean this?", " Or which did you mean?")
	}
	return p
}

// likely tells whether a command is about somebody whom it may be about: a mere word is a server's name by its letters, and
// rather what was left of a mention.
func (s *Set) likely(heard string) bool {
	l, fits := s.read(Lines(heard)[0])
	if !fits || l.command == nil {
		return false
	}
	of := l.command.params
	return len(of) == 0 || of[0].value.of != aboutUsers || len(l.args) == 0 || strings.ContainsAny(l.args[0].Text, "@.:!#$*")
}

// asWritten shows commands with users and rooms by their IDs, where they are links.
func asWritten(heard string) string {
	lines := Lines(heard)
	for i, line := range lines {
		line, _ = repliedTo(line)
		for word := range strings.FieldsFuncSeq(line, grammar.IsSpace) {
			if l, ok := grammar.ParseLink(grammar.Unwrap(word)); ok && l.Event == "" {
				line = strings.Replace(line, grammar.Unwrap(word), l.Target, 1)
			}
		}
		lines[i] = text.Code(text.Clip(text.OneLine(line), mostShownLine))
	}
	return text.And(lines)
}

// mostShownLine is how much of a command is shown that is to be chosen.
const mostShownLine = 200
