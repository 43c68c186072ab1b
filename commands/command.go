// Package commands holds the chat commands: what moderators may write and what they are told. It reads through [Desks] and acts through [Executor].
package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
)

// command is one command. Grammar, help and reference all follow from it.
type command struct {
	name     string   // one word or more, as written after the prefix
	also     []string // other names
	family   string   // the heading it stands under in help
	effect   effect
	summary  string // one line, for the list of commands
	details  string // Markdown, "" if the summary says it all
	params   []param
	flags    []flag
	alone    bool   // as a reply to an alert its name is enough, with no prefix
	onSite   bool   // may be given in a protected room, in reply to the message in question
	asks     string // when it asks before it acts, "" for never
	examples []string
	// reads says what a command reads that stands below its first line, for its usage; ""
	// for nothing.
	reads string
	// long is set if it may take minutes, so that others must not wait for it; by its
	// line alone.
	long func(l line) bool
	// plan reads the world and says what to do. It changes nothing.
	plan func(ctx context.Context, c *call) (Plan, error)
}

// effect is how far a command reaches, and so what it takes to use it once roles are on.
type effect string

const (
	looks     effect = "looks"     // changes nothing
	moderates effect = "moderates" // acts on users, rooms' members or rules
	sets      effect = "sets"      // changes how the bot works
)

// effect is how far a line reaches.
func (l line) effect() effect {
	if l.command == nil {
		return looks
	}
	for i, p := range l.command.params {
		if p.acts && len(l.args) <= i {
			return looks
		}
	}
	return l.command.effect
}

// beyond tells whether an effect reaches further than another.
func (e effect) beyond(other effect) bool {
	far := []effect{looks, moderates, sets}
	return slices.Index(far, e) > slices.Index(far, other)
}

// param is a place in a command's line.
type param struct {
	name     string
	optional bool
	several  bool // of which there may be more than one
	replied  bool // may be left out in a reply: what that is about stands in for it
	sent     bool // likewise, in the caption of a picture
	acts     bool // without it nothing is changed, so that it takes no more than to look
	doc      string
	value    value
	// kind tells whether a line begins with a word that only says of what kind this is, as in "server example.org".
	kind func([]grammar.Word) bool
}

// flag is an option; with no value it is a switch.
type flag struct {
	name    string
	doc     string
	value   *value
	several bool // may be given more than once
}

// value is a kind of argument: what to write, and what becomes of it.
type value struct {
	hint string // for "write …"
	rest bool   // takes all that is left of the line
	raw  bool   // likewise, and quotes in it are part of it
	list bool   // names a list
	of   kind   // what clients may offer for it
	// like tells whether a word that need not be one is written as one, where there may be
	// several or none.
	like func(c *call, w grammar.Word) bool
	// parse reads one word. An optional place whose word it declines stays empty,
	// and the word goes to the next place.
	parse func(c *call, w grammar.Word) (any, error)
}

// kind is what a value is about, for clients.
type kind uint8

const (
	aboutAny kind = iota
	aboutUsers
	aboutRooms
	aboutEvents
)

// call is a command with its arguments.
type call struct {
	Request
	known
	set     *Set
	command *command
	below   string     // what the command reads that stands below it
	unread  string     // what else stands there
	reply   id.EventID // the message that it replies to, if that may stand in for something
	args    map[string]any
	flags   map[string]any
	near    nearList // the list that a word was taken for
	server  string   // the word that was taken for a server's name, and may begin a reason
}

// arg gives an argument, or the zero value if it was left out.
func arg[T any](c *call, name string) T {
	v, _ := c.args[name].(T)
	return v
}

// option gives the value of a flag, or the zero value if it was not given.
func option[T any](c *call, name string) T {
	v, _ := c.flags[name].(T)
	return v
}

// What all commands have that act, or that ask.
var (
	noConfirm = flag{name: "no-confirm", doc: "do it without asking first"}
	dryRunned = flag{name: "dry-run", doc: "only say what it would do"}
)

// always is for commands that are long whatever their words are.
func always(line) bool { return true }

// usage shows the grammar: <must>, [may], […] the rest of the line.
func (c *command) usage() string { return c.grammar(true) }

func (c *command) grammar(options bool) string {
	var b strings.Builder
	b.WriteString(c.name)
	for _, p := range c.params {
		name := p.name
		if p.value.rest {
			name += "…"
		}
		if p.optional || p.replied {
			fmt.Fprintf(&b, " [%s]", name)
		} else {
			fmt.Fprintf(&b, " <%s>", name)
		}
		if p.several {
			b.WriteString("…")
		}
	}
	if !options {
		return b.String()
	}
	for _, f := range c.flags {
		fmt.Fprintf(&b, " [--%s]%s", f.usage(), pick(f.several, "…", ""))
	}
	return b.String()
}

func (f flag) usage() string {
	if f.value == nil {
		return f.name
	}
	return f.name + " <" + f.value.hint + ">"
}

// refusal is an error written for moderators, as Markdown with strangers' text
// escaped. Any other error is escaped as a whole.
type refusal string

func (r refusal) Error() string { return string(r) }

// sentence is an error of a desk that needs no words around it.
type sentence interface {
	error
	Sentence() string
}

// refuse makes a refusal. Strangers' text among args goes through code or text.
func refuse(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

// misuse is a refusal of the line itself: the answer shows how to write it.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }
