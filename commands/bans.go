package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// BanDesk is what the commands about bans ask.
type BanDesk interface {
	// Rules gives the rules of one list, or of all for "".
	Rules(list id.RoomID) []policy.Rule
	// Kept gives the rules that a list no longer has and that are followed on.
	Kept(list id.RoomID) []policy.Rule
	// Matching gives those of both that match an entity.
	Matching(kind policy.Kind, entity string) []policy.Rule
	// Followed tells whether a rule is followed, and whether its list has it: a change
	// that waits for a yes is neither made nor unmade.
	Followed(r policy.Rule) (followed, listed bool)
	// Preview says what it would do to write rules and to remove others.
	Preview(adds, removes []policy.Rule) Effect
	// PreviewApart says what it would do to have a list not count for a user, or count again.
	PreviewApart(list id.RoomID, u id.UserID, is bool) Effect
	// BannedIn gives the protected rooms that ban a user.
	BannedIn(user id.UserID) []id.RoomID
	// ListAt finds the room of an alias that is no list's main one.
	ListAt(ctx context.Context, alias id.RoomAlias) (id.RoomID, error)
	Now() time.Time
	// RoomBans gives what was banned in a room by hand, as rules: users, and entries of the
	// server ACL that are not mine.
	RoomBans(room id.RoomID) []policy.Rule
	// Servers are those of whom anybody is in view of rules.
	Servers() []string
}

