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

// release is what an unban finds.
type release struct {
	ours    []policy.Rule // rules that we remove
	locked  []policy.Rule // rules in lists that we may not write to
	kept    []policy.Rule // rules in lists that were not named
	past    []policy.Rule // rules that their lists no longer have, and that are followed until a yes
	waiting []policy.Rule // rules that nobody follows until a yes, and that stay
}

// stay are the rules that hold all the same.
func (r release) stay() []policy.Rule { return slices.Concat(r.locked, r.kept, r.past) }

func unban(ctx context.Context, c *call, d BanDesk, m MessageDesk) (Plan, error) {
	es, several, err := whom(ctx, c, m, "entity")
	if err != nil {
		return Plan{}, err
	}
	var removes []policy.Rule
	p, err := each(namesOf(es), "Do all of that?", func(i int) (Plan, error) {
		found, p, err := unbanOne(c, d, es[i])
		removes = append(removes, found...)
		return p, err
	})
	if several && err == nil && len(p.Steps) > 0 {
		p.Ask = "Do all of that?"
	}
	if err != nil || len(es) == 1 || len(removes) == 0 {
		return p, err
	}
	effect := d.Preview(nil, distinct(removes, func(r policy.Rule) id.EventID { return r.Event }))
	p.Weight = effect.Weight()
	if freed := frees(effect); freed != "" {
		p.Effect = text.Paragraphs(p.Effect, "All of that would "+freed+".")
	}
	named := namesOf(es)
	others := slices.ContainsFunc(effect.Freed, func(u id.UserID) bool { return !slices.Contains(named, string(u)) })
	if effect.Wide || others { // what none of the rules frees by itself
		p.Ask = "Do all of that?"
	}
	return p, nil
}

// unbanOne frees one of those that are named, and gives the rules that go.
func unbanOne(c *call, d BanDesk, e entity) ([]policy.Rule, Plan, error) {
	invite := option[bool](c, "invite")
	single := e.kind == policy.User && !e.glob && !e.only
	if invite && !single {
		return nil, Plan{}, refuse("Only users can be invited, and no pattern of them. Leave out `--invite`.")
	}
	found, err := c.holding(d, e)
	if err != nil {
		return nil, Plan{}, err
	}
	if len(found.ours)+len(found.stay()) == 0 && e.kind == policy.Server && len(c.called(e.name)) > 0 {
		return nil, Plan{}, refuse("%s is a list. Write first whom to unban, then the list.", text.Code(e.name))
	}
	if len(found.ours) == 0 && len(found.stay()) > 0 {
		return nil, says("%s\n\nNothing was changed. %s", c.stays(e, found), c.instead(e, found)), nil
	}
	effect := d.Preview(nil, found.ours)
	p := Plan{Weight: effect.Weight()}
	for _, r := range found.ours {
		p.do(RemoveRule(r), "removed the rule "+text.Code(nameOf(r)))
	}
	if len(found.ours) > 0 {
		p.Effect = c.wouldRemove(e, found, effect)
		p.Answer = "Removed " + text.Count(len(found.ours), "rule") + ":" + listing(c.someLines(found.ours, true), "")
		if c.wide(e, found, effect) {
			p.Ask = text.Pick(len(found.ours), "Remove it?", "Remove them?")
		}
	}
	switch {
	case len(found.stay()) > 0:
		p.Answer = text.Paragraphs(p.Answer, c.stays(e, found), c.alone(e))
	case single:
		c.free(d, &p, id.UserID(e.name), invite)
	case p.Answer == "" && e.only:
		p.Answer = "No ban rule has that text."
	case p.Answer == "":
		p.Answer = fmt.Sprintf("There is no ban rule for the %s %s.", e.kind, text.Code(e.name))
		if e.glob {
			p.Answer += " A pattern has to be written exactly as in the rule; `!forseti rules` shows them."
		}
	}
	if p.Effect != "" && (len(found.stay()) > 0 || slices.ContainsFunc(found.ours, policy.Rule.IsGlob)) {
		p.Effect = text.Paragraphs(p.Effect, c.alone(e)) // last, where a phone shows it
	}
	if len(e.alike) > 0 {
		p.Answer = text.Paragraphs(p.Answer, "Not removed: "+c.unlike(e.alike))
	}
	if n := len(found.waiting); n > 0 {
		p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("%s %s for a yes, and would then ban %s:%s\n\nSay no to it if that would be wrong: `!forseti questions` shows what is open.",
			text.Count(n, "rule"), text.Pick(n, "waits", "wait"), text.Code(e.name), listing(c.someLines(found.waiting, true), "")))
	}
	return found.ours, p, nil
}

