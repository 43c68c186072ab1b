package community

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
)

// decision gathers what one cause led to, in all rooms, so that moderators read
// one message about it and not one for each user and room.
type decision struct {
	key    decisionKey
	open   map[enforce.Key]struct{}
	heads  []head
	awaits bool // the command that caused it has yet to answer

	users   map[action.Verb]map[id.UserID]map[id.RoomID]struct{}
	removed map[id.RoomID]int // messages
	acls    map[id.RoomID]struct{}
	denied  map[string]struct{}
	allowed map[string]struct{} // servers no longer denied
	failed  map[string]map[id.RoomID]struct{}
	dry     bool
	cause   action.Cause

	began   time.Time
	message id.EventID // what was said about it so far
	saying  bool
	said    string
}

// head is a command's own answer, which its outcome is added to.
type head struct {
	command id.EventID
	text    string
}

// decisionKey tells decisions apart. Rule, protection's event and moderator's
// command each are one; all ACLs of a burst are one.
type decisionKey struct {
	kind  action.CauseKind
	event id.EventID
	acl   bool
}

// patience is how long a command waits for its outcome before it is answered
// with what there is so far.
const patience = 1500 * time.Millisecond

// keepDecisions is how long a decision is remembered for what comes late.
const keepDecisions = 10 * time.Minute

func decisionOf(a action.Action) decisionKey {
	switch {
	case a.Verb == action.SetACL:
		return decisionKey{acl: true}
	case a.Cause.Kind == action.ByRule:
		return decisionKey{kind: action.ByRule, event: a.Cause.Rule}
	default:
		return decisionKey{kind: a.Cause.Kind, event: a.Cause.Event}
	}
}

func (c *Community) decision(key decisionKey, now time.Time) *decision {
	d := c.decisions[key]
	if d == nil || d.over() {
		d = &decision{
			key: key, began: now, open: map[enforce.Key]struct{}{},
			users:   map[action.Verb]map[id.UserID]map[id.RoomID]struct{}{},
			removed: map[id.RoomID]int{},
			acls:    map[id.RoomID]struct{}{},
			denied:  map[string]struct{}{}, allowed: map[string]struct{}{},
			failed: map[string]map[id.RoomID]struct{}{},
		}
		c.decisions[key] = d
	}
	return d
}

// over reports whether a decision was told in full, so that what comes of its
// cause now is another story. What a protection still cleans up is the same one.
func (d *decision) over() bool {
	return d.message != "" && len(d.open) == 0 && !d.awaits && !d.saying && d.key.kind != action.ByProtection
}

// expect notes work that a decision is not complete without.
func (c *Community) expect(key enforce.Key, a action.Action, now time.Time) {
	d := c.decision(decisionOf(a), now)
	d.open[key] = struct{}{}
	d.cause = a.Cause
	if before := c.opened[key]; before != nil && before != d {
		c.closed(key, now) // somebody asked for something else there
	}
	c.opened[key] = d
}

// closed notes that nothing more comes of a key for now.
func (c *Community) closed(key enforce.Key, now time.Time) {
	d := c.opened[key]
	if d == nil {
		return
	}
	delete(c.opened, key)
	delete(d.open, key)
	if len(d.open) == 0 {
		c.digest.add(d, now)
	}
}

// did records what was done, or in a dry run would have been.
func (c *Community) did(key enforce.Key, a action.Action, dry bool) {
	d := c.opened[key]
	if d == nil {
		d = c.decision(decisionOf(a), time.Now())
		d.cause = a.Cause
	}
	d.dry = d.dry || dry
	switch a.Verb {
	case action.Redact:
		d.removed[a.Room]++
	case action.SetACL:
		d.acls[a.Room] = struct{}{}
		c.compareACL(d, a)
	default:
		byUser := d.users[a.Verb]
		if byUser == nil {
			byUser = map[id.UserID]map[id.RoomID]struct{}{}
			d.users[a.Verb] = byUser
		}
		if byUser[a.User] == nil {
			byUser[a.User] = map[id.RoomID]struct{}{}
		}
		byUser[a.User][a.Room] = struct{}{}
		d.undo(a)
	}
}

// undo takes out what an action reversed before it was told.
func (d *decision) undo(a action.Action) {
	reverse := map[action.Verb]action.Verb{action.Ban: action.Unban, action.Unban: action.Ban}[a.Verb]
	rooms := d.users[reverse][a.User]
	delete(rooms, a.Room)
	if len(rooms) == 0 {
		delete(d.users[reverse], a.User)
	}
	if len(d.users[reverse]) == 0 {
		delete(d.users, reverse)
	}
}

// compareACL records which servers an ACL newly denies, and which no longer. It
// must be called before the world takes in the ACL.
func (c *Community) compareACL(d *decision, a action.Action) {
	room := c.world.Room(a.Room)
	if room == nil {
		return
	}
	content, _, _ := room.ACL()
	before, after := map[string]bool{}, map[string]bool{}
	for _, s := range denied(content) {
		before[s] = true
	}
	for _, s := range denied(a.State.Content) {
		after[s] = true
		if !before[s] {
			d.denied[s] = struct{}{}
		}
	}
	for s := range before {
		if !after[s] {
			d.allowed[s] = struct{}{}
		}
	}
}

// failed records, and tells once, what did not work out for good.
func (c *Community) failed(key enforce.Key, a action.Action, why string) {
	d := c.opened[key]
	if d == nil {
		d = c.decision(decisionOf(a), time.Now())
		d.cause = a.Cause
		c.digest.add(d, time.Now())
	}
	if d.failed[why] == nil {
		d.failed[why] = map[id.RoomID]struct{}{}
	}
	d.failed[why][a.Room] = struct{}{}
}

// blocked is failed for what will be tried again, by itself or when the room
// changes.
func (c *Community) blocked(key enforce.Key, a action.Action, why string) {
	d := c.opened[key]
	text := c.blockedText(a, why)
	if d == nil || len(d.heads) == 0 {
		c.problem(blockedProblem(key), text)
		return
	}
	// A moderator who waits for an answer reads it there.
	c.problems[blockedProblem(key)] = text
	c.failed(key, a, why)
}

// attach makes a command's answer the head of what it led to. False means that
// it led to nothing that is under way.
func (c *Community) attach(key decisionKey, h head) bool {
	d := c.decisions[key]
	if d == nil {
		return false
	}
	d.awaits = false
	d.heads = append(d.heads, h)
	if len(d.open) == 0 {
		c.digest.add(d, time.Now())
	}
	return true
}

// forgetDecisions drops those of which nothing more will come.
func (c *Community) forgetDecisions(now time.Time) {
	for key, d := range c.decisions {
		if len(d.open) == 0 && !d.awaits && !d.saying && now.Sub(d.began) > keepDecisions {
			delete(c.decisions, key)
		}
	}
}

// empty reports whether there is nothing to say.
func (d *decision) empty() bool {
	return len(d.users) == 0 && len(d.removed) == 0 && len(d.acls) == 0 && len(d.failed) == 0 && len(d.heads) == 0
}