func banCommands(d BanDesk, m MessageDesk, members MemberDesk, arrivals ArrivalDesk) []*command {
	also := banning{d, m, members, arrivals}
	rule := []param{
		{name: "entity", doc: "whom: a user, server or room, or a pattern of one, or several of these", value: entityValue, several: true, replied: true, kind: saysKind},
		{name: "list", optional: true, doc: "the list to write to; may be left out if there is only one I may write to", value: optionalList},
		{name: "reason", optional: true, doc: "why; everyone who watches the list can read it", value: textValue},
	}
	return []*command{{
		name: "ban", family: "Bans", effect: moderates, onSite: true,
		summary: "write a ban rule for a user, a server or a room into a list",
		details: "The rule bans in all protected rooms, now and later, and for everyone else who watches the list. " +
			"Stars and question marks make a pattern: `@spam*:*`, `*.example.org`. In a reply, it bans who wrote the message, or whom the alert is about. " +
			"With `--for`, I take the rule away when the time is over, also if I was away then, unless somebody has changed it since. " +
			"With `--redact`, what they wrote lately goes too, as it does by itself for reasons that `reasons remove` names; otherwise a reaction below the answer removes it. `--spare` leaves somebody out whom a pattern or a server's name matches.",
		params: rule,
		flags: []flag{
			{name: "for", value: &banLasts, doc: "for how long, such as `12h` or `7d`, or `good`"},
			{name: "room", value: &roomValue, doc: "only in this room: a ban there, and no rule; may be given several times", several: true},
			hidden, withMessages, sparing, intoList, because,
		},
		long: func(l line) bool {
			return slices.ContainsFunc(l.args, func(w grammar.Word) bool { return w.Flag == withMessages.name })
		},
		asks: "if the rules hit many, who has been here for long among those who just came, moderators, our own server's users or everyone, if a reply is about several users, or if the list is mistyped",
		examples: []string{"ban @spammer:example.org coc spam", "ban evil.example.org coc", "ban @spam*:* coc --no-confirm",
			"ban @rude:example.org coc --for 7d calm down", "ban @rude:example.org --room #lobby:example.org --for 1d", "ban @friend:example.org coc --hash", "ban @one:example.org @two:example.org evil.example.org coc spam",
			"ban @spam*:evil.example.org coc spam --redact --spare @spamalot:evil.example.org"},
		plan: func(ctx context.Context, c *call) (Plan, error) { return ban(ctx, c, also, policy.Ban) },
	}, {
		name: "takedown", family: "Bans", effect: moderates, onSite: true,
		summary: "write a rule that bans, and asks all who watch the list to remove everything of theirs as well",
		details: "It is for what nobody may have: illegal content, and spam without an end. What others remove by it is gone, also if you take the rule back. " +
			"I ban by it as by `ban`; of what a banned user wrote here I tell the command that removes it.",
		params:   rule,
		flags:    []flag{hidden, intoList},
		asks:     "always",
		examples: []string{"takedown @vile:example.org coc illegal content", "takedown !den:example.org coc"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return ban(ctx, c, also, policy.Takedown) },
	}, {
		name: "unban", family: "Bans", effect: moderates,
		summary: "remove all ban rules that hold a user, server or room, and lift the bans",
		details: "Finds patterns and hashed rules too, in all lists or in the one that is named. Bans that were made without a rule are lifted as well.",
		params: []param{
			{name: "entity", doc: "whom: a user, server or room, or a pattern or any other text exactly as the rule has it, or several of these", value: ruled(d), several: true, replied: true},
			{name: "list", optional: true, doc: "only remove the rules of this list", value: listValue},
		},
		flags:    []flag{{name: "invite", doc: "invite the user to the rooms they were banned from"}},
		asks:     "if a pattern, or rules of several lists, would be removed, if others would be freed too, if other rules still hold the user, or " + manyReplied,
		examples: []string{"unban @friend:example.org", "unban @friend:example.org --invite", "unban @friend:example.org coc", "unban *.example.org", "unban @one:example.org @two:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return unban(ctx, c, d, m) },
	}}
}

// ban writes rules that ban, with that recommendation.
func ban(ctx context.Context, c *call, d banning, as policy.Recommendation) (Plan, error) {
	es, several, err := whom(ctx, c, d.messages, "entity")
	if err != nil {
		return Plan{}, err
	}
	for _, e := range es {
		if err := c.plausible(d, e); err != nil {
			return Plan{}, err
		}
	}
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	if len(rooms) > 0 {
		if err := onlyWithRules(c); err != nil {
			return Plan{}, err
		}
		return banIn(c, d, es, rooms, several)
	}
	es, list, err := listFor(ctx, c, d, es)
	if err != nil {
		return Plan{}, err
	}
	var adds []policy.Rule
	p, err := each(namesOf(es), "", func(i int) (Plan, error) {
		rule, p, err := banOne(c, d, list, es[i], as, len(es) == 1)
		if len(p.Steps) > 0 {
			adds = append(adds, rule)
		}
		return p, err
	})
	if err != nil {
		return p, err
	}
	goes, _ := removes(c)
	spares, err := d.spares(c, list, es)
	switch {
	case err != nil:
		return Plan{}, err
	case len(adds)+len(spares.rules) == 0 && !goes:
		// The ban stands, and what they wrote may stand all the same.
		d.stays(ctx, c, slices.DeleteFunc(es, func(e entity) bool { return d.exempt(c, id.UserID(e.name)) }), nil, &p)
		return p, nil
	}
	effect := d.Preview(append(spares.rules, adds...), nil)
	effect.brief = true
	said, special := c.wouldBan(es, effect)
	if len(adds) > 0 {
		said += ending(c, adds[0])
	}
	p.Effect, p.Weight = text.Paragraphs(append([]string{said, special}, sparedBy(c, d, es, effect)...)...), effect.Weight()
	if len(es) > 1 {
		p.Answer = fmt.Sprintf("The list %s:\n\n", c.listName(list)) + p.Answer
		p.Answer = text.Paragraphs(append([]string{p.Answer}, sparedBy(c, d, es, effect)...)...)
	}
	long, err := d.longHere(ctx, c, es, effect)
	if err != nil {
		return Plan{}, err
	}
	if special = strings.TrimSpace(special + " " + long); long != "" {
		p.Effect = text.Paragraphs(p.Effect, long)
	}
	spares.into(&p)
	gone, err := d.remove(ctx, c, es, effect, spares.users, &p)
	if err != nil {
		return Plan{}, err
	}
	p.Effect = text.Paragraphs(p.Effect, effect.everybody())
	switch {
	case gone && len(adds) == 0:
		p.Ask = "Remove them?"
	case as == policy.Takedown:
		p.Effect = text.Paragraphs(p.Effect, "It asks all who watch the list to remove everything of theirs. **What is removed by that cannot be brought back.**")
		p.Ask = fmt.Sprintf("Write the %s into %s?", text.Pick(len(adds), "takedown", "takedowns"), c.listName(list))
	case effect.Wide || special != "" || several || gone && slices.ContainsFunc(es, func(e entity) bool { return e.glob || e.kind == policy.Server }):
		p.Ask = fmt.Sprintf("Write the %s into %s?", text.Pick(len(adds), "rule", "rules"), c.listName(list))
	}
	return p, nil
}

// banOne writes the rule for one of those that are banned.
func banOne(c *call, d BanDesk, list List, e entity, as policy.Recommendation, alone bool) (policy.Rule, Plan, error) {
	rule := policy.Rule{Kind: e.kind, Entity: e.name, Recommendation: as, Reason: arg[string](c, "reason"), List: list.ID, Until: untilOf(c, d)}
	if why := policy.Unmatchable(rule); why != "" {
		return rule, Plan{}, refuse("%s would match nobody: %s.", text.Code(e.name), why)
	}
	rule, err := hide(c, rule)
	if err != nil {
		return rule, Plan{}, err
	}
	effect := d.Preview([]policy.Rule{rule}, nil)
	switch {
	case e.kind == policy.User && !e.glob && e.name == string(c.self):
		return rule, Plan{}, refuse("That is me. I cannot ban myself.")
	case e.kind == policy.Server && (effect.OwnServer || e.rule().Matches(c.self.Homeserver())):
		return rule, Plan{}, refuse("I will not do that: %s matches our own server, or one that a moderator is on. "+
			"The rule would shut us out of our own rooms. Write a narrower one.", text.Code(e.name))
	}
	key, before := ruleKey(rule), policy.Rule{}
	for _, r := range d.Rules(list.ID) {
		if r.Kind != e.kind || r.Entity != rule.Entity || r.Hash != rule.Hash || r.Recommendation != as {
			continue
		}
		if r.Reason == rule.Reason && r.Until == rule.Until {
			return rule, says("%s", text.Paragraphs(fmt.Sprintf("There is such a rule already: %s.", c.ruleLine(r, true)), c.spares(d, e, effect))), nil
		}
		key, before = r.StateKey, r // an edit, not a second rule
	}
	_, exempt := c.exemption(d, e)
	now := fmt.Sprintf("%s the %s %s%s.", listed(as, exempt, before.Event != ""), e.kind, text.Code(e.name), pick(before.Event == "", lasting(c, rule)+hiddenWords(rule), ""))
	if before.Event != "" {
		now = strings.TrimSuffix(now, ".") + " already; " + changed(c, before, rule) + "."
	}
	p := Plan{Answer: now}
	if alone {
		p.Answer = text.Paragraphs(append([]string{fmt.Sprintf("The list %s %s", c.listName(list), now)}, sparedBy(c, d, []entity{e}, effect)...)...)
	}
	write := writeRule(rule, key)
	if before.Event != "" {
		write.Was = ruleWas(before)
	}
	p.do(write, fmt.Sprintf("wrote the rule for %s", text.Code(e.name)))
	return rule, p, nil
}

// listed says what a list does with an entity, or does already.
func listed(as policy.Recommendation, exempt, already bool) string {
	now := pick(already, "", "now ")
	switch {
	case as == policy.Takedown:
		return now + "asks for the takedown of"
	case exempt && !already:
		return now + "has a ban of"
	}
	return now + "bans"
}

// exemption finds the exemption that is followed and frees an entity, if it is no
// pattern, from whatever bans it.
func (c *call) exemption(d BanDesk, e entity) (policy.Rule, bool) {
	if e.glob || e.kind == policy.RoomKind {
		return policy.Rule{}, false
	}
	for _, r := range d.Matching(e.kind, e.name) {
		if followed, _ := d.Followed(r); followed && c.exempts(r) {
			return r, true
		}
	}
	return policy.Rule{}, false
}

// exempts reports whether a rule is an exemption of a list that may exempt.
func (k *known) exempts(r policy.Rule) bool {
	return r.Recommendation == policy.Exempt &&
		slices.ContainsFunc(k.watched(), func(l List) bool { return l.ID == r.List && l.Exempts })
}

// spares says who is not banned by a rule since an exemption frees them, and what to do
// about it; "" if there is nobody.
func (c *call) spares(d BanDesk, e entity, effect Effect) string {
	r, exempt := c.exemption(d, e)
	switch {
	case !exempt && len(effect.Exempt) > 0:
		return exemptMembers(effect.Exempt)
	case !exempt:
		return ""
	}
	here, until := "**I ban them nowhere here**", "to be banned"
	if e.kind == policy.Server {
		here, until = "**I do not shut it out here**", "to be shut out"
	}
	said := fmt.Sprintf("%s, for an exemption counts more: %s.", here, c.ruleLine(r, true))
	switch _, listed := d.Followed(r); {
	case !listed:
		return said + " Its end waits for a yes: `!forseti questions` shows what I asked."
	case r.Entity == "" || !c.mayWrite(r.List):
		return said + fmt.Sprintf(" If they are %s, end all exemptions of that list: `!forseti list exempt` with its name and `off`.", until)
	default:
		return said + fmt.Sprintf(" If %s %s, write %s.", pick(e.kind == policy.Server, "it is", "they are"), until, text.Code("!forseti exempt end "+grammar.Quote(r.Entity)))
	}
}

// sparedBy says what is not as one would think about what rules do.
func sparedBy(c *call, d BanDesk, es []entity, effect Effect) (said []string) {
	named := effect.Exempt
	for _, e := range es {
		if _, exempt := c.exemption(d, e); exempt || len(es) == 1 {
			said = append(said, c.spares(d, e, effect))
			effect.Exempt = slices.DeleteFunc(slices.Clone(named), func(u id.UserID) bool { return string(u) == e.name })
			named = effect.Exempt
		}
	}
	if len(es) > 1 && len(named) > 0 {
		said = append(said, exemptMembers(named))
	}
	said = append(said, freedBefore(es, effect), staying(es, effect))
	for _, e := range es {
		said = append(said, absent(d, e), e.note)
	}
	return said
}

func exemptMembers(users []id.UserID) string {
	return fmt.Sprintf("Exemptions free %s of those who match: %s. I do not ban them; `!forseti match` with a name says which exemption it is.",
		text.Count(len(users), "member"), text.Named(users, mostNames))
}

// freedBefore says who was freed a moment ago and is not banned anew, as when a pattern
// is mended: a rule bans nobody who is not there.
func freedBefore(es []entity, effect Effect) string {
	n := len(effect.Gone)
	if n == 0 {
		return ""
	}
	const since = " lifted within the last hour, and they are not there now: I ban them if they come back."
	if n == 1 && slices.ContainsFunc(es, func(e entity) bool { return e.name == string(effect.Gone[0]) }) {
		return "The ban of " + effect.some(effect.Gone, n) + " was" + since
	}
	return effect.some(effect.Gone, n) + text.Pick(n, " matches too. Their ban was", " match too. Their bans were") + since
}

// staying says that a server's members stay in the member lists when it is shut out, which is not
// what one expects of a ban; "" if there are none.
func staying(es []entity, effect Effect) string {
	var servers []string
	for _, e := range es {
		if e.kind == policy.Server {
			servers = append(servers, text.Code("!forseti ban @*:"+e.name))
		}
	}
	n := len(effect.Shut)
	if n == 0 || len(servers) == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s %s in the lists of members, and can neither write nor come in again. %s bans them too.",
		text.Count(n, "member"), text.Pick(len(servers), "it", "them"), text.Pick(n, "stays", "stay"), text.And(servers[:min(len(servers), mostNames)]))
}

