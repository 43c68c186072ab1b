package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// RuleDesk is what the commands about rules ask.
type RuleDesk interface {
	// Rules gives the rules of one list, or of all for "".
	Rules(list id.RoomID) []policy.Rule
	// Kept gives those that a list no longer has and that are followed on.
	Kept(list id.RoomID) []policy.Rule
	// Matching gives those that match an entity.
	Matching(kind policy.Kind, entity string) []policy.Rule
	// MatchedMembers gives the members of protected rooms about whom a rule
	// decides now.
	MatchedMembers() map[id.UserID]policy.Rule
}

func ruleCommands(d RuleDesk) []*command {
	return []*command{{
		name: "rules", family: "Rules", effect: looks,
		summary:  "show the rules of one list, or of all",
		params:   []param{{name: "list", optional: true, doc: "a watched list; all of them if left out", value: listValue}},
		examples: []string{"rules", "rules coc"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return rules(c, d) },
	}, {
		name: "match", also: []string{"rules matching"}, family: "Rules", effect: looks,
		summary: "show which rules match a user, server or room",
		details: "Patterns and hashed rules are found too. The first rule shown of a user is the one that decides. " +
			"`members` in place of an entity shows whom of those present now a rule bans.",
		params:   []param{{name: "entity", doc: "a user, server or room, or `members`", value: matchValue(d)}},
		examples: []string{"match @spammer:example.org", "rules matching members"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return match(c, d), nil },
	}}
}

// matchValue is an entity, or the zero entity for all members.
func matchValue(d RuleDesk) value {
	of := ruled(d)
	return value{hint: of.hint, parse: func(c *call, w grammar.Word) (any, error) {
		if strings.EqualFold(w.Text, "members") && !w.Quoted {
			return entity{}, nil
		}
		return of.parse(c, w)
	}}
}

func rules(c *call, d RuleDesk) (Plan, error) {
	var list id.RoomID
	where := "all lists"
	if ref := arg[Ref](c, "list"); ref.Name != "" || ref.Room != "" || ref.Alias != "" {
		l, err := c.findList(ref)
		if err != nil {
			return Plan{}, err
		}
		list, where = l.ID, c.listName(l)
	}
	found := append(d.Rules(list), d.Kept(list)...)
	if len(found) == 0 {
		return says("There are no rules in %s.", pick(list == "", "any list", where)), nil
	}
	sortRules(found)
	return Plan{Answer: fmt.Sprintf("%s in %s:", text.Count(len(found), "rule"), where) +
		listing(c.someLines(found, list == ""), "narrow it down with `!forseti match <entity>`.")}, nil
}

// someLines shows as many rules as an answer may hold: a list has thousands.
func (k *known) someLines(rules []policy.Rule, listed bool) []string {
	shown := k.ruleLines(rules[:min(len(rules), maxLines)], listed)
	return append(shown, make([]string, len(rules)-len(shown))...)
}

// sortRules puts what does most first, and then goes by name.
func sortRules(rules []policy.Rule) {
	slices.SortFunc(rules, func(a, b policy.Rule) int {
		return cmp.Or(
			cmp.Compare(b.Recommendation, a.Recommendation),
			cmp.Compare(b.Kind, a.Kind),
			strings.Compare(a.Entity, b.Entity),
			strings.Compare(a.Hash, b.Hash),
			cmp.Compare(a.List, b.List),
			strings.Compare(a.StateKey, b.StateKey),
		)
	})
}

func match(c *call, d RuleDesk) Plan {
	e := arg[entity](c, "entity")
	if e.name == "" {
		return c.matchedMembers(d)
	}
	var found []policy.Rule
	if !e.only {
		found = slices.Clone(d.Matching(e.kind, e.name))
		if e.kind == policy.User {
			found = append(found, d.Matching(policy.Server, policy.ServerOf(id.UserID(e.name)))...)
		}
	}
	found = append(found, e.byText...)
	also := ""
	if len(e.alike) > 0 {
		also = "Besides, " + c.unlike(e.alike)
	}
	if len(found) == 0 {
		return Plan{Answer: text.Paragraphs(fmt.Sprintf("No rule matches %s.", text.Code(e.name)), also, e.note)}
	}
	verb := pick(len(found) == 1, "rule matches", "rules match")
	if e.only {
		verb = pick(len(found) == 1, "rule has the text", "rules have the text")
	}
	return Plan{Answer: text.Paragraphs(fmt.Sprintf("%d %s %s:", len(found), verb, text.Code(e.name))+listing(c.someLines(found, true), ""), also, e.note)}
}

func (c *call) matchedMembers(d RuleDesk) Plan {
	matched := d.MatchedMembers()
	if len(matched) == 0 {
		return Plan{Answer: "No rule matches anybody who is in a protected room."}
	}
	members := make([]id.UserID, 0, len(matched))
	for u := range matched {
		members = append(members, u)
	}
	slices.Sort(members)
	shown := make([]string, len(members))
	for i, u := range members[:min(len(members), maxLines)] {
		shown[i] = text.Code(string(u)) + " by " + c.ruleLine(matched[u], true)
	}
	return Plan{Answer: "A rule decides about " + text.Count(len(members), "present member") + ":" + listing(shown, "")}
}
