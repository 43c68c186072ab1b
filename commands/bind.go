package commands

import (
	"errors"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// errNotMine is how a value declines a word.
var errNotMine = errors.New("not mine")

// bind fills a call's flags and arguments from the words after its name. Flags may
// stand anywhere before a "--".
func (c *call) bind(words []grammar.Word) error {
	var rest []grammar.Word
	open := len(words)
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w.Raw == "--" && !w.Quoted {
			open = len(rest)
			rest = append(rest, words[i+1:]...)
			break
		}
		var next *grammar.Word
		if i+1 < len(words) {
			next = &words[i+1]
		}
		name, given, ok := c.command.flagOf(w)
		if !ok {
			if next != nil && c.command.parted(w, *next) {
				return refuse("Is %s an option? Then write it as `--%s`, without a space. If it is part of the text, put that in quotes.", text.Code(next.Text), strings.ToLower(next.Text))
			}
			rest = append(rest, w)
			continue
		}
		used, err := c.bindFlag(name, given, next)
		if err != nil {
			return err
		}
		if used {
			i++
		}
	}
	return c.bindArgs(rest, open)
}

// flagOf gives the name of the flag that a word is, and the value that stands in it. A dash counts as two hyphens,
// which phones turn into one, and so does one hyphen, but only if a known flag follows: else it is text.
func (c *command) flagOf(w grammar.Word) (name string, given *grammar.Word, ok bool) {
	switch {
	case w.Quoted:
		return "", nil, false
	case w.Flag != "":
		return w.Flag, w.Value, true
	}
	dashed := strings.TrimLeftFunc(w.Raw, grammar.IsDash)
	if hyphen, one := strings.CutPrefix(w.Raw, "-"); one && !c.readsRaw() {
		dashed = hyphen
	}
	name, value, valued := strings.Cut(dashed, "=")
	f := c.flag(name)
	if dashed == w.Raw || f == nil || valued && value == "" {
		return "", nil, false
	}
	if valued {
		given = &grammar.Word{Text: value, Raw: value}
	}
	return name, given, true
}

// parted tells whether a dash and the name of a switch stand side by side, as a keyboard may part them.
func (c *command) parted(dash, name grammar.Word) bool {
	f := c.flag(name.Text)
	return !dash.Quoted && !name.Quoted && f != nil && f.value == nil && !c.readsRaw() &&
		strings.TrimFunc(dash.Raw, func(r rune) bool { return r == '-' || grammar.IsDash(r) }) == ""
}

// readsRaw tells whether a command ends in a text in which signs are what they are.
func (c *command) readsRaw() bool {
	return len(c.params) > 0 && c.params[len(c.params)-1].value.raw
}

func (c *command) flag(name string) *flag {
	for i := range c.flags {
		if strings.EqualFold(c.flags[i].name, name) {
			return &c.flags[i]
		}
	}
	return nil
}

// bindFlag sets one flag; used tells that the next word was its value.
func (c *call) bindFlag(name string, given, next *grammar.Word) (used bool, err error) {
	f := c.command.flag(name)
	if f == nil {
		return false, c.unknownFlag(name)
	}
	if _, twice := c.flags[f.name]; twice && !f.several {
		return false, refuse("The option `--%s` is given twice.", f.name)
	}
	if f.value == nil {
		on := any(true)
		if given != nil {
			on, err = yesOrNo.parse(c, *given)
		}
		c.flags[f.name] = on
		return false, err
	}
	if given == nil {
		if next == nil || next.Flag != "" {
			return false, refuse("The option `--%s` needs a value: %s.", f.name, f.value.hint)
		}
		given, used = next, true
	}
	v, err := f.value.parse(c, *given)
	if f.several {
		before, _ := c.flags[f.name].([]any)
		if v = append(before, v); len(before) == mostNamed {
			err = refuse("The option `--%s` is given more than %d times.", f.name, mostNamed)
		}
	}
	c.flags[f.name] = v
	return used, err
}

