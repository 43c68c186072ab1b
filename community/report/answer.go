package report

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/glob"
)

// answer is a command from its first effect until its reply is complete.
type answer struct {
	account
	command  id.EventID
	text     string
	claim    claim
	answered bool
	going    bool // what is said of it is not its answer yet
	turn     uint64
	at       time.Time
	resumed  bool // it goes on from before a restart
	again    bool // it may have been answered before that
	message  posting
	before   map[deed]struct{} // what it has done, to whom, also before a restart
}

// deed is something that can be done once.
type deed struct {
	verb action.Verb
	room id.RoomID
	user id.UserID
}

// did notes that something was done to somebody.
func (a *answer) did(what action.Action) {
	if what.Verb.Row().Words.Of != action.ToUser {
		return // of one user there may be many
	}
	if a.before == nil {
		a.before = map[deed]struct{}{}
	}
	a.before[deed{what.Verb, what.Room, what.User}] = struct{}{}
}

// had reports whether something has nothing left to do because the command did it before, in another way or before a
// restart.
func (a *answer) had(e action.Ending) bool {
	_, did := a.before[deed{e.Action.Verb, e.Action.Room, e.Action.User}]
	return did && e.Fate == action.Dropped
}

func newAnswer(command id.EventID, now time.Time) *answer {
	a := &answer{command: command, at: now}
	a.account = newAccount()
	a.of = a
	return a
}

// complete reports whether all is known that the reply has to say.
func (a *answer) complete() bool { return !a.going && !a.claim.unsettled() && a.idle() }

func (a *answer) newer(than *answer) bool {
	if a.answered != than.answered {
		return than.answered
	}
	return a.turn > than.turn || a.turn == than.turn && a.at.After(than.at)
}

// claim is what a command named, so that what happens to it is its effect.
type claim struct {
	rules   map[id.EventID]struct{} // that it wrote
	writing map[Entry]struct{}      // that it writes: their events may be known from elsewhere first
	lifts   map[id.EventID]struct{} // that it took away
	frees   map[string]glob.Pattern // whom it frees from rules, which may have come to hold a ban after the one that made it
	hits    map[string]glob.Pattern // whom rules hit that it did not write, since it ended what freed them
	places  places                  // lists and rooms that it took up
	servers map[string]bool         // true if it is to be let in
	settled bool                    // no ACL waits since its servers are known
}

func (c *claim) rule(rule id.EventID) {
	if c.rules == nil {
		c.rules = map[id.EventID]struct{}{}
	}
	c.rules[rule] = struct{}{}
}

func (c *claim) write(rule Entry) {
	if c.writing == nil {
		c.writing = map[Entry]struct{}{}
	}
	c.writing[rule] = struct{}{}
}

func (c *claim) lift(rule id.EventID) {
	if c.lifts == nil {
		c.lifts = map[id.EventID]struct{}{}
	}
	c.lifts[rule] = struct{}{}
}

func (c *claim) free(whom string) {
	if c.frees == nil {
		c.frees = map[string]glob.Pattern{}
	}
	c.frees[whom] = glob.New(glob.Fold(whom))
}

func (c *claim) hit(whom string) {
	if c.hits == nil {
		c.hits = map[string]glob.Pattern{}
	}
	c.hits[whom] = glob.New(glob.Fold(whom))
}

// about tells whether somebody is among those whom patterns are about.
func about(all map[string]glob.Pattern, u id.UserID) bool {
	for _, p := range all {
		if u != "" && p.Match(glob.Fold(string(u))) {
			return true
		}
	}
	return false
}

func (c *claim) place(room id.RoomID) {
	if c.places == nil {
		c.places = places{}
	}
	c.places[room] = struct{}{}
}

func (c *claim) server(server string, lets bool) {
	if c.servers == nil {
		c.servers = map[string]bool{}
	}
	c.servers[server], c.settled = lets, false
}

// holds tells whether an action is an effect of the command.
func (c *claim) holds(a action.Action) bool {
	if a.Cause.Kind != action.ByRule {
		return false
	}
	_, list := c.places[a.Cause.List]
	_, room := c.places[a.Room]
	_, rule := c.rules[a.Cause.Rule]
	_, writing := c.writing[Entry{a.Cause.List, a.Cause.Entity}]
	whom := c.hits
	if a.Verb.Row().Direction == action.Loosens {
		_, rule = c.lifts[a.Cause.Rule]
		whom, writing = c.frees, false
	}
	return list || room || rule || writing || about(whom, a.User)
}

// wants tells whether the command means an ACL entry to come, or to go.
func (c *claim) wants(server string, lets bool) bool {
	in, named := c.servers[server]
	return named && in == lets
}

// unsettled reports whether ACLs have yet to be looked at for the command.
func (c *claim) unsettled() bool { return len(c.servers) > 0 && !c.settled }
