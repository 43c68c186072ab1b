package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// rule is what moderators call a rule by: one of their own by its name, those of lists by
// whom they are about.
type rule struct {
	rule   ProtectionInfo
	own    bool
	entity entity
	listed []policy.Rule // that say exactly this
	word   string
}

// eitherRule reads what rule is meant. A name of an own rule has no sign in it that an
// entity has, but for a server with a name of one word.
func eitherRule(d OwnRuleDesk, bans BanDesk) value {
	of := ownRule(d)
	return value{hint: "rule", parse: func(c *call, w grammar.Word) (any, error) {
		own, notOwn := of.parse(c, w)
		r := rule{word: w.Text}
		r.rule, r.own = own.(ProtectionInfo)
		if strings.HasPrefix(w.Text, rulePrefix) {
			return r, notOwn
		}
		e, err := ruled(bans).parse(c, w)
		if err == nil {
			r.entity, _ = e.(entity)
			r.listed = saying(bans, r.entity)
		}
		switch {
		case r.own, len(r.listed) > 0:
			return r, nil
		case strings.ContainsAny(w.Text, "@!#.:*?[") && err != nil:
			return nil, err
		case strings.ContainsAny(w.Text, "@!#.:*?["):
			return r, nil // about nothing that a list says
		default:
			return nil, notOwn
		}
	}}
}

// saying finds the rules that lists have of exactly this.
func saying(d BanDesk, e entity) []policy.Rule {
	var found []policy.Rule
	for _, r := range d.Rules("") {
		switch {
		case slices.Contains(e.byText, r),
			!e.only && r.Kind == e.kind && (r.Entity != "" && sameEntity(r, e) || r.Hash != "" && !e.glob && r.Matches(e.name)):
			found = append(found, r)
		}
	}
	sortRules(found)
	return found
}

// whichRule decides between a rule of their own and one of a list of the same name: a list
// that is named says which.
func whichRule(c *call, d BanDesk) (rule, error) {
	r := arg[rule](c, "rule")
	_, named := c.args["list"]
	if what := arg[string](c, "what"); what != "" && len(r.listed) > 0 {
		_, err := listValue.parse(c, grammar.Word{Text: what, Raw: what})
		named = err == nil
	}
	options := c.flags["reason"] != nil || c.flags["for"] != nil
	switch {
	case r.own && len(r.listed) > 0 && !named && !options && arg[string](c, "what") == "":
		name := strings.Fields(c.command.name)[1]
		return r, refuse("%s is a rule of your own and a server that a list has a rule about. Write %s for your own, or %s for that of the list.", text.Code(r.word),
			text.Code("!forseti rule "+name+" "+rulePrefix+r.rule.ownName()), text.Code("!forseti rule "+name+" "+r.word+" <list>"))
	case r.own && options && len(r.listed) == 0:
		return r, refuse("`--reason` and `--for` are for rules of lists; %s is a rule of your own, which you write anew.", text.Code(r.word))
	case r.own && named && len(r.listed) == 0:
		return r, refuse("%s is a rule of your own, and stands in no list. Leave out the list.", text.Code(r.word))
	case r.own && named, r.own && options:
		r.own = len(r.listed) == 0
	}
	return r, nil
}

