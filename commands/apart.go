package commands

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// fromList is the list alone from which somebody is exempted.
var fromList = flag{name: "from", value: &listValue, several: true, doc: "only from this list, also one that you may not write to; may be given several times. I keep that by myself: no rule is written, and nobody else sees it"}

// fromLists are the lists that are named so.
func fromLists(c *call) (lists []List, err error) {
	for _, ref := range options[Ref](c, fromList.name) {
		l, err := c.findList(ref)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(lists, func(other List) bool { return other.ID == l.ID }) {
			lists = append(lists, l)
		}
	}
	return lists, nil
}

// exemptFrom has lists not count for users.
func exemptFrom(c *call, d BanDesk, es []entity, lists []List) (Plan, error) {
	if ref := arg[Ref](c, "list"); ref.Name != "" || ref.Room != "" || ref.Alias != "" {
		return Plan{}, refuse("`--from` writes no rule, so there is no list to write to. Leave one of the two out.")
	}
	for _, e := range es {
		if e.kind != policy.User || e.glob {
			return Plan{}, refuse("%s is no single user. From one list alone I exempt users by their IDs.", text.Code(e.name))
		}
	}
	return each(namesOf(es), "Exempt them?", func(i int) (Plan, error) {
		var p Plan
		u := id.UserID(es[i].name)
		for _, l := range lists {
			if slices.Contains(l.Spares, u) {
				p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("%s is exempt from %s already.", text.Code(string(u)), c.listName(l)))
				continue
			}
			effect := d.PreviewApart(l.ID, u, true)
			p.Weight.Freed = max(p.Weight.Freed, len(effect.Freed))
			p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("No rule of %s would ban %s here.", c.listName(l), text.Code(string(u))))
			p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("No rule of %s bans %s here from now on; its other rules stay as they are.", c.listName(l), text.Code(string(u))))
			p.change(Change{Kind: SpareFrom, Room: l.ID, User: u}, "exempted "+text.Code(string(u)))
		}
		if len(p.Steps) > 0 {
			p.Answer = text.Paragraphs(p.Answer, stillHeld(c, d, es[i], lists), es[i].note)
		}
		return p, nil
	})
}

// stillHeld names the rules of other lists that ban somebody.
func stillHeld(c *call, d BanDesk, e entity, but []List) string {
	if _, exempt := c.exemption(d, e); exempt {
		return ""
	}
	var others []policy.Rule
	for _, r := range d.Matching(policy.User, e.name) {
		followed, _ := d.Followed(r)
		bans := !r.Aside && (r.Recommendation == policy.Ban || r.Recommendation == policy.Takedown)
		if followed && bans && !apart(&c.known, r, id.UserID(e.name)) && !slices.ContainsFunc(but, func(l List) bool { return l.ID == r.List }) {
			others = append(others, r)
		}
	}
	if len(others) == 0 {
		return ""
	}
	return "**They stay banned**, for other lists ban them too:" + listing(c.someLines(others, true), "")
}

// apart reports whether the rules of a rule's list do not count for a user.
func apart(k *known, r policy.Rule, u id.UserID) bool {
	return slices.ContainsFunc(k.watched(), func(l List) bool { return l.ID == r.List && slices.Contains(l.Spares, u) })
}

// countAgain has lists count for a user again: those that are named, or all.
func countAgain(c *call, d BanDesk, e entity, only []List) (p Plan) {
	u := id.UserID(e.name)
	for _, l := range c.watched() {
		if e.kind != policy.User || !slices.Contains(l.Spares, u) || len(only) > 0 && !slices.ContainsFunc(only, func(o List) bool { return o.ID == l.ID }) {
			continue
		}
		effect := d.PreviewApart(l.ID, u, false)
		would := "and it would hit nobody"
		if effect.hits() {
			would = "and it would " + c.hits(effect)
			p.Ask = "Remove it?"
		}
		p.Weight.Hit += effect.Weight().Hit
		p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("%s would count for %s again, %s.", c.listName(l), text.Code(string(u)), would))
		p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("%s counts for %s again.", c.listName(l), text.Code(string(u))))
		p.change(Change{Kind: CountAgain, Room: l.ID, User: u}, "ended the exemption of "+text.Code(string(u)))
	}
	return p
}

// apartWords say from which lists somebody is exempt, and how that ends; "" for none.
func apartWords(k *known, u id.UserID) string {
	var from []string
	for _, l := range k.watched() {
		if slices.Contains(l.Spares, u) {
			from = append(from, k.listName(l))
		}
	}
	if len(from) == 0 {
		return ""
	}
	return fmt.Sprintf("No rule of %s bans them here, as a moderator said; %s ends that.", text.And(from), text.Code("!forseti exempt end "+grammar.Quote(string(u))))
}

// spareWords say for whom a list does not count; "" for nobody.
func spareWords(l List) string {
	if len(l.Spares) == 0 {
		return ""
	}
	return fmt.Sprintf("Its rules do not count for %s, as moderators said with `exempt --from`.", text.Named(l.Spares, mostNames))
}
