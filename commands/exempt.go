package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

func exemptCommands(d BanDesk, m MessageDesk) []*command {
	return []*command{{
		name: "exempt", family: "Bans", effect: moderates,
		summary: "write a rule that frees a user or a server from all bans by lists",
		details: "It goes into a list whose exemptions are followed; `list exempt` says which may. Other bots than Meowlnir and I take no notice of it. " +
			"With `--from`, a user is exempt from one list alone, and others go on to count: I keep that by myself, so nobody else sees it.",
		params: []param{
			{name: "entity", doc: "whom: a user or a server, or a pattern of one, or several of these", value: entityValue, several: true, replied: true, kind: saysKind},
			{name: "list", optional: true, doc: "the list to write to; may be left out if there is only one I may write to", value: optionalList},
			{name: "reason", optional: true, doc: "why; everyone who watches the list can read it", value: textValue},
		},
		flags:    []flag{fromList},
		asks:     "if it is a pattern, if it frees others than those who are named, if it opens server ACLs, if the list is mistyped, or " + manyReplied,
		examples: []string{"exempt @friend:example.org coc no spammer at all", "exempt good.dyndns.example coc", "exempt @one:example.org @two:example.org coc", "exempt @friend:example.org --from coc"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return exempt(ctx, c, d, m) },
	}, {
		name: "exempt end", also: []string{"unexempt"}, family: "Bans", effect: moderates,
		summary:  "remove an exemption; lists count again",
		details:  "With `--from`, that one list counts again; without, all do.",
		params:   []param{{name: "entity", doc: "whom, exactly as the exemption has it, or several", value: ruled(d), several: true}},
		flags:    []flag{fromList},
		asks:     "if anybody who is present would be hit",
		examples: []string{"exempt end @friend:example.org", "exempt end @one:example.org @two:example.org", "exempt end @friend:example.org --from coc"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return exemptEnd(c, d) },
	}}
}

func exempt(ctx context.Context, c *call, d BanDesk, m MessageDesk) (Plan, error) {
	es, several, err := whom(ctx, c, m, "entity")
	if err != nil {
		return Plan{}, err
	}
	for _, e := range es {
		if e.kind == policy.RoomKind {
			return Plan{}, refuse("Rules about rooms ban nobody, so there is nothing to exempt %s from.", text.Code(e.name))
		}
		if err := c.plausible(d, e); err != nil {
			return Plan{}, err
		}
	}
	if from, err := fromLists(c); err != nil || len(from) > 0 {
		if err != nil {
			return Plan{}, err
		}
		return exemptFrom(c, d, es, from)
	}
	list, err := c.writableAt(ctx, d, arg[Ref](c, "list"))
	if err != nil {
		return Plan{}, err
	}
	if !list.Exempts {
		return Plan{}, refuse("The exemptions of %s are not followed here. Write `!forseti list exempt` with its name and `on` first.", c.listName(list))
	}
	var adds []policy.Rule
	p, err := each(namesOf(es), fmt.Sprintf("Write the exemptions into %s?", c.listName(list)), func(i int) (Plan, error) {
		rule, p, err := exemptOne(c, d, list, es[i], arg[string](c, "reason"))
		if len(p.Steps) > 0 {
			adds = append(adds, rule)
		}
		return p, err
	})
	if several && err == nil && len(p.Steps) > 0 {
		p.Ask = fmt.Sprintf("Write the exemptions into %s?", c.listName(list))
	}
	if err != nil || len(es) == 1 || len(adds) == 0 {
		return p, err
	}
	effect := d.Preview(adds, nil)
	p.Weight = effect.Weight()
	if freed := frees(effect); freed != "" {
		p.Effect = text.Paragraphs(p.Effect, "All of that would "+freed+".")
	}
	if effect.Wide {
		p.Ask = fmt.Sprintf("Write the exemptions into %s?", c.listName(list))
	}
	return p, nil
}

// exemptOne writes the exemption of one of those that are named.
func exemptOne(c *call, d BanDesk, list List, e entity, reason string) (policy.Rule, Plan, error) {
	rule := policy.Rule{Kind: e.kind, Entity: e.name, Recommendation: policy.Exempt, Reason: reason, List: list.ID}
	if why := policy.Unmatchable(rule); why != "" {
		return rule, Plan{}, refuse("%s would match nobody: %s.", text.Code(e.name), why)
	}
	key := ruleKey(rule)
	for _, r := range c.exemptions(d, e) {
		if r.List == list.ID && r.Reason == rule.Reason {
			return rule, says("There is such an exemption already: %s.", c.ruleLine(r, true)), nil
		}
		if r.List == list.ID {
			key = r.StateKey
		}
	}
	effect := d.Preview([]policy.Rule{rule}, nil)
	p := Plan{Weight: effect.Weight(), Answer: text.Paragraphs(fmt.Sprintf("The list %s now exempts the %s %s from all bans by lists.", c.listName(list), e.kind, text.Code(e.name)), e.note)}
	whom := fmt.Sprintf("An exemption of the %s %s", e.kind, text.Code(e.name))
	p.Effect = whom + " would free nobody who is banned now."
	if freed := frees(effect); freed != "" {
		p.Effect = whom + " would " + freed + "."
	}
	if effect.FreesEveryone {
		p.Effect += " **It frees everyone, also who comes later.**"
	}
	p.Effect = strings.Join(append([]string{p.Effect}, broad(effect)...), " ")
	others := slices.ContainsFunc(effect.Freed, func(u id.UserID) bool { return string(u) != e.name })
	if e.glob || others || effect.FreesEveryone || effect.Wide || len(effect.Allowed) > 0 {
		p.Ask = fmt.Sprintf("Write the exemption into %s?", c.listName(list))
	}
	p.Effect = text.Paragraphs(p.Effect, e.note)
	p.do(writeRule(rule, key), "wrote the exemption of "+text.Code(e.name))
	return rule, p, nil
}