// mayWrite reports whether we may write to a watched list.
func (k *known) mayWrite(list id.RoomID) bool {
	return slices.ContainsFunc(k.watched(), func(l List) bool { return l.ID == list && l.Writable })
}

// listFor gives the list to write to. A room that stands last among those that are named is
// that list if it is one by an alias.
func listFor(ctx context.Context, c *call, d BanDesk, es []entity) ([]entity, List, error) {
	ref := arg[Ref](c, "list")
	if named := option[Ref](c, intoList.name); named.written() != "" {
		if ref.written() != "" {
			return nil, List{}, refuse("The list is named twice. Leave out `--into`.")
		}
		ref = named
	}
	last := es[len(es)-1]
	if ref.Room+id.RoomID(ref.Alias)+id.RoomID(ref.Name) == "" && len(es) > 1 && last.kind == policy.RoomKind && !last.glob && last.name[0] == '#' {
		if room, err := d.ListAt(ctx, id.RoomAlias(last.name)); err == nil && c.watches(Ref{Room: room}) {
			es, ref = es[:len(es)-1], Ref{Room: room}
		}
	}
	list, err := c.writableAt(ctx, d, ref)
	return es, list, err
}

// writableAt is writable, also by an alias that is not the list's main one.
func (c *call) writableAt(ctx context.Context, d BanDesk, ref Ref) (List, error) {
	list, err := c.writable(ref)
	if err != nil && ref.Alias != "" && !c.watches(ref) {
		room, unknown := d.ListAt(ctx, ref.Alias)
		if unknown != nil {
			return List{}, unknown
		}
		list, err = c.writable(Ref{Room: room})
	}
	return list, err
}

// wouldBan says what rules would do, and what about it is special enough to ask.
func (c *call) wouldBan(es []entity, effect Effect) (said, special string) {
	whom := fmt.Sprintf("A ban of the %s %s", es[0].kind, text.Code(es[0].name))
	if len(es) > 1 {
		whom = fmt.Sprintf("Bans of %s", text.And(codes(namesOf(es))))
	}
	switch {
	case !slices.ContainsFunc(es, func(e entity) bool { return e.kind != policy.RoomKind }):
		said = whom + text.Pick(len(es), " tells", " tell") + " all who watch the list; " + text.Pick(len(es), "it bans nobody by itself.", "they ban nobody by themselves.")
	case !effect.hits():
		said = whom + " would hit nobody who is in a protected room now."
	default:
		said = whom + " would " + c.hits(effect) + "."
	}
	var all []string
	matches := func(user string) bool {
		return slices.ContainsFunc(es, func(e entity) bool { return e.kind == policy.User && e.glob && e.rule().Matches(user) })
	}
	switch own := c.self.Homeserver(); {
	case effect.Everyone, matches("@" + probe + ":" + probe + ".example.org"):
		all = append(all, "**It matches everyone**, on every server, also who comes later.")
	case matches("@" + probe + ":" + own):
		all = append(all, fmt.Sprintf("**It matches everyone on our own server**, %s.", text.Code(own)))
	default:
		all = append(all, broad(effect)...)
	}
	if n := len(effect.Guarded); n > 0 {
		all = append(all, fmt.Sprintf("It matches %s whom I spare here: %s. Others who watch the list will not spare them.",
			text.Pick(n, "a moderator", "moderators"), text.Named(effect.Guarded, 10)))
	}
	return said, strings.Join(all, " ")
}

