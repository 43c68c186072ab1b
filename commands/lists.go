package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/draw"
	"forseti/policy"
	"forseti/text"
)

// ListDesk is what the commands about lists ask.
type ListDesk interface {
	// Peek reads a list that is not watched, and says what it would do to follow it so. It
	// joins the room for that, unless this is a dry run.
	Peek(ctx context.Context, r Ref, how HowWatched) (Peeked, error)
	// PreviewHow says what it would do to watch a list otherwise.
	PreviewHow(list id.RoomID, how HowWatched) Effect
	// PreviewDrop says what it would do to follow a list no longer.
	PreviewDrop(list id.RoomID) Effect
	// PreviewExempting says what it would do to follow a list's exemptions, or not to.
	PreviewExempting(list id.RoomID, on bool) Effect
	// Successor reads the room that replaced a list or a protected room. It joins it for that,
	// unless this is a dry run.
	Successor(ctx context.Context, of id.RoomID, as List) (Successor, error)
	// About says how a watched list stands.
	About(list id.RoomID) ListAbout
	// ListAt finds the room of an alias that is no list's main one.
	ListAt(ctx context.Context, alias id.RoomAlias) (id.RoomID, error)
}

// Peeked is a list that somebody may want to watch.
type Peeked struct {
	List
	Via    []string
	Effect Effect
	// Exemptions is how many of its rules are exemptions.
	Exemptions int
	Known      bool // it is watched already
}

func listCommands(d ListDesk, r RuleDesk, by OrderDesk) []*command {
	return []*command{{
		name: "lists", family: "Lists", effect: looks,
		summary:  "show the policy lists that are watched, and whether they can be relied on",
		examples: []string{"lists"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return lists(c, d, r) },
	}, {
		name: "list create", family: "Lists", effect: sets,
		summary: "make a new policy list and watch it",
		details: "You get the power to write to the list with other programs too. Anyone can be given the list's address to watch it.",
		params: []param{
			{name: "shortcode", doc: "a short name for commands, such as `coc`", value: shortcodeValue},
			{name: "alias", optional: true, doc: "the first part of the list's public address, such as `our-bans`", value: aliasValue},
		},
		examples: []string{"list create coc", "list create coc our-bans"},
		plan:     listCreate,
	}, {
		name: "list show", family: "Lists", effect: looks,
		summary:  "show how a list stands: what it says, who may write to it, and what is wrong",
		params:   []param{{name: "list", doc: "a watched list", value: listValue}},
		examples: []string{"list show coc"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return listShow(ctx, c, d, r, by) },
	}, {
		name: "list rename", family: "Lists", effect: sets,
		summary: "give a list another shortcode, and another name if you like",
		details: "Both stand in the list itself, for everyone who watches it.",
		params: []param{
			{name: "list", doc: "a watched list", value: listValue},
			{name: "shortcode", doc: "its new shortcode, or the one that it has", value: wordValue},
			{name: "name", optional: true, doc: "the new name of its room", value: textValue},
		},
		examples: []string{"list rename coc code", "list rename coc coc Code of conduct of example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return listRename(ctx, c, d) },
	}, {
		name: "list default", family: "Lists", effect: sets,
		summary:  "say to which list rules are written if none is named",
		details:  "It holds for `ban`, `takedown` and `exempt`. `none` ends it: then I ask which list is meant if there are several.",
		params:   []param{{name: "list", optional: true, doc: "a watched list that I may write to, or `none`; left out, it says how it is now", value: listOrNone}},
		examples: []string{"list default", "list default coc", "list default none"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return listDefault(ctx, c, d) },
	}, {
		name: "watch", family: "Lists", effect: sets, long: always,
		summary:  "follow a policy list, and do what its rules say",
		details:  "It says first whom the list would hit. To read it I have to join it; if you say no, I leave it again. Written again with other options, it changes how a list is watched. With `--review`, what a list takes away ends at once, and another reason for the same rule is no new one. With `--redact`, a list's bans remove what newcomers wrote as those do that you order; it is off at first, for nothing brings back what the owner of a list has removed.",
		params:   []param{{name: "room", doc: "the list's room, or a watched list", value: roomOrList}},
		flags:    howFlags,
		asks:     "if the list's rules hit anybody who is present, shut out a server, or match everyone; and if other options would hit or free anybody",
		examples: []string{"watch #matrix-org-coc-bl:matrix.org", "watch #bans:example.org --no-confirm", "watch #bans:example.org --no-acl --quiet", "watch #bans:example.org --review", "watch #bans:example.org --redact", "watch coc --priority 1"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return watch(ctx, c, d) },
	}, {
		name: "unwatch", family: "Lists", effect: sets, long: always, // as what it takes back
		summary:  "stop following a policy list, and lift the bans that only it held",
		params:   []param{{name: "list", doc: "a watched list", value: listValue}},
		asks:     "if it would free or hit anybody",
		examples: []string{"unwatch coc", "unwatch #bans:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return unwatch(ctx, c, d, r) },
	}, {
		name: "list exempt", family: "Lists", effect: sets,
		summary: "say whether a list's exemptions are followed",
		details: "An exemption (`fi.mau.meowlnir.unban`) frees whom any list bans. It is followed in our own lists and in those that you let exempt. Our own are those to which I may write, and that I or a moderator made or to which nobody else may write, when I begin to watch them.",
		params: []param{
			{name: "list", doc: "a watched list", value: listValue},
			{name: "on|off", doc: "whether its exemptions count", value: yesOrNo},
		},
		asks:     "if that would free or hit many who are present",
		examples: []string{"list exempt coc on", "list exempt #bans:example.org off"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return listExempt(ctx, c, d) },
	}}
}

var shortcodeValue = value{hint: "word", parse: func(c *call, w grammar.Word) (any, error) {
	return w.Text, newShortcode(c, w.Text, "")
}}

// newShortcode says what is wrong with a shortcode for a list; of is the list, if there is
// one already.
func newShortcode(c *call, s string, of id.RoomID) error {
	switch {
	case s == "" || len(s) > 50 || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.'
	}):
		return refuse("%s does not work as a shortcode: use up to 50 letters, digits and hyphens, such as `coc`.", text.Code(s))
	case slices.ContainsFunc(c.called(s), func(l List) bool { return l.ID != of }):
		return refuse("There is a list called %s already. Choose another shortcode.", text.Code(s))
	}
	return nil
}

