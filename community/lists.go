package community

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
)

// exemptNamespace is the settings namespace of lists of which it is decided
// whether their exemptions are followed: "yes" or "no".
const exemptNamespace = "exempt"

// watched is one entry of the list of watched lists: a room, or an alias for one.
type watched struct {
	room  id.RoomID
	alias id.RoomAlias
	via   []string
}

// setWatched makes lists the watched ones, in this order of precedence. A list that
// would free many by going stays until a moderator agrees, unless one ordered it.
func (c *Community) setWatched(entries []watched) {
	now := time.Now()
	entries = slices.DeleteFunc(c.byRoom(entries), func(w watched) bool { return w.room == "" })
	for room, l := range c.lists {
		switch {
		case slices.ContainsFunc(entries, func(w watched) bool { return w.room == room }):
			c.stays(room)
		case c.mayLeave(room):
			c.unwatch(room, now)
		default:
			entries = append(entries, watched{room: room, via: l.via})
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
	c.world.SetLists(c.precedence)
}

// leavingLists is the settings namespace of lists that are to be watched no longer,
// which waits for a yes.
const leavingLists = "leaving"

// mayLeave reports whether a list may go that is no longer among the watched ones.
// Whoever wrote that down need not be a moderator, or know what it does.
func (c *Community) mayLeave(room id.RoomID) bool {
	if c.takeExpected(approval.Write{List: room, Content: leavingLists}, time.Now()) {
		return true
	}
	if c.approvals.leaving[room] == "" {
		if !c.world.Settings.Limits.Wide(c.world.Scales.PreviewDrop(room)) {
			return true
		}
		c.approvals.leaving[room] = asked
		c.commits.Setting(leavingLists, string(room), asked)
		c.approvals.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(room)}, time.Now())
	}
	return false
}

// stays notes that a list is to be watched after all.
func (c *Community) stays(room id.RoomID) {
	if c.approvals.leaving[room] != "" {
		delete(c.approvals.leaving, room)
		c.commits.Setting(leavingLists, string(room), nil)
		c.approvals.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(room)}, time.Now())
	}
}

func (c *Community) unwatch(room id.RoomID, now time.Time) {
	var held []enforce.Slot
	for h := range c.world.Book.Held(room) {
		held = append(held, h.Slot)
	}
	delete(c.lists, room)
	_, keys := c.world.DropRules(room)
	c.keepHeld(held...)
	c.stays(room)
	c.renewBudget(room)
	touchCounted(c, now)
	delete(c.approvals.agreed, room)
	c.world.SetExempting(room, false)
	c.commits.Setting(exemptNamespace, string(room), nil)
	c.enqueue(append(keys, c.world.SetUnread(room, false)...), now)
	c.speaker.report.Problems.Solved(presence(room))
	c.speaker.report.Problems.Solved(report.Key{Kind: report.Tombstone, Room: room})
	if _, other := c.rolesOf(room); !other {
		c.commits.Forget(room)
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
	_, own := l.Needs(c.self, rooms.PowerState("m.policy.rule.user"))
	c.setExempting(l, own, time.Now())
}

func (c *Community) setExempting(l *list, may bool, now time.Time) {
	l.decided = true
	_, keys := c.world.SetExempting(l.ID(), may)
	c.enqueue(keys, now)
	touchCounted(c, now)
	c.commits.Setting(exemptNamespace, string(l.ID()), pick(may, "yes", "no"))
}

// viewList takes in the whole state of a list: what is new there is one change.
func (c *Community) viewList(l *list, state []*event.Event, at time.Time) {
	l.look(c.self, state, at)
	c.decideExempting(l)
	delta, slots, keys := c.world.ReplaceRules(l.ID(), state)
	keys = append(keys, c.world.SetUnread(l.ID(), false)...)
	c.consider(l.ID(), slots, at)
	delete(c.approvals.agreed, l.ID())
	c.keepHeld(slotsOf(delta)...)
	c.enqueue(keys, at)
	c.checkPresence(l.ID())
}

// takeRule takes in one event of a list, and returns the rules that are gone.
func (c *Community) takeRule(l *list, evt *event.Event, at time.Time) []policy.Rule {
	delta, slots, keys := c.world.ApplyRule(l.ID(), evt)
	c.consider(l.ID(), slots, at)
	c.keepHeld(slotsOf(delta)...)
	if evt.Sender == c.self && evt.StateKey != nil {
		// It has come; if it changed nothing it must not stay expected.
		c.unexpect(written(l.ID(), evt))
	}
	u := enforce.Soon
	if evt.Sender == c.self {
		u = enforce.Now // a moderator asked for it
	}
	c.enqueueAs(keys, u, at)
	if serverRules(delta) {
		c.acls.changed(at)
	}
	return delta.Removed
}

func serverRules(d policy.Delta) bool {
	isServer := func(r policy.Rule) bool { return r.Kind == policy.Server }
	return slices.ContainsFunc(d.Added, isServer) || slices.ContainsFunc(d.Removed, isServer)
}
