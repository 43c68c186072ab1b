package community

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
)

// expect notes who wants something of a key, so that they hear how it ends.
func (c *Community) expect(key enforce.Key, a action.Action, now time.Time) {
	if c.dry && c.dryDone[key] == a.Cause && c.wanted[key] == nil {
		return // told already
	}
	for _, before := range slices.Clone(c.opened[key]) {
		switch {
		case before.Verb == a.Verb && before.Cause == a.Cause:
			return
		case before.Verb != a.Verb:
			c.end(key, before, action.Ending{Action: before, Fate: action.Superseded}, now)
		}
	}
	c.opened[key] = append(c.opened[key], a)
	c.report.Opened(a, now)
}

// end tells one who wanted something how it ended.
func (c *Community) end(key enforce.Key, wanted action.Action, e action.Ending, now time.Time) {
	left := slices.DeleteFunc(c.opened[key], func(a action.Action) bool { return a.Verb == wanted.Verb && a.Cause == wanted.Cause })
	if len(left) == 0 {
		delete(c.opened, key)
	} else {
		c.opened[key] = left
	}
	e.Action.ID, e.Action.Cause = wanted.ID, wanted.Cause
	c.report.Ended(e, now)
}

// ended tells all who wanted an action how it ended. It must be called before the world takes in what was done.
func (c *Community) ended(key enforce.Key, e action.Ending, now time.Time) {
	if e.Fate == action.Done {
		c.log.Info().Str("verb", string(e.Action.Verb)).Stringer("room", e.Action.Room).Str("user", string(e.Action.User)).
			Str("event", string(e.Action.Event)).Str("cause", e.Action.Cause.String()).Msg("Done")
	}
	if room := c.world.Room(key.Room); room != nil && e.Action.Verb == action.SetACL {
		e.Before, _, _ = room.ACL()
	}
	told := false
	for _, wanted := range slices.Clone(c.opened[key]) {
		if wanted.Verb == e.Action.Verb {
			told = true
			c.end(key, wanted, e, now)
		}
	}
	if !told && (e.Fate == action.Done || e.Fate == action.Refused) {
		c.report.Ended(e, now)
	}
}

// closed ends what is left open of a key: nothing more comes of it for now.
func (c *Community) closed(key enforce.Key, f action.Fate, now time.Time) {
	for _, wanted := range slices.Clone(c.opened[key]) {
		c.end(key, wanted, action.Ending{Action: wanted, Fate: f}, now)
	}
}

// freed says that nothing is in the way of a key any more.
func (c *Community) freed(key enforce.Key) {
	a := action.Action{Verb: action.Ban, Room: key.Room, User: id.UserID(key.Subject)}
	switch key.Lane {
	case action.ACLLane:
		a = action.Action{Verb: action.SetACL, Room: key.Room}
	case action.MessageLane:
		a = action.Action{Verb: action.Redact, Room: key.Room, Event: id.EventID(key.Subject)}
	}
	c.report.Freed(a, time.Now())
}

// naming shows rooms and lists to moderators.
type naming struct{ c *Community }

var _ report.Names = naming{}

// Room is a link to a room.
func (n naming) Room(room id.RoomID) string { return n.c.roomLink(room) }

// List is a link to a list, by its shortcode if it has one.
func (n naming) List(room id.RoomID) string { return n.c.listLink(room) }

// Takedown tells whether a rule asks for more than a ban.
func (n naming) Takedown(rule id.EventID) bool {
	r, ok := n.c.world.Rules.Rule(rule)
	return ok && r.Recommendation == policy.Takedown
}

// Shut gives the protected rooms whose ACL keeps out an entity, and those whose does not. What a pattern stands for is
// tried by one name of which nobody thinks.
func (n naming) Shut(entity string) (in, out []id.RoomID) {
	server := sampleOf(entity)
	// Most rooms have the same ACL, which may hold thousands of entries.
	shuts := map[string]bool{}
	for room, r := range n.c.world.Rooms() {
		content, _, _ := r.ACL()
		shut, known := shuts[string(content)]
		if !known {
			shut = content != nil && !acl.Parse(content).Allows(server)
			shuts[string(content)] = shut
		}
		if shut {
			in = append(in, room)
		} else {
			out = append(out, room)
		}
	}
	return in, out
}

func sampleOf(entity string) string {
	var b []byte
	for i := range len(entity) {
		switch entity[i] {
		case '*':
			b = append(b, "x7q-sample"...)
		case '?':
			b = append(b, 'q')
		default:
			b = append(b, entity[i])
		}
	}
	return string(b)
}

// explain says why the homeserver did not do something, in words for moderators.
func explain(f *action.Failure) string {
	switch f.Kind {
	case action.RateLimited:
		return "the homeserver limits how fast I may act; it is done later"
	case action.Transient:
		return "the homeserver does not answer properly; I keep trying"
	case action.Forbidden:
		return "the homeserver refuses it (power level, membership, or a policy server)"
	case action.Gone:
		return "it is not there, or I am not in the room"
	case action.TooLarge:
		return "it would be too large for an event"
	case action.Unsupported:
		return "this homeserver cannot do it"
	default:
		return "the homeserver does not accept it"
	}
}