// inList are the rules of one list that are meant, and the list.
func (r rule) inList(ctx context.Context, c *call, d BanDesk) ([]policy.Rule, List, error) {
	ref := arg[Ref](c, "list")
	if what := strings.TrimSpace(arg[string](c, "what")); what != "" {
		of, err := listValue.parse(c, grammar.Word{Text: what, Raw: what})
		if err != nil {
			return nil, List{}, err
		}
		ref, _ = of.(Ref)
	}
	if ref.Name+string(ref.Room)+string(ref.Alias) == "" {
		in := listsOf(r.listed)
		switch {
		case len(r.listed) == 0:
			return nil, List{}, refuse("No list has a rule about exactly %s. `!forseti match` shows the rules that match somebody, `!forseti rule list` those of your own.", text.Code(r.word))
		case len(in) > 1:
			return nil, List{}, refuse("Several lists have such a rule. Write which one behind it:%s", listing(c.someLines(r.listed, true), ""))
		}
		ref.Room = r.listed[0].List
	}
	l, err := c.writableAt(ctx, d, ref)
	if err != nil {
		return nil, l, err
	}
	var found []policy.Rule
	for _, one := range r.listed {
		if one.List == l.ID {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, l, refuse("The list %s has no rule about exactly %s.", c.listName(l), text.Code(r.word))
	}
	return found, l, nil
}

// removeListed takes rules out of a list, and leaves the bans that they made.
func removeListed(ctx context.Context, c *call, d BanDesk, of rule, err error) (Plan, error) {
	if err != nil {
		return Plan{}, err
	}
	found, _, err := of.inList(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	e := d.Preview(nil, found)
	stay := slices.DeleteFunc(slices.Clone(e.Freed), func(u id.UserID) bool { return len(d.BannedIn(u)) == 0 })
	lines := listing(c.someLines(found, true), "")
	p := Plan{
		Effect: text.Pick(len(found), "This rule", "These rules") + " would go:" + lines,
		Answer: "Removed " + text.Count(len(found), "rule") + ":" + lines,
		Weight: Weight{Hit: e.Weight().Hit, Servers: len(e.Allowed), Everyone: e.Everyone},
	}
	if n := len(stay); n > 0 {
		kept := fmt.Sprintf("Whom only %s held stays banned until somebody lifts that: %s.", text.Pick(len(found), "it", "they"), names(stay))
		p.Effect, p.Answer = text.Paragraphs(p.Effect, kept), text.Paragraphs(p.Answer, kept)
	}
	if n := len(e.Allowed); n > 0 {
		p.Effect = text.Paragraphs(p.Effect, "That would let in again "+text.Named(e.Allowed, mostNames)+".")
	}
	if e.hits() {
		p.Effect = text.Paragraphs(p.Effect, "That would "+c.hits(e)+".")
	}
	if e.hits() || len(e.Allowed) > 0 || len(e.Freed) > len(stay) || e.FreesEveryone {
		p.Ask = text.Pick(len(found), "Remove it?", "Remove them?")
	}
	events := make([]string, len(found))
	for i, r := range found {
		events[i] = string(r.Event)
	}
	p.change(Change{Kind: KeepBans, Room: found[0].List, Value: strings.Join(events, " "), User: c.Sender}, "")
	for _, r := range found {
		p.do(RemoveRule(r), "removed the rule "+text.Code(nameOf(r)))
	}
	return p, nil
}

// editListed changes why rules stand in a list, or until when.
func editListed(ctx context.Context, c *call, d BanDesk, of rule, err error) (Plan, error) {
	if err != nil {
		return Plan{}, err
	}
	found, l, err := of.inList(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	reason, reasoned := c.flags["reason"].(string)
	_, timed := c.flags["for"]
	if !reasoned && !timed {
		return Plan{}, misuse{refuse("Say what is to change: `--reason` with a new reason in quotes, or `--for` with how long it is to hold from now.")}
	}
	var p Plan
	var said []string
	for _, r := range found {
		now := r
		if reasoned {
			now.Reason = text.OneLine(reason)
		}
		if timed {
			now.Until = untilOf(c, d)
		}
		switch {
		case r.Recommendation == policy.Unknown || r.Recommendation == policy.Allow:
			return Plan{}, refuse("I do not follow that rule, so I do not write it anew: %s.", c.ruleLine(r, true))
		case now == r:
			continue
		}
		a := ruleEvent(action.WriteRule, r.List, r.Type, r.StateKey, ruleContent(now))
		p.do(a, "changed the rule "+text.Code(nameOf(r)))
		said = append(said, fmt.Sprintf("%s: %s", c.ruleLine(now, false), changed(c, r, now)))
	}
	if len(said) == 0 {
		return says("It is so already: %s.", strings.Join(c.someLines(found, true), "; ")), nil
	}
	p.Effect = fmt.Sprintf("In %s it would be:%s", c.listName(l), listing(said, ""))
	p.Answer = fmt.Sprintf("In %s it is now:%s", c.listName(l), listing(said, ""))
	return p, nil
}