func exemptEnd(c *call, d BanDesk) (Plan, error) {
	es := c.entities("entity")
	from, err := fromLists(c)
	if err != nil {
		return Plan{}, err
	}
	var removes []policy.Rule
	p, err := each(namesOf(es), "Remove the exemptions?", func(i int) (Plan, error) {
		again := countAgain(c, d, es[i], from)
		switch {
		case len(again.Steps) == 0 && len(from) > 0:
			return says("%s is not exempt from %s alone. Without `--from`, I end what else exempts them.", text.Code(es[i].name), c.listName(from[0])), nil
		case len(again.Steps) > 0 && (len(from) > 0 || len(c.exemptions(d, es[i])) == 0):
			return again, nil
		}
		p, ours := exemptEndOne(c, d, es[i])
		removes = append(removes, ours...)
		if len(again.Steps) > 0 {
			p.Effect, p.Answer = text.Paragraphs(p.Effect, again.Effect), text.Paragraphs(p.Answer, again.Answer)
			p.Steps, p.Ask, p.Weight.Hit = append(p.Steps, again.Steps...), cmp.Or(p.Ask, again.Ask), p.Weight.Hit+again.Weight.Hit
		}
		return p, nil
	})
	if err != nil || len(es) == 1 || len(removes) == 0 {
		return p, err
	}
	// What one exemption alone does not free somebody from, several may.
	effect := d.Preview(nil, removes)
	if p.Weight = effect.Weight(); effect.hits() {
		p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("Without all of them, lists would %s.", c.hits(effect)))
		p.Ask = "Remove the exemptions?"
	}
	return p, nil
}

// exemptEndOne ends the exemption of one of those that are named, and gives what it removes.
func exemptEndOne(c *call, d BanDesk, e entity) (Plan, []policy.Rule) {
	writable := map[id.RoomID]bool{}
	for _, l := range c.watched() {
		writable[l.ID] = l.Writable
	}
	var ours, locked []policy.Rule
	for _, r := range c.exemptions(d, e) {
		if writable[r.List] {
			ours = append(ours, r)
		} else {
			locked = append(locked, r)
		}
	}
	switch {
	case len(ours)+len(locked) == 0:
		return says("There is no exemption of the %s %s. It has to be written exactly as in the rule; `!forseti rules` shows them.", e.kind, text.Code(e.name)), nil
	case len(ours) == 0:
		return says("It stands in lists that I may not write to:%s\n\n`!forseti list exempt` with the list's name and `off` ends all of its exemptions here.", listing(c.someLines(locked, true), "")), nil
	}
	effect := d.Preview(nil, ours)
	p := Plan{Weight: effect.Weight(), Answer: "Removed " + text.Count(len(ours), "exemption") + ":" + listing(c.someLines(ours, true), "")}
	p.Effect = fmt.Sprintf("Without %s nobody who is here now would be hit.", text.Pick(len(ours), "this exemption", "these exemptions"))
	if effect.hits() {
		p.Effect = fmt.Sprintf("Without %s, lists would %s.", text.Pick(len(ours), "this exemption", "these exemptions"), c.hits(effect))
		p.Ask = text.Pick(len(ours), "Remove it?", "Remove them?")
	}
	if len(locked) > 0 {
		p.Answer = text.Paragraphs(p.Answer, "It goes on by lists that I may not write to:"+listing(c.someLines(locked, true), ""))
	}
	for _, r := range ours {
		p.do(RemoveRule(r), "removed the exemption of "+text.Code(nameOf(r)))
	}
	return p, ours
}

// exemptions finds the rules that exempt exactly this entity.
func (c *call) exemptions(d BanDesk, e entity) (found []policy.Rule) {
	for _, r := range d.Rules("") {
		same := r.Kind == e.kind && sameEntity(r, e) && !e.only || slices.ContainsFunc(e.byText, func(t policy.Rule) bool { return t.Event == r.Event })
		if r.Recommendation == policy.Exempt && same {
			found = append(found, r)
		}
	}
	sortRules(found)
	return found
}
