package commands

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

// Request is one command as it arrived.
type Request struct {
	Sender   id.UserID
	Event    id.EventID
	Room     id.RoomID
	Line     int      // which of several commands in one message, from 0 on
	Plain    bool     // nothing can be chosen from
	Progress Progress // nil if nobody wants to know
}

// Progress hears how far a long command is: in a sentence of Markdown, and with so much done of all.
type Progress func(said string, done, all int)

// Answer is what to tell the moderators.
type Answer struct {
	Markdown string
	Rules    []id.EventID // that were written: what follows from them belongs to the answer
	Failed   bool         // not all steps were done
	Crash    string       // for the log: a panic and where it was, "" for none
}

// Set is all commands under the names that the bot answers to. It is safe for
// concurrent use if displayName and the desks are.
type Set struct {
	hearer   grammar.Hearer
	names    Names
	commands []*command
	reasons  ReasonDesk
}

// NewSet returns the commands of a bot account. displayName may change over time.
func NewSet(self id.UserID, displayName func() string, also grammar.Borrowed, d Desks) *Set {
	s := &Set{names: d.Names, commands: all(d), reasons: d.Reasons}
	s.hearer = grammar.Hearer{Self: self, DisplayName: displayName, Borrowed: also, Knows: s.knows}
	return s
}

// knows tells whether a command's name begins with a word, or with one that is nearly it.
func (s *Set) knows(word string) (command, nearly bool) {
	var names []string
	for _, c := range s.commands {
		for _, name := range append([]string{c.name}, c.also...) {
			first, _, _ := strings.Cut(name, " ")
			if strings.EqualFold(first, word) {
				return true, false
			}
			names = append(names, first)
		}
	}
	return false, text.Nearest(word, names) != ""
}

// objectionMark begins the line of a message that is not carried out, only answered.
// Hear lets no message begin with it.
const objectionMark = "\x00said "

// Hear reads the line of a command from a message, for Plan; ok only if the message is
// meant for us.
func (s *Set) Hear(m grammar.Message) (line string, ok bool) {
	heard, ok := s.hearer.Hear(m)
	if heard.Objection != "" {
		return s.doubted(heard), ok
	}
	if !ok {
		return "", false
	}
	return s.inLines(heard), true
}

// Objection is the line of a message that is answered with just this, which is
// Markdown.
func Objection(said string) string { return objectionMark + said }

// Lane is which commands a command waits for: those before it in the same lane.
type Lane uint8

// The lanes. Looking never waits behind acting, and what is urgent passes what is
// long.
const (
	Looking Lane = iota
	Acting
	Lasting
)

// Lanes is how many lanes there are.
const Lanes = 3

// Lane tells the lane of a line, by its words alone: of several, that of the slowest.
func (s *Set) Lane(line string) Lane {
	if strings.HasPrefix(line, objectionMark) {
		return Looking
	}
	if lines := Lines(line); len(lines) > 1 {
		lane := Looking
		for _, line := range lines {
			lane = max(lane, s.Lane(line))
		}
		return lane
	}
	l, fits := s.read(line)
	cmd := l.command
	switch {
	case !fits:
		return Looking
	case cmd != nil && cmd.long != nil && cmd.long(l):
		return Lasting
	case cmd == nil, cmd.effect == looks:
		return Looking
	default:
		return Acting
	}
}

// Plan reads a command, a line as Hear gives it, and decides what to do about it.
// Whatever is wrong with it becomes the answer.
func (s *Set) Plan(ctx context.Context, r Request, line string) (p Plan) {
	defer func() {
		if v := recover(); v != nil {
			p = Plan{Answer: Broken, Crash: fmt.Sprintf("%v\n%s", v, debug.Stack())}
		}
	}()
	c, args, wrong := s.call(r, line)
	if wrong != nil {
		return *wrong
	}
	p, err := c.decide(ctx, args)
	if err != nil {
		_, misused := errors.AsType[misuse](err)
		p = Plan{Answer: c.explain(err), Mistake: Mistake{Misread: misused}}
		if open, is := errors.AsType[openList](err); is {
			p.Choices = choicesOf(c, open, line)
		}
		if open, is := errors.AsType[openReason](err); is {
			p.Choices = reasonsOf(c, open, line)
		}
	}
	if c.unread != "" {
		only := "I read only the first line. Of several commands in one message, each begins a line, and so with my name."
		if c.command.reads != "" {
			only = "I did not read what stands behind the code block."
		}
		p.Answer = text.Paragraphs(p.Answer, only)
		if p.Ask != "" {
			p.Ask = text.Paragraphs(only, p.Ask)
		}
	}
	p.Effect = capped(text.Gathered(p.Effect, mostGathered))
	switch {
	case len(p.Steps) == 0:
		p.Answer = capped(text.Gathered(p.Answer, mostGatheredAtOnce))
	default:
		p.Answer = capped(text.Gathered(p.Answer, mostGathered))
		for i, part := range p.Each { // which is looked for in the answer
			p.Each[i].Answer = text.Gathered(part.Answer, 0)
		}
	}
	return p
}

