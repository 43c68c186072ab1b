package commands

import (
	"context"
	"fmt"
	"strings"

	"forseti/policy"
	"forseti/text"
)

func banCommands() []*command {
	return []*command{{
		name: "ban", family: "Bans", effect: moderates,
		summary: "write a ban rule for a user, a server or a room into a list",
		details: "The rule bans in all protected rooms, now and later, and for everyone else who watches the list. " +
			"Stars and question marks make a pattern: `@spam*:*`, `*.example.org`.",
		params: []param{
			{name: "entity", doc: "whom: a user, server or room, or a pattern of one", value: entityValue},
			{name: "list", optional: true, doc: "the list to write to; may be left out if there is only one I may write to", value: optionalList},
			{name: "reason", optional: true, doc: "why; everyone who watches the list can read it", value: textValue},
		},
		flags:    []flag{noConfirm},
		asks:     "if the rule hits many, moderators, our own server's users or everyone",
		examples: []string{"ban @spammer:example.org coc spam", "ban evil.example.org coc", "ban @spam*:* coc --no-confirm"},
		run:      ban,
	}, {
		name: "unban", family: "Bans", effect: moderates,
		summary: "remove all ban rules that hold a user, server or room, and lift the bans",
		details: "Finds patterns and hashed rules too, in all lists. Bans that were made without a rule are lifted as well.",
		params: []param{
			{name: "entity", doc: "whom: a user, server or room, or a pattern exactly as the rule has it", value: entityValue},
		},
		flags:    []flag{{name: "invite", doc: "invite the user to the rooms they were banned from"}, noConfirm},
		asks:     "if a pattern, or rules of several lists, would be removed, or if other rules still hold the user",
		examples: []string{"unban @friend:example.org", "unban @friend:example.org --invite", "unban *.example.org"},
		run:      unban,
	}}
}

func ban(ctx context.Context, c *call) (Answer, error) {
	e := arg[entity](c, "entity")
	if err := c.plausible(e); err != nil {
		return Answer{}, err
	}
	ref := arg[Ref](c, "list")
	rule := NewRule{Kind: e.kind, Entity: e.name, Recommendation: policy.Ban, Reason: arg[string](c, "reason")}
	// An alias may be another one than the list's main one: the bot looks it up.
	list, err := c.writable(ref)
	if err != nil && ref.Alias == "" {
		return Answer{}, err
	}
	if err == nil {
		ref = Ref{Room: list.ID}
	}
	reach := c.Bot.Reach(rule)
	switch {
	case e.kind == policy.User && !e.glob && e.name == string(c.self):
		return Answer{}, refuse("That is me. I cannot ban myself.")
	case e.kind == policy.Server && (reach.OwnServer || e.rule().Matches(c.self.Homeserver())):
		return Answer{}, refuse("I will not do that: %s matches our own server, or one that a moderator is on. "+
			"The rule would shut us out of our own rooms. Write a narrower one.", text.Code(e.name))
	}
	for _, r := range c.Bot.Rules(list.ID) {
		if list.ID != "" && r.Kind == e.kind && r.Entity == e.name && r.Recommendation == policy.Ban && r.Reason == rule.Reason {
			return Answer{Markdown: fmt.Sprintf("There is such a rule already: %s.", c.ruleLine(r, true))}, nil
		}
	}
	effect, special := c.wouldBan(e, reach)
	if c.Bot.Status().DryRun {
		return Answer{Markdown: lines("Dry run: no rule was written. "+effect, special, e.note)}, nil
	}
	if (reach.Wide || special != "") && !c.sure() {
		return Answer{Ask: true, Markdown: lines(effect, special, e.note, "Write the rule?")}, nil
	}
	written, evt, err := c.Bot.AddRule(ctx, ref, rule, c.sure())
	if err != nil {
		return Answer{}, err
	}
	return Answer{Follow: evt, Markdown: lines(
		fmt.Sprintf("The list %s now bans the %s %s.", c.listName(written), e.kind, text.Code(e.name)), e.note)}, nil
}

// wouldBan says what a rule would do, and what about it is special enough to ask.
func (c *call) wouldBan(e entity, reach Reach) (effect, special string) {
	effect = fmt.Sprintf("A ban of the %s %s would hit nobody who is in a protected room now.", e.kind, text.Code(e.name))
	switch {
	case e.kind == policy.RoomKind:
		effect = fmt.Sprintf("A ban of the room %s tells all who watch the list; it bans nobody by itself.", text.Code(e.name))
	case reach.Members > 0 || reach.Servers > 0:
		effect = fmt.Sprintf("A ban of the %s %s would hit %s in %s.", e.kind, text.Code(e.name),
			text.Count(reach.Members, "present member"), text.Count(reach.Rooms, "room"))
		if reach.Servers > 0 {
			effect += fmt.Sprintf(" It would shut out %s.", text.Count(reach.Servers, "server"))
		}
	}
	var all []string
	matches := func(user string) bool { return e.kind == policy.User && e.glob && e.rule().Matches(user) }
	switch own := c.self.Homeserver(); {
	case matches("@" + probe + ":" + probe + ".example.org"):
		all = append(all, "**It matches everyone**, on every server, also who comes later.")
	case matches("@" + probe + ":" + own):
		all = append(all, fmt.Sprintf("**It matches everyone on our own server**, %s.", text.Code(own)))
	}
	if len(reach.Guarded) > 0 {
		all = append(all, fmt.Sprintf("It matches %s whom I spare here: %s. Others who watch the list will not spare them.",
			pick(len(reach.Guarded) == 1, "a moderator", "moderators"), text.Names(reach.Guarded, 10)))
	}
	return effect, strings.Join(all, " ")
}

// probe is a name that nobody has: what matches it on any server matches everyone.
const probe = "q7zk0wv3xj"

// plausible refuses server names of one word that no member's server has: they are
// mostly a display name, or a command's word in the wrong place.
func (c *call) plausible(e entity) error {
	if e.kind != policy.Server || e.glob || strings.ContainsAny(e.name, ".:[") || strings.EqualFold(e.name, c.self.Homeserver()) {
		return nil
	}
	if len(c.Bot.FindMembers("@*:"+e.name, "")) > 0 || len(c.Bot.Matching(policy.Server, e.name)) > 0 {
		return nil
	}
	if len(c.called(e.name)) > 0 {
		return refuse("%s is a list. Write first whom to ban, then the list.", text.Code(e.name))
	}
	return noEntity(e.name)
}

// lines puts paragraphs together, leaving out empty ones.
func lines(paragraphs ...string) string {
	var said []string
	for _, p := range paragraphs {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "\n\n")
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
