package community

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
	"forseti/text"
)

// heldRules is the settings namespace of rules that wait for a yes: "asked", or
// "rejected" after a no.
const heldRules = "held"

// exemptNamespace is the settings namespace of lists of which it is decided
// whether their exemptions are followed: "yes" or "no".
const exemptNamespace = "exempt"

// expectation is a rule that a moderator has agreed to and that we are about to
// write: it needs no second yes when it comes back to us.
type expectation struct {
	list     id.RoomID
	kind     policy.Kind
	stateKey string
	entity   string
}

// watched is one entry of the list of watched lists: a room, or an alias for one.
type watched struct {
	room  id.RoomID
	alias id.RoomAlias
	via   []string
}

// setWatched makes lists the watched ones, in this order of precedence.
func (c *Community) setWatched(entries []watched) {
	now := time.Now()
	entries = slices.DeleteFunc(c.byRoom(entries), func(w watched) bool { return w.room == "" })
	for room := range c.lists {
		if !slices.ContainsFunc(entries, func(w watched) bool { return w.room == room }) {
			c.unwatch(room, now)
		}
	}
	c.precedence = c.precedence[:0]
	for _, w := range entries {
		if slices.Contains(c.precedence, w.room) {
			continue
		}
		c.precedence = append(c.precedence, w.room)
		if c.lists[w.room] == nil {
			c.lists[w.room] = newList(w.room, w.via)
			c.world.SetUnread(w.room, true)
		}
	}
	c.world.Rules.SetOrder(c.precedence)
}

func (c *Community) unwatch(room id.RoomID, now time.Time) {
	for r := range c.world.Rules.Rules(room) {
		c.forgetHold(r.Event)
	}
	delete(c.lists, room)
	_, keys := c.world.DropRules(room)
	c.world.SetExempting(room, false)
	c.saveSetting(exemptNamespace, string(room), nil)
	c.enqueue(append(keys, c.world.SetUnread(room, false)...), now)
	c.report.Solved(presence(room))
	c.report.Solved(report.Key{Kind: report.Tombstone, Room: room})
	if _, other := c.rolesOf(room); !other {
		c.extra.Forget = append(c.extra.Forget, room)
	}
}

// decideExempting says of a list that is new to us whether its exemptions are
// followed: they are if it is our own, one that we may write to. Whoever gives us
// power there later, or takes it away, changes nothing by that: the owner of a list
// could else free everybody whom others ban.
func (c *Community) decideExempting(l *list) {
	if l.decided {
		return
	}
	_, own := l.Needs(c.self, rooms.PowerState(ruleType(policy.User)))
	l.decided = true
	c.world.SetExempting(l.ID(), own)
	c.saveSetting(exemptNamespace, string(l.ID()), pick(own, "yes", "no"))
}

// viewList takes in the whole state of a list.
func (c *Community) viewList(l *list, state []*event.Event, at time.Time) {
	first := !l.loaded
	l.look(c.self, state, at)
	c.decideExempting(l)
	delta, keys := c.world.ReplaceRules(l.ID(), state)
	keys = append(keys, c.world.SetUnread(l.ID(), false)...)
	c.dropHolds(delta)
	if first {
		c.weighTogether(l, delta.Added)
	} else {
		for _, r := range delta.Added {
			c.weigh(l, r)
		}
	}
	c.enqueue(keys, at)
	c.checkPresence(l.ID())
}

// takeRule takes in one event of a list, and returns the rules that are gone.
func (c *Community) takeRule(l *list, evt *event.Event, at time.Time) []policy.Rule {
	delta, keys := c.world.ApplyRule(l.ID(), evt)
	c.dropHolds(delta)
	for _, r := range delta.Added {
		c.weigh(l, r)
	}
	c.enqueue(keys, at)
	if serverRules(delta) {
		c.acls.changed(at)
	}
	return delta.Removed
}

func serverRules(d policy.Delta) bool {
	isServer := func(r policy.Rule) bool { return r.Kind == policy.Server }
	return slices.ContainsFunc(d.Added, isServer) || slices.ContainsFunc(d.Removed, isServer)
}

// weigh holds back a rule that would hit more than the limits allow.
func (c *Community) weigh(l *list, r policy.Rule) {
	// One literal user is never too many.
	if r.Kind == policy.User && !r.IsGlob() {
		return
	}
	expected := expectation{l.ID(), r.Kind, r.StateKey, r.Entity}
	if c.expected[expected] {
		delete(c.expected, expected)
		return
	}
	reach := c.world.Reach(r)
	if !c.world.Settings.Limits.Wide(reach) {
		return
	}
	c.hold(l, []policy.Rule{r}, reach)
}

// weighTogether takes the rules of a list that is new to us as one change.
func (c *Community) weighTogether(l *list, rules []policy.Rule) {
	key := expectation{list: l.ID()}
	if c.expected[key] {
		delete(c.expected, key)
		return
	}
	reach := c.world.Reach(rules...)
	if !c.world.Settings.Limits.Wide(reach) {
		return
	}
	var hitting []policy.Rule
	for _, r := range rules {
		if one := c.world.Reach(r); one.Everyone || len(one.Users) > 0 {
			hitting = append(hitting, r)
		}
	}
	c.hold(l, hitting, reach)
}

// hold keeps rules from deciding and asks a moderator.
func (c *Community) hold(l *list, rules []policy.Rule, reach enforce.Reach) {
	ids := make([]id.EventID, len(rules))
	for i, r := range rules {
		ids[i] = r.Event
		c.world.HoldRule(r.Event, true)
		c.holds[r.Event] = "asked"
		c.saveSetting(heldRules, string(r.Event), "asked")
	}
	what := fmt.Sprintf("The rule %s", ruleName(rules[0]))
	if len(rules) > 1 {
		what = fmt.Sprintf("%d rules", len(rules))
	}
	c.ask(questionDetails{
		Kind: askRules, Room: l.ID(), Rules: ids,
		Text: fmt.Sprintf("%s in %s would hit %s. Shall I go on?\n\nUntil then I do not follow %s.",
			what, c.listLink(l.ID()), hits(reach), pick(len(rules) == 1, "it", "them")),
	}, "")
}

// hits says whom a change would hit.
func hits(r enforce.Reach) string {
	now := fmt.Sprintf("%s who %s here now: %s", text.Count(len(r.Users), "member"), text.Pick(len(r.Users), "is", "are"), text.Names(r.Users, 10))
	switch {
	case !r.Everyone:
		return now
	case len(r.Users) == 0:
		return "**everyone**, save moderators, also who comes later"
	default:
		return "**everyone**, save moderators, also who comes later. That is " + now
	}
}

// dropHolds forgets holds of rules that are gone.
func (c *Community) dropHolds(d policy.Delta) {
	for _, r := range d.Removed {
		if !slices.ContainsFunc(d.Added, func(a policy.Rule) bool { return a.Event == r.Event }) {
			c.forgetHold(r.Event)
		}
	}
}

func (c *Community) forgetHold(rule id.EventID) {
	if _, held := c.holds[rule]; held {
		delete(c.holds, rule)
		c.saveSetting(heldRules, string(rule), nil)
		c.withdrawQuestions(rule)
	}
}