// Broken is said after a panic over a command.
const Broken = "Sorry, something broke while I did that, and I may have done only part of it. " +
	"This is a mistake in me; my log says more. `!forseti status` shows how I am."

// decide binds the words and plans. Dry runs and questions are the same for all
// commands, and come from here.
func (c *call) decide(ctx context.Context, args []grammar.Word) (Plan, error) {
	if err := bindAnyhow(c, args); err != nil {
		return Plan{}, misuse{err}
	}
	usual, several, err := usualReason(c)
	if err != nil {
		return Plan{}, misuse{err}
	}
	p, err := planAnyhow(ctx, c, args)
	if len(several) > 0 && err == nil && len(p.Steps) > 0 {
		return Plan{}, whichReason(several)
	}
	if usual != "" && len(p.Steps) > 0 {
		said := fmt.Sprintf("The reason is the usual one: %s.", reasonWords(usual))
		p.Effect, p.Answer = text.Paragraphs(p.Effect, said), text.Paragraphs(p.Answer, said)
	}
	switch {
	case err != nil && c.near != nearList{}:
		return Plan{}, misuse{refuse("%s", c.near)}
	case err == nil:
		err = c.guessed(&p)
	}
	if err != nil {
		return Plan{}, err
	}
	p.named(c.Request)
	if p.acts() {
		p.Command = c.command.name
	}
	switch {
	case len(p.Steps) == 0:
		p.Ask = ""
	case option[bool](c, dryRunned.name):
		return Plan{Answer: p.preview("Nothing was done.")}, nil
	case p.Writes() && c.names.DryRun():
		return Plan{Answer: p.preview("This is a dry run, so nothing was done. `!forseti dry-run off` ends it.")}, nil
	case option[bool](c, noConfirm.name):
		p.Ask, p.Sure = "", true
	case p.Ask != "":
		p.Sure = true // by the time that it is carried out
	}
	return p, nil
}

// Apply carries out a plan. What was done of it before is not done again.
func (s *Set) Apply(ctx context.Context, p Plan, e Executor) (a Answer) {
	defer func() {
		if v := recover(); v != nil {
			a = Answer{Markdown: Broken, Failed: true, Crash: fmt.Sprintf("%v\n%s", v, debug.Stack())}
		}
	}()
	run := &applying{plan: p, executor: e, made: p.Room, failed: map[int]error{}}
	err := run.all(ctx)
	c := &call{known: known{self: s.hearer.Self, names: s.names}, set: s}
	if err != nil {
		said := c.explain(err)
		if len(run.did) > 0 {
			said = text.Paragraphs(said, "Done before that: "+text.And(run.did)+".")
		}
		return Answer{Markdown: capped(text.Gathered(said, mostGathered)), Rules: run.rules, Failed: true}
	}
	said := p.Answer
	if len(run.failed) > 0 {
		said = cameOf(c, p, run)
	}
	return Answer{Markdown: capped(c.shown(said, run.made)), Rules: run.rules, Failed: len(run.failed) > 0}
}

// cameOf says what became of each of several, of which some could not be done.
func cameOf(c *call, p Plan, run *applying) string {
	said := p.answers()
	for i, part := range p.Each {
		if err := run.failed[i+1]; err != nil {
			said[i] = fmt.Sprintf("**Not done:** %s: %s", partName(c, part.Name), c.explain(err))
		}
	}
	return strings.Replace(p.Answer, lined(p.answers()), lined(said), 1)
}

// partName shows one of several that a command is about: a room by what it is called.
func partName(c *call, written string) string {
	for _, r := range c.names.Rooms() {
		if written == string(r.ID) || r.Alias != "" && written == string(r.Alias) {
			return c.roomLink(r.ID, r.Name)
		}
	}
	return text.Code(written)
}

// line is a command as it was written.
type line struct {
	command *command // nil if there is none of that name
	words   []grammar.Word
	args    []grammar.Word
	below   string // what a command reads that stands below it
	unread  string
	reply   id.EventID // the message that it replies to, if that may stand in for something
}