// unlike tells of rules that were meant for an entity and match nobody.
func (c *call) unlike(rules []policy.Rule) string {
	n := len(rules)
	return fmt.Sprintf("%s written so that %s nobody, and can be removed by exactly what %s:%s",
		pick(n == 1, "a rule is", text.Count(n, "rule")+" are"), text.Pick(n, "it matches", "they match"), text.Pick(n, "it says", "they say"), listing(c.someLines(rules, true), ""))
}

// wide tells whether somebody should agree first: to what reaches beyond the one who
// was named, or falls short of freeing them.
func (c *call) wide(e entity, found release, effect Effect) bool {
	others := slices.ContainsFunc(effect.Freed, func(u id.UserID) bool { return string(u) != e.name })
	pattern := func(r policy.Rule) bool { return r.IsGlob() && !dead(r) }
	return others || effect.Wide || slices.ContainsFunc(found.ours, pattern) ||
		len(listsOf(found.ours)) > 1 || len(found.locked)+len(found.past) > 0
}

// free lifts the bans of a user whom no rule holds any more.
func (c *call) free(d BanDesk, p *Plan, user id.UserID, invite bool) {
	rooms := d.BannedIn(user)
	for _, room := range rooms {
		p.want(action.Action{Verb: action.Unban, Room: room, User: user})
		if invite {
			p.want(action.Action{Verb: action.Invite, Room: room, User: user})
		}
	}
	switch {
	case len(rooms) > 0:
		in := text.Count(len(rooms), "room")
		if len(rooms) == 1 {
			in = c.room(rooms[0])
		}
		p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("The ban of %s would be lifted in %s.", text.Code(string(user)), in))
		p.Answer = text.Paragraphs(p.Answer, fmt.Sprintf("Lifting the ban of %s in %s.", text.Code(string(user)), in))
	case p.Answer == "":
		p.Answer = fmt.Sprintf("%s is not banned: no ban rule matches, and no protected room bans them.", text.Code(string(user)))
	}
	p.Answer = text.Paragraphs(p.Answer, c.serverNote(d, user))
}

// holding finds the ban rules for an entity. A pattern is only held by the very
// same pattern.
func (c *call) holding(d BanDesk, e entity) (found release, err error) {
	only := List{}
	if ref := arg[Ref](c, "list"); ref.Name != "" || ref.Room != "" || ref.Alias != "" {
		if only, err = c.writable(ref); err != nil {
			return release{}, err
		}
	}
	writable := map[id.RoomID]bool{}
	for _, l := range c.watched() {
		writable[l.ID] = l.Writable
	}
	for _, r := range c.holders(d, e) {
		followed, listed := d.Followed(r)
		switch {
		case !isBan(r) && (!e.only || r.Recommendation == policy.Exempt):
		case !listed:
			found.past = append(found.past, r)
		case !followed && (only.ID != "" && r.List != only.ID || !writable[r.List]):
			found.waiting = append(found.waiting, r)
		case only.ID != "" && r.List != only.ID:
			found.kept = append(found.kept, r)
		case writable[r.List]:
			found.ours = append(found.ours, r)
		default:
			found.locked = append(found.locked, r)
		}
	}
	return found, nil
}

