package commands

import (
	"context"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

// Successor is the room that replaced another one.
type Successor struct {
	List        // as it would be watched, if it is a list
	IsList bool // it is made to hold rules
	Via    []string
	By     id.UserID // who says so, in the room that was replaced
	Maker  id.UserID // who made the new one
	// Doubt is why it is not to be believed, a sentence; "" if each of the rooms names the other
	// one, and who says so may.
	Doubt  string
	Has    []policy.Rule // what the new one says
	Effect Effect        // what it would do to follow it in place of the old one
}

func upgradeCommands(d ListDesk, of RuleDesk, p ProtectionDesk) []*command {
	return []*command{{
		name: "upgrade", family: "Rooms", effect: sets, long: always,
		summary: "go over to the room that replaced a list or a protected room",
		details: "I go only if each of the two rooms names the other one, and who wrote so in the old one may. A list is watched as the old one was and in its place; if I may write to both, the rules that I can write are moved. " +
			"A protected room keeps how protections are set in it, and the old one stays protected.",
		params:   []param{{name: "room", doc: "the list or the protected room that was replaced", value: roomOrList}},
		asks:     "always",
		examples: []string{"upgrade coc", "upgrade #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return upgrade(ctx, c, d, of, p) },
	}}
}

func upgrade(ctx context.Context, c *call, d ListDesk, of RuleDesk, protections ProtectionDesk) (Plan, error) {
	ref := arg[Ref](c, "room")
	l, err := c.findList(ref)
	if err == nil {
		return upgradeList(ctx, c, l, d, of)
	}
	room, notThere := c.protected(ref)
	if ref.Name != "" || notThere != nil {
		return Plan{}, refuse("That is neither a list that I watch nor a room that I protect.")
	}
	next, err := d.Successor(ctx, room.ID, List{})
	if err != nil {
		return Plan{}, err
	}
	if next.Doubt != "" {
		return distrusted(next), nil
	}
	for _, r := range c.names.Rooms() {
		if r.ID == next.ID && !r.Out {
			return says("%s was replaced by %s, which I protect already.", c.room(room.ID), c.room(next.ID)), nil
		}
	}
	p := Plan{
		Effect: fmt.Sprintf("%s was replaced by %s, as %s wrote there; %s made it. I would join it and protect it too, with what is set for protections in the old one.",
			c.room(room.ID), c.roomLink(next.ID, next.Name), text.Code(string(next.By)), text.Code(string(next.Maker))),
		Ask:    "Protect it?",
		Answer: fmt.Sprintf("Protecting %s, as before it %s, which I go on protecting: %s ends that.", here, c.room(room.ID), text.Code("!forseti rooms remove "+string(room.ID))),
		Room:   next.ID,
	}
	p.otherwise(Change{Kind: LeaveAgain, Room: next.ID})
	p.change(Change{Kind: Protect, Room: next.ID, Via: next.Via}, "")
	for _, of := range protections.Protections() {
		for _, in := range of.Rooms {
			if in.Room != room.ID {
				continue
			}
			if in.Switched {
				p.change(Change{Kind: switches(in.Mode), Name: of.Name, Room: next.ID}, "")
			}
			for _, s := range in.Settings {
				p.change(Change{Kind: Configure, Name: of.Name, Room: next.ID, Key: s.Name, Value: s.Value}, "")
			}
		}
	}
	return p, nil
}

// distrusted leaves a room that does not stand for another one.
func distrusted(next Successor) Plan {
	p := Plan{Answer: next.Doubt + " So I do not go there.", Effect: next.Doubt}
	if next.ID != "" {
		p.change(Change{Kind: LeaveAgain, Room: next.ID}, "")
	}
	return p
}

func upgradeList(ctx context.Context, c *call, l List, d ListDesk, of RuleDesk) (Plan, error) {
	next, err := d.Successor(ctx, l.ID, l)
	switch {
	case err != nil:
		return Plan{}, err
	case next.Doubt != "":
		return distrusted(next), nil
	case !next.IsList:
		next.Doubt = "The room that it was replaced by is no policy list."
		return distrusted(next), nil
	}
	var moved []policy.Rule
	behind := 0
	if l.Writable && next.Writable {
		// What waits for a yes, or got a no, would count at once if we wrote it.
		rules := of.Rules(l.ID)
		followed := slices.DeleteFunc(slices.Clone(rules), func(r policy.Rule) bool { return c.names.Standing(r) != "" })
		moved, behind = missing(followed, next.Has, next.ID), len(rules)-len(followed)
	}
	if len(moved) > mostImported {
		return Plan{}, refuse("%s would have to be moved, and I write %d at once. Write `!forseti watch` with %s, move them with `list export` and `list import`, and then end it with `!forseti unwatch`.",
			text.Count(len(moved), "rule"), mostImported, text.Code(string(next.ID)))
	}
	p := Plan{Weight: next.Effect.Weight(), Ask: "Go over to it?"}
	said := fmt.Sprintf("The list %s was replaced by %s, as %s wrote there; %s made it. It has %s.",
		c.listName(l), c.roomLink(next.ID, next.Name), text.Code(string(next.By)), text.Code(string(next.Maker)), text.Count(next.Rules, "rule"))
	would := "To follow it in place of the old one would change nothing for anybody who is here."
	if what := againstAndFor(c, next.Effect); what != "" {
		would = "To follow it in place of the old one would " + what + "."
	}
	move := ""
	if len(moved) > 0 {
		move = fmt.Sprintf("I would move %s of the old one there.", text.Count(len(moved), "rule"))
		p.Answer = fmt.Sprintf("Moved %s.", text.Count(len(moved), "rule"))
	}
	if behind > 0 {
		move = text.Paragraphs(move, fmt.Sprintf("%s that %s for a yes, or got a no, would stay behind: %s shows which.",
			text.Count(behind, "rule"), text.Pick(behind, "waits", "wait"), text.Code("!forseti rules "+string(l.ID))))
	}
	p.Effect = text.Paragraphs(said, nearest(next.Effect), text.Paragraphs(would, warnings(next.Effect)), move, allNames(next.Effect))
	p.Answer = text.Paragraphs(fmt.Sprintf("I follow %s now, and %s no more.", c.roomLink(next.ID, next.Name), c.listName(l)), p.Answer)
	place := 0
	if at := slices.IndexFunc(c.watched(), func(other List) bool { return other.ID == l.ID }); !c.watches(Ref{Room: next.ID}) {
		place = at + 1
	}
	p.otherwise(Change{Kind: LeaveAgain, Room: next.ID})
	for _, u := range l.Spares { // before it is followed: it is never followed otherwise
		p.change(Change{Kind: SpareFrom, Room: next.ID, User: u}, "")
	}
	p.change(Change{Kind: Watch, Room: next.ID, Via: next.Via, Sure: true, Value: l.How.value(), Number: place}, "")
	for _, r := range moved {
		p.do(writeRule(r, r.StateKey), "moved the rule for "+text.Code(nameOf(r)))
	}
	if l.Default && next.Writable {
		p.change(Change{Kind: DefaultList, Room: next.ID}, "")
	}
	p.change(Change{Kind: Unwatch, Room: l.ID}, "")
	return p, nil
}

// missing are those of a list's rules that another one has not, as they are to be written there:
// what does nothing, and what we would not write, stays behind.
func missing(rules, has []policy.Rule, list id.RoomID) (all []policy.Rule) {
	known, taken := map[policy.Rule]bool{}, map[string]bool{}
	plain := func(r policy.Rule) policy.Rule {
		r = plainRule(r)
		r.Reason, r.Until = "", 0
		return r
	}
	for _, r := range has {
		known[plain(r)], taken[r.Kind.String()+r.StateKey] = true, true
	}
	rules = slices.Clone(rules)
	sortRules(rules)
	for _, r := range rules {
		r.Aside = false
		if !isBan(r) && r.Recommendation != policy.Exempt || dead(r) || known[plain(r)] {
			continue
		}
		r.List = list
		if taken[r.Kind.String()+r.StateKey] {
			r.StateKey = ruleKey(r)
		}
		all = append(all, r)
	}
	return all
}