// aliasValue takes the local part of an alias; the whole alias will do if it is on
// our own server.
var aliasValue = value{hint: "word", parse: func(c *call, w grammar.Word) (any, error) {
	local, server, hasServer := strings.Cut(strings.TrimPrefix(w.Text, "#"), ":")
	switch {
	case hasServer && !strings.EqualFold(server, c.self.Homeserver()):
		return nil, refuse("I can only make an address on my own server, which %s is not. Write just the first part, such as `our-bans`.", text.Code(w.Text))
	case local == "" || len(local) > 100 || !utf8.ValidString(local) || !printable(local) || strings.ContainsAny(local, "#/`"):
		return nil, refuse("%s does not work in an address: use letters, digits and hyphens, such as `our-bans`.", text.Code(local))
	}
	return local, nil
}}

func lists(c *call, d ListDesk, of RuleDesk) (Plan, error) {
	all := c.watched()
	if len(all) == 0 {
		return says("%s", c.listNames()), nil
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
		if l.Default {
			line += ", the default for new rules"
		}
		if l.Exempts {
			line += ", its exemptions count"
		}
		if how := l.How.words(); how != "" {
			line += ", " + how
		}
		line += ". " + listInShort(c, l, d.About(l.ID), of.Rules(l.ID))
		if l.Problem != "" {
			line += ". **Problem:** " + text.Markup(l.Problem)
		}
		shown[i] = line
	}
	head := fmt.Sprintf("I watch %s:", text.Count(len(all), "list"))
	if len(all) > 1 {
		head = fmt.Sprintf("I watch %s. Of several rules about one name, an exemption that counts decides, and else the rule of the list that stands first here:",
			text.Count(len(all), "list"))
	}
	return says("%s%s", head, listing(shown, "")), nil
}

func listCreate(_ context.Context, c *call) (Plan, error) {
	shortcode := arg[string](c, "shortcode")
	content, err := json.Marshal(map[string]string{"shortcode": shortcode})
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Effect: fmt.Sprintf("I would make the list %s, give you the power to write to it, and watch it.", text.Code(shortcode)),
		Answer: fmt.Sprintf("Made the list %s (%s) and watch it. Write the first rule: `!forseti ban @spammer:example.org %s spam`.",
			text.Code(shortcode), here, shortcode),
	}
	p.do(action.Action{Verb: action.CreateRoom, Create: &action.NewRoom{
		Picture: &action.File{Data: draw.List.PNG(), Type: "image/png", Name: "picture.png"},
		Name:    "Policy list: " + shortcode, AliasLocalpart: arg[string](c, "alias"), Type: "m.policy",
		Invite: []id.UserID{c.Sender}, Users: map[id.UserID]int{c.Sender: 50},
		State: []action.State{{Type: event.Type{Type: typeShortcode, Class: event.StateEventType}, Content: content}},
	}}, "made the list "+text.Code(shortcode))
	p.change(Change{Kind: Watch}, "")
	return p, nil
}

// typeShortcode is how Mjolnir and its heirs name a list.
const typeShortcode = "org.matrix.mjolnir.shortcode"

// exempting says whether a list that is new to us may exempt.
func exempting(l Peeked) string {
	switch {
	case l.Known: // and settled
		return ""
	case l.Exempts:
		return " It is our own list, so its exemptions count."
	case l.Writable:
		return " Others than moderators may write to it as well, so its exemptions do not count, unless you write `!forseti list exempt <list> on` then."
	case l.Exemptions > 0:
		return fmt.Sprintf(" Its %s not count, for it is not our own, unless you write `!forseti list exempt <list> on` then.",
			text.Pick(l.Exemptions, "exemption does", "exemptions do"))
	default:
		return ""
	}
}