// probe is a name that nobody has: what matches it on any server matches everyone.
const probe = "q7zk0wv3xj"

// plausible refuses server names of one word that no member's server has: they are
// mostly a display name, or a command's word in the wrong place.
func (c *call) plausible(d BanDesk, e entity) error {
	if e.kind != policy.Server || e.glob || strings.ContainsAny(e.name, ".:[") || strings.EqualFold(e.name, c.self.Homeserver()) {
		return nil
	}
	met := d.Preview([]policy.Rule{entityRule(e, "", "")}, nil)
	if met.Hit > 0 || len(met.Shut) > 0 || len(d.Matching(policy.Server, e.name)) > 0 {
		return nil
	}
	if len(c.called(e.name)) > 0 {
		return refuse("%s is a list. Write first whom to ban, then the list.", text.Code(e.name))
	}
	return noEntity(e.name)
}

// writeRule writes a rule where key is.
func writeRule(r policy.Rule, key string) action.Action {
	return ruleEvent(action.WriteRule, r.List, "m.policy.rule."+r.Kind.String(), key, ruleContent(r))
}

// RemoveRule blanks a rule.
func RemoveRule(r policy.Rule) action.Action {
	a := ruleEvent(action.RemoveRule, r.List, r.Type, r.StateKey, nil)
	a.Cause.List, a.Cause.Rule, a.Cause.Entity = r.List, r.Event, r.Entity
	a.Was = ruleWas(r)
	return a
}

// ruleWas is a rule as it is kept for whoever undoes what is done to it; nil of one that does not
// say whom it is about.
func ruleWas(r policy.Rule) json.RawMessage {
	if r.Entity == "" && r.Hash == "" {
		return nil
	}
	raw, _ := json.Marshal(ruleContent(r)) // strings and numbers always marshal
	return raw
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