// holders gives the rules that an unban is about.
func (c *call) holders(d BanDesk, e entity) []policy.Rule {
	switch {
	case e.only:
		return e.byText
	case !e.glob:
		return slices.Concat(d.Matching(e.kind, e.name), e.byText)
	}
	var rules []policy.Rule
	for _, r := range append(d.Rules(""), d.Kept("")...) {
		if r.Kind == e.kind && r.IsGlob() && sameEntity(r, e) {
			rules = append(rules, r)
		}
	}
	sortRules(rules)
	return rules
}

func sameEntity(r policy.Rule, e entity) bool {
	return r.Entity == e.name || e.kind != policy.RoomKind && strings.EqualFold(r.Entity, e.name)
}

func (c *call) wouldRemove(e entity, found release, effect Effect) string {
	said := fmt.Sprintf("To unban %s, %s to go:%s", text.Code(e.name),
		text.Pick(len(found.ours), "this rule has", "these rules have"), listing(c.someLines(found.ours, true), ""))
	if e.only {
		said = text.Pick(len(found.ours), "This rule", "These rules") + " would go:" + listing(c.someLines(found.ours, true), "")
	}
	switch freed := frees(effect); {
	case freed != "":
		said += "\n\nThat would " + freed + "."
	case slices.ContainsFunc(found.ours, policy.Rule.IsGlob):
		said += "\n\nNobody is banned only by " + text.Pick(len(found.ours), "it", "them") + " now."
	}
	if len(found.stay()) > 0 {
		said += "\n\n" + c.stays(e, found)
	}
	return said
}

// alone says how to free somebody and leave the rules as they are, as whoever only has a name like
// a spammer's; "" if no exemption can.
func (k *known) alone(e entity) string {
	if e.glob || e.only || e.kind == policy.RoomKind || !slices.ContainsFunc(k.watched(), func(l List) bool { return l.Writable && l.Exempts }) {
		return ""
	}
	return fmt.Sprintf("%s frees %s alone and leaves the rules.", text.Code("!forseti exempt "+grammar.Quote(e.name)), pick(e.kind == policy.Server, "it", "them"))
}

func (c *call) stays(e entity, found release) string {
	where := "in lists that I may not write to"
	stay := found.stay()
	switch {
	case len(found.locked)+len(found.kept) == 0:
		where = "whose end waits for a yes"
	case len(found.locked) == 0:
		where = "in other lists"
	case len(found.kept) > 0:
		where = "in other lists, some of which I may not write to"
	}
	if e.only {
		return fmt.Sprintf("%s of that text stands %s:%s", text.Count(len(stay), "rule"), where, listing(c.someLines(stay, true), ""))
	}
	return fmt.Sprintf("%s stays banned all the same, by %s %s:%s",
		text.Code(e.name), text.Count(len(stay), "rule"), where, listing(c.someLines(stay, true), ""))
}

// instead says what else can be done about rules that stay.
func (c *call) instead(e entity, found release) string {
	switch {
	case len(found.kept) > 0:
		return "Name the list that the rule is in, or leave it out to take the rules out of all."
	case len(found.locked) == 0:
		return "`!forseti questions` shows what I asked about that."
	case c.alone(e) != "":
		return c.alone(e) + " Or ask the owners of these lists."
	default:
		return "Ask the owners of these lists, or stop watching them."
	}
}

// serverNote tells of rules that shut out a user's server, which unbanning the user
// does not change.
func (c *call) serverNote(d BanDesk, user id.UserID) string {
	for _, r := range d.Matching(policy.Server, policy.ServerOf(user)) {
		if followed, _ := d.Followed(r); followed && isBan(r) {
			return fmt.Sprintf("The user's server is still shut out: %s.", c.ruleLine(r, true))
		}
	}
	return ""
}

func nameOf(r policy.Rule) string {
	if r.Entity == "" {
		return "with a hash"
	}
	return r.Entity
}

func listsOf(rules []policy.Rule) map[id.RoomID]bool {
	lists := map[id.RoomID]bool{}
	for _, r := range rules {
		lists[r.List] = true
	}
	return lists
}