func unwatch(ctx context.Context, c *call, d ListDesk, of RuleDesk) (Plan, error) {
	l, err := c.listAt(ctx, d)
	if err != nil {
		return Plan{}, err
	}
	e := d.PreviewDrop(l.ID)
	p := Plan{Answer: fmt.Sprintf("No longer watching %s. I lift the bans that only its rules held.", c.roomLink(l.ID, l.Name)), Weight: e.Weight()}
	p.Effect = fmt.Sprintf("%s has %s. To watch it no longer would free nobody.", c.roomLink(l.ID, l.Name), text.Count(l.Rules, "rule"))
	if said := againstAndFor(c, e); said != "" {
		p.Effect = text.Paragraphs(fmt.Sprintf("%s has %s.", c.roomLink(l.ID, l.Name), text.Count(l.Rules, "rule")), nearest(e), "To watch it no longer would "+said+".", allNames(e))
		p.Ask = "Stop watching it?"
	}
	if frees(e) == "" {
		p.Answer = fmt.Sprintf("No longer watching %s. It held nobody's ban alone.", c.roomLink(l.ID, l.Name))
	}
	if endless := c.endless(l, of.Rules(l.ID)); endless != "" {
		p.Effect, p.Answer = text.Paragraphs(p.Effect, endless), text.Paragraphs(p.Answer, endless)
		p.Ask = "Stop watching it?"
	}
	if l.Default {
		lost := "New rules went into it if no list was named. `!forseti list default` with a list's name chooses another."
		p.Effect, p.Answer = text.Paragraphs(p.Effect, lost), text.Paragraphs(p.Answer, lost)
	}
	p.change(Change{Kind: Unwatch, Room: l.ID}, "")
	return p, nil
}

// endless says which rules of a list end no more by themselves if it is not watched any longer:
// those that I wrote for a time, for it is I who ends them.
func (k *known) endless(l List, rules []policy.Rule) string {
	rules = slices.DeleteFunc(rules, func(r policy.Rule) bool { return r.Until == 0 || r.Sender != k.self })
	if len(rules) == 0 {
		return ""
	}
	sortRules(rules)
	lines := k.ruleLines(rules[:min(len(rules), mostLatest)], false)
	if more := len(rules) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("**%s %s for a time, and it is I who ends %s**: not watched, %s in the list for good, for all who watch it:%s",
		text.Count(len(rules), "rule"), text.Pick(len(rules), "is", "are"), text.Pick(len(rules), "it", "them"), text.Pick(len(rules), "it stays", "they stay"), listing(lines, ""))
}

// listAt is the watched list that a command names, also by an alias that is not its main
// one.
func (c *call) listAt(ctx context.Context, d ListDesk) (List, error) {
	ref := arg[Ref](c, "list")
	l, err := c.findList(ref)
	if err != nil && ref.Alias != "" {
		room, unknown := d.ListAt(ctx, ref.Alias)
		if unknown != nil {
			return List{}, unknown
		}
		l, err = c.findList(Ref{Room: room})
	}
	return l, err
}

func listExempt(ctx context.Context, c *call, d ListDesk) (Plan, error) {
	l, err := c.listAt(ctx, d)
	if err != nil {
		return Plan{}, err
	}
	on := arg[bool](c, "on|off")
	if l.Exempts == on {
		return says("The exemptions of %s are %s already.", c.listName(l), pick(on, "followed", "shown and not followed")), nil
	}
	e := d.PreviewExempting(l.ID, on)
	p := Plan{Weight: e.Weight(), Answer: fmt.Sprintf("The exemptions of %s are %s from now on.", c.listName(l), pick(on, "followed", "shown and not followed"))}
	what, hit := fmt.Sprintf("To %s the exemptions of %s", pick(on, "follow", "follow no longer"), c.listName(l)), ""
	if e.hits() {
		hit = c.hits(e)
	}
	p.Effect = what + " would change nothing now."
	if effect := both(frees(e), hit); effect != "" || e.FreesEveryone || e.Everyone || len(e.Broad) > 0 {
		p.Effect = what + " would " + pick(effect == "", "free or hit nobody who is here now", effect) + "."
		if e.FreesEveryone {
			p.Effect += " **They free everyone.**"
		}
		for _, more := range broad(e) {
			p.Effect += " " + more
		}
	}
	if e.Wide || e.FreesEveryone || e.Everyone {
		p.Ask = pick(on, "Follow its exemptions?", "Follow them no longer?")
	}
	kind := Ignore
	if on {
		kind = Exempt
	}
	p.change(Change{Kind: kind, Room: l.ID}, "")
	return p, nil
}

func both(one, other string) string {
	if one == "" || other == "" {
		return one + other
	}
	return one + " and " + other
}