func (c *call) unknownFlag(name string) error {
	var known []string
	for _, f := range c.command.flags {
		known = append(known, f.name)
	}
	asText := ""
	if n := len(c.command.params); n > 0 && c.command.params[n-1].value.rest {
		asText = " If it is part of the text, write `--` before the text."
	}
	best := text.Nearest(name, known)
	if here := formerFlags[strings.ToLower(name)]; c.command.flag(here) != nil {
		best = here
	}
	if best != "" {
		return refuse("There is no option %s here. Did you mean `--%s`?%s", text.Code("--"+name), best, asText)
	}
	return refuse("There is no option %s here.%s", text.Code("--"+name), asText)
}

// bindArgs fills the arguments. Of the words, only the first open may be one of several.
func (c *call) bindArgs(words []grammar.Word, open int) error {
	var declined error
	closed := len(words) - open // so many stand behind the end of options
	if err := strayTime(c, words[:min(open, len(words))]); err != nil {
		return err
	}
	for i, p := range c.command.params {
		for p.kind != nil && p.kind(words) {
			words, open = words[1:], open-1
		}
		switch {
		case len(words) == 0 && (p.optional || p.replied && c.reply != ""):
			continue
		case len(words) == 0 && p.replied:
			return refuse("Something is missing: the %s (%s). Or write this in reply to a message that shows it, or to my alert about it.", p.name, p.doc)
		case len(words) == 0:
			return refuse("Something is missing: the %s (%s).", p.name, p.doc)
		case p.value.rest && len(words) > closed && behindList(c, i, words[0]):
			return refuse("%s stands behind the list, where the reason is. Write all whom it is about before the list. If it begins the reason, put the reason in quotes.", text.Code(words[0].Text))
		case p.value.rest:
			if err := asReason(c, p, words); err != nil && len(words) > closed {
				return err
			}
			words = []grammar.Word{join(words)}
		case p.replied && c.reply != "" && p.value.like != nil && !p.value.like(c, words[0]) && (words[0].Quoted || !named(words[0])):
			declined = errNotMine
			if _, err := p.value.parse(c, words[0]); err != nil {
				declined = err
			}
			continue
		case p.several && p.optional && p.value.hint == roomValue.hint && strings.EqualFold(words[0].Text, "all") && !words[0].Quoted:
			words = words[1:] // as if it was left out
			continue
		case p.several:
			left, err := bindSeveral(c, i, words, open)
			if err != nil {
				return err
			}
			words = left
			continue
		}
		v, err := p.value.parse(c, words[0])
		if p.optional && errors.Is(err, errNotMine) || p.replied && c.reply != "" && err != nil && !named(words[0]) {
			declined = err
			continue
		}
		if err != nil {
			return err
		}
		c.args[p.name] = v
		words = words[1:]
	}
	switch {
	case len(words) > 0 && declined != nil && declined != errNotMine: // a list that there is not says so itself
		return declined
	case len(words) > 0:
		if best := c.longer(words[0].Text); best != "" {
			return refuse("I do not know what to do with %s. Did you mean `!forseti %s`?", text.Code(words[0].Raw), best)
		}
		if other, _ := c.set.find(words); other != nil {
			return refuse("I do not know what to do with %s: `!forseti %s` stands on a line of its own.", text.Code(words[0].Raw), other.name)
		}
		return refuse("I do not know what to do with %s.", text.Code(words[0].Raw))
	}
	return nil
}

// longer is the command whose name has nearly this word behind the name of the command that was read, or behind nearly
// that name, as in "lists show"; "" if there is none.
func (c *call) longer(word string) string {
	for _, begin := range []string{c.command.name, strings.TrimSuffix(c.command.name, "s")} {
		if best := text.Nearest(word, c.set.behind(begin)); best != "" {
			return begin + " " + best
		}
	}
	return ""
}

// join makes one word of the rest of a line. Quotes within it are text; quotes
// around it are not.
func join(words []grammar.Word) grammar.Word {
	if len(words) == 1 {
		return words[0]
	}
	raw := make([]string, len(words))
	for i, w := range words {
		raw[i] = w.Raw
	}
	all := strings.Join(raw, " ")
	return grammar.Word{Text: all, Raw: all}
}
