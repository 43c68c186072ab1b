package community

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
)

// aclNamespace holds, per room, which deny entries are ours.
const aclNamespace = "acl"

const (
	firstQuiet = 150 * time.Millisecond // one server ban alone should land at once …
	laterQuiet = time.Second            // … and a burst should cost one update a room,
	longest    = 5 * time.Second        // without being put off for ever.
	// In a burst that does not end, as when a list is filled, the updates come ever
	// more rarely: each is as large as all that were before it. A moderator who waits
	// for one does not wait longer than for the first.
	longestOfAll = time.Minute
)

// debounce gathers rooms whose ACL should be looked at. Each room's update is a
// state event that every server in the room must store for ever.
type debounce struct {
	rooms map[id.RoomID]bool
	ready []releasedACL // whose burst is over, to be planned
	first time.Time     // when the present burst began
	last  time.Time     // when a server rule last changed in it
	quiet time.Duration
	rules bool // a server rule changed in it
	asked bool // a moderator waits for it
	// streak is how many updates in a row could not wait for the end of the burst.
	streak int
	before time.Time // when a server rule last changed in an earlier burst
}

// want adds a room.
func (d *debounce) want(room id.RoomID, now time.Time) {
	if len(d.rooms) == 0 {
		*d = debounce{rooms: map[id.RoomID]bool{}, first: now, last: now, quiet: firstQuiet, streak: d.streak, before: d.before, ready: d.ready}
		// What comes so soon after is the same burst, though it had an update already.
		if d.streak > 0 || now.Sub(d.before) < laterQuiet {
			d.quiet = laterQuiet
		}
	}
	d.rooms[room] = true
}

// changed notes that a server rule changed: a second one makes a burst.
func (d *debounce) changed(now time.Time) {
	if len(d.rooms) == 0 {
		return
	}
	if d.rules {
		d.quiet = laterQuiet
	}
	d.rules, d.last = true, now
}

// due is when the rooms should be looked at; zero if there are none.
func (d *debounce) due() time.Time {
	if len(d.rooms) == 0 {
		return time.Time{}
	}
	due := d.last.Add(d.quiet)
	if latest := d.latest(); due.After(latest) {
		return latest
	}
	return due
}

// latest is when the rooms are looked at, whatever goes on.
func (d *debounce) latest() time.Time {
	if d.asked {
		return d.first.Add(longest)
	}
	return d.first.Add(min(longest<<min(d.streak, 10), longestOfAll))
}

// over ends the burst, or this part of it.
func (d *debounce) over(now time.Time) {
	streak := 0
	if now.Before(d.last.Add(d.quiet)) {
		streak = d.streak + 1
	}
	before := d.before
	if d.rules {
		before = d.last
	}
	*d = debounce{streak: streak, before: before, ready: d.ready}
}

// aclsDue is when the gathered rooms should be looked at. A command under way may
// be about to add to the burst, and is waited for.
func (c *Community) aclsDue() time.Time {
	due := c.acls.due()
	if latest := c.acls.latest(); !due.IsZero() && c.acting() {
		return latest
	}
	return due
}

// releaseACLs queues the ACLs whose burst is over.
func (c *Community) releaseACLs(now time.Time) {
	defer c.planACLs(now)
	if due := c.aclsDue(); due.IsZero() || now.Before(due) {
		return
	}
	u := enforce.Soon
	if c.acls.asked {
		u = enforce.Now
	}
	for room := range c.acls.rooms {
		c.acls.ready = append(c.acls.ready, releasedACL{room, u})
	}
	c.acls.over(now)
	c.learn()
	c.tellLeftOut()
}

// releasedACL is a room whose ACL is to be planned.
type releasedACL struct {
	room    id.RoomID
	urgency enforce.Urgency
}

// aclStretch is how long ACLs are planned before the owner looks at its inbox again.
// One that is full takes several milliseconds.
const aclStretch = 5 * time.Millisecond

// planACLs plans the ACLs of rooms, a few at a time, so that the first leaves before
// the last is planned.
func (c *Community) planACLs(now time.Time) {
	for began := time.Now(); len(c.acls.ready) > 0 && time.Since(began) < aclStretch; {
		room, u := c.acls.ready[0].room, c.acls.ready[0].urgency
		c.acls.ready = c.acls.ready[1:]
		key := enforce.Key{Lane: action.ACLLane, Room: room}
		p := c.world.Plan(key, now)
		switch {
		case p.Problem != "":
			c.speaker.problem(report.Key{Kind: report.ACL, Room: room}, report.ProblemText(c.names.Room(room), p.Problem))
		default:
			c.speaker.report.Problems.Solved(report.Key{Kind: report.ACL, Room: room})
		}
		if p.Action.Verb == "" {
			c.rememberManaged(room, p)
			continue
		}
		c.runner.Touch([]enforce.Key{key}, u)
	}
	c.runner.Plan(stretch, now)
}

// tellLeftOut tells of server rules that are in no ACL. They may come from a list of
// somebody else. Those that match no server at all are for a look at the status only.
func (c *Community) tellLeftOut() {
	left := c.world.ACLs.LeftOut()
	for _, why := range []acl.Reason{acl.ShutsOut, acl.Contained, acl.Exempted, acl.HasPort, acl.NotServer} {
		key := report.Key{Kind: report.ShutOut, Subject: string(why)}
		switch words := enforce.LeftOutWords(why, left[why]); {
		case len(left[why]) == 0:
			c.speaker.report.Problems.Solved(key)
		case why == acl.HasPort || why == acl.NotServer:
			c.speaker.report.Problems.Note(key, words)
		default:
			c.speaker.problem(key, words)
		}
	}
}

// rememberManaged keeps which entries are ours where the ACL itself is right: a
// rule may have come to cover what was made by hand, or the reverse.
func (c *Community) rememberManaged(room id.RoomID, p enforce.Plan) {
	if p.Problem == "" && c.world.Room(room) != nil && p.Managed != nil && !slices.Equal(p.Managed, c.world.ACLs.Managed(room)) {
		c.world.ACLs.SetManaged(room, p.Managed)
		c.commits.Setting(aclNamespace, string(room), p.Managed)
	}
}