// read takes a line apart; fits is false if it is too long. Only what is below the first line
// of a command that reads on may be longer. Of several commands it is the one that reaches the
// furthest: what it takes, all of them take.
func (s *Set) read(written string) (l line, fits bool) {
	if lines := Lines(written); len(lines) > 1 {
		for i, line := range lines {
			if one, all := s.read(line); i == 0 || all && one.command != nil && (l.command == nil || one.effect().beyond(l.effect())) {
				l, fits = one, all
			}
		}
		return l, fits
	}
	written, l.reply = repliedTo(written)
	head, below := grammar.Below(written)
	if len(head) <= grammar.MaxLine {
		l.words, _ = grammar.Split(head)
		if l.command, l.args = s.find(l.words); l.command != nil && l.command.reads != "" {
			l.below, l.unread = grammar.Block(below)
			return l, len(written) <= grammar.MaxText
		}
	}
	if len(written) > grammar.MaxLine {
		return line{}, false
	}
	l.words, l.unread = grammar.Split(written)
	l.command, l.args = s.find(l.words)
	return l, true
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
	if longest == 1 {
		if of, args := s.ofLists(found, words[1:]); of != nil {
			return of, args
		}
	}
	return found, words[longest:]
}

// ofLists gives the command that takes or gives rules, if it was called by the name that another
// has too, as in Mjolnir: its words are a list, or a room and a list; nil if they are not.
func (s *Set) ofLists(found *command, args []grammar.Word) (*command, []grammar.Word) {
	name := strings.Replace(found.name, "protections ", "list ", 1)
	if name == found.name || len(args) == 0 || args[0].Flag != "" || args[0].Quoted {
		return nil, nil
	}
	k := &call{known: known{self: s.hearer.Self, names: s.names}}
	switch list := namesList(k, args[0]); {
	case !list && (!writtenRoom(args[0]) || name != "list import"):
		return nil, nil
	case !list:
		room := args[0]
		args = append([]grammar.Word{{Text: room.Text, Raw: room.Raw, Flag: inRoom.name, Value: &room}}, args[1:]...)
	}
	i := slices.IndexFunc(s.commands, func(c *command) bool { return c.name == name })
	if i < 0 {
		return nil, nil
	}
	return s.commands[i], args
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

// behind is what the names of commands have behind a first word, or behind several.
func (s *Set) behind(begin string) (rest []string) {
	for _, c := range s.commands {
		for _, name := range append([]string{c.name}, c.also...) {
			if after, ok := strings.CutPrefix(name, begin+" "); ok {
				rest = append(rest, after)
			}
		}
	}
	return rest
}

// unknown names the command that was probably meant.
func (s *Set) unknown(words []grammar.Word) string {
	if begin := strings.ToLower(words[0].Text); len(s.behind(begin)) > 0 {
		return s.unfinished(begin, words)
	}
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

// unfinished names the commands that begin with a word that is none by itself.
func (s *Set) unfinished(begin string, words []grammar.Word) string {
	rest, written := s.behind(begin), words[0].Text
	if len(words) > 1 {
		written += " " + words[1].Text
		if best := text.Nearest(words[1].Text, rest); best != "" {
			return fmt.Sprintf("I know no command %s. Did you mean `!forseti %s %s`?", text.Code(text.Clip(written, 60)), begin, best)
		}
	}
	all := make([]string, len(rest))
	for i, after := range rest {
		all[i] = text.Code("!forseti " + begin + " " + after)
	}
	if plural, _ := s.find([]grammar.Word{{Text: begin + "s", Raw: begin + "s"}}); plural != nil {
		all = append(all, text.Code("!forseti "+begin+"s"))
	}
	return fmt.Sprintf("I know no command %s. There %s %s.", text.Code(text.Clip(written, 60)), text.Pick(len(all), "is", "are"), text.And(all))
}

// explain puts an error into words, and shows how to write the command if the line
// was wrong.
func (c *call) explain(err error) string {
	var said string
	if r, ok := errors.AsType[refusal](err); ok {
		said = string(r)
	} else if s, ok := err.(sentence); ok { // one that is wrapped has words around it
		if said = strings.TrimSuffix(text.Markup(s.Sentence()), "\\."); !strings.HasSuffix(said, "?") {
			said += "."
		}
	} else {
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			said = "That took too long, so I stopped waiting. What is done stays done; `!forseti sync` finds the rest."
		case errors.Is(err, context.Canceled):
			said = "I was stopped before that was done."
		default:
			said = "I could not do that: " + strings.TrimSuffix(text.Markup(err.Error()), "\\.") + "."
		}
	}
	if _, ok := errors.AsType[misuse](err); !ok {
		return said
	}
	return said + "\n\nUsage: " + text.Code("!forseti "+c.command.usage()) +
		"\n\nExample: " + text.Code("!forseti "+c.command.examples[0])
}

// mostGathered is how many bytes of names are folded below what is edited later, and
// mostGatheredAtOnce below what is said once.
const (
	mostGathered       = 1_800
	mostGatheredAtOnce = 8_000
)

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
	return text.Unfolded(strings.Join(kept, "")) + "\n\n… and more, which is too long to show."
}
