package commands

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"forseti/commands/grammar"
	"forseti/text"
)

func listCommands() []*command {
	return []*command{{
		name: "lists", family: "Lists", effect: looks,
		summary:  "show the policy lists that are watched",
		examples: []string{"lists"},
		run:      lists,
	}, {
		name: "list create", family: "Lists", effect: sets,
		summary: "make a new policy list and watch it",
		details: "You get the power to write to the list with other programs too. Anyone can be given the list's address to watch it.",
		params: []param{
			{name: "shortcode", doc: "a short name for commands, such as `coc`", value: shortcodeValue},
			{name: "alias", optional: true, doc: "the first part of the list's public address, such as `our-bans`", value: aliasValue},
		},
		examples: []string{"list create coc", "list create coc our-bans"},
		run:      listCreate,
	}, {
		name: "watch", family: "Lists", effect: sets,
		summary:  "follow a policy list, and do what its rules say",
		params:   []param{{name: "room", doc: "the list's room", value: roomValue}},
		flags:    []flag{noConfirm},
		asks:     "if the list's rules hit many who are present",
		examples: []string{"watch #matrix-org-coc-bl:matrix.org", "watch #bans:example.org --no-confirm"},
		run:      watch,
	}, {
		name: "unwatch", family: "Lists", effect: sets,
		summary:  "stop following a policy list, and lift the bans that only it held",
		params:   []param{{name: "list", doc: "a watched list", value: listValue}},
		examples: []string{"unwatch coc", "unwatch #bans:example.org"},
		run:      unwatch,
	}, {
		name: "list exempt", family: "Lists", effect: sets,
		summary: "say whether a list's exemptions are followed",
		details: "An exemption (`fi.mau.meowlnir.unban`) frees whom any list bans. It is followed in lists that I could write to when I began to watch them, and in those that you let exempt.",
		params: []param{
			{name: "list", doc: "a watched list", value: listValue},
			{name: "on|off", doc: "whether its exemptions count", value: yesOrNo},
		},
		flags:    []flag{noConfirm},
		asks:     "if that would free or hit many who are present",
		examples: []string{"list exempt coc on", "list exempt #bans:example.org off"},
		run:      listExempt,
	}}
}

var shortcodeValue = value{hint: "word", parse: func(c *call, w grammar.Word) (any, error) {
	s := w.Text
	switch {
	case s == "" || len(s) > 50 || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.'
	}):
		return nil, refuse("%s does not work as a shortcode: use up to 50 letters, digits and hyphens, such as `coc`.", text.Code(s))
	case len(c.called(s)) > 0:
		return nil, refuse("There is a list called %s already. Choose another shortcode.", text.Code(s))
	}
	return s, nil
}}

// aliasValue takes the local part of an alias; the whole alias will do if it is on
// our own server.
var aliasValue = value{hint: "word", parse: func(c *call, w grammar.Word) (any, error) {
	local, server, hasServer := strings.Cut(strings.TrimPrefix(w.Text, "#"), ":")
	switch {
	case hasServer && !strings.EqualFold(server, c.self.Homeserver()):
		return nil, refuse("I can only make an address on my own server. Write just the first part, such as `our-bans`.")
	case local == "" || len(local) > 100 || !utf8.ValidString(local) || !printable(local) || strings.ContainsAny(local, "#/`"):
		return nil, refuse("%s does not work in an address: use letters, digits and hyphens, such as `our-bans`.", text.Code(local))
	}
	return local, nil
}}

func lists(_ context.Context, c *call) (Answer, error) {
	all := c.watched()
	if len(all) == 0 {
		return Answer{Markdown: c.listNames()}, nil
	}
	shown := make([]string, len(all))
	for i, l := range all {
		line := c.roomLink(l.ID, l.Name)
		if text.OneLine(l.Shortcode) != "" {
			line = text.Code(l.Shortcode) + ", " + line
		}
		line += ", " + text.Count(l.Rules, "rule")
		if l.Writable {
			line += ", I may write to it"
		}
		if l.Problem != "" {
			line += ". **Problem:** " + text.Markup(l.Problem)
		}
		shown[i] = line
	}
	head := fmt.Sprintf("I watch %s:", text.Count(len(all), "list"))
	if len(all) > 1 {
		head = fmt.Sprintf("I watch %s; where they disagree, the first one decides:", text.Count(len(all), "list"))
	}
	return Answer{Markdown: head + listing(shown, "")}, nil
}

func listCreate(ctx context.Context, c *call) (Answer, error) {
	shortcode := arg[string](c, "shortcode")
	l, err := c.Bot.CreateList(ctx, shortcode, arg[string](c, "alias"), c.Sender)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: fmt.Sprintf("Made the list %s (%s) and watch it. Write the first rule: `!forseti ban @spammer:example.org %s spam`.",
		text.Code(shortcode), c.roomLink(l.ID, l.Name), shortcode)}, nil
}

func listExempt(ctx context.Context, c *call) (Answer, error) {
	on := arg[bool](c, "on|off")
	l, reach, err := c.Bot.Exempting(ctx, arg[Ref](c, "list"), on, c.sure())
	if err != nil {
		return Answer{}, err
	}
	if reach.Wide && !c.sure() {
		return Answer{Ask: true, Markdown: fmt.Sprintf("To %s the exemptions of %s would free %s and hit %s who are here now. Shall I?",
			pick(on, "follow", "follow no longer"), c.listName(l), text.Count(reach.Freed, "member"), text.Count(reach.Members, "member"))}, nil
	}
	return Answer{Markdown: fmt.Sprintf("The exemptions of %s are %s.", c.listName(l), pick(on, "followed", "shown and not followed"))}, nil
}

func watch(ctx context.Context, c *call) (Answer, error) {
	l, reach, err := c.Bot.Watch(ctx, arg[Ref](c, "room"), c.sure())
	if err != nil {
		return Answer{}, err
	}
	effect := "They hit nobody who is present now."
	if reach.Members > 0 || reach.Servers > 0 {
		effect = fmt.Sprintf("They hit %s in %s", text.Count(reach.Members, "present member"), text.Count(reach.Rooms, "room"))
		if reach.Servers > 0 {
			effect += fmt.Sprintf(", and shut out %s", text.Count(reach.Servers, "server"))
		}
		effect += "."
	}
	if reach.Everyone {
		effect += " **They match everyone**, also who comes later."
	}
	if len(reach.Guarded) > 0 {
		effect += fmt.Sprintf(" They match moderators, whom I spare: %s.", text.Names(reach.Guarded, 10))
	}
	if reach.OwnServer {
		effect += " They match our own server, or a moderator's, which I never shut out."
	}
	about := fmt.Sprintf("%s has %s. %s", c.roomLink(l.ID, l.Name), text.Count(l.Rules, "rule"), effect)
	if reach.Wide && !c.sure() {
		return Answer{Ask: true, Markdown: about + "\n\nWatch it?"}, nil
	}
	return Answer{Markdown: "Watching the list. " + about}, nil
}

func unwatch(ctx context.Context, c *call) (Answer, error) {
	ref := arg[Ref](c, "list")
	// Names are looked up here, where two lists of one name are noticed.
	if ref.Name != "" {
		l, err := c.findList(ref)
		if err != nil {
			return Answer{}, err
		}
		ref = Ref{Room: l.ID}
	}
	l, err := c.Bot.Unwatch(ctx, ref)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: fmt.Sprintf("No longer watching %s. Bans that only its rules held are lifted.", c.roomLink(l.ID, l.Name))}, nil
}
