package enforce

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// Scales weighs changes by what they would do.
type Scales struct {
	settings *Settings
	spared   *spared
	book     *Book
	census   *census
	bans     *Bans
	acls     *ACLs
	plan     *planner
	sweeps   map[id.RoomID]*sweep // that are under way
	denials  *denials

	settingsSweep *settingsSweep // that is under way
}

// mostWeighed is how many users a change may touch and be weighed to the end. What
// touches more waits for a yes, unless the limits are wider: the owner must not
// stand still while a crowd is counted.
const mostWeighed = 500

func (c *Scales) mostWeighed() int {
	return max(mostWeighed, min(c.settings.Limits.Members+1, 10*mostWeighed))
}

// Weigh computes what it would do to follow changes that wait, all together.
func (c *Scales) Weigh(slots ...Slot) Effect {
	return c.compare(func(yield func(Held) bool) {
		for _, s := range slots {
			if h := c.book.waiting[s]; h != nil && !yield(*h) {
				return
			}
		}
	}, c.book.flip)
}

// weigh weighs changes that do not wait, or not all of them.
func (c *Scales) weigh(changes iter.Seq[Held], flip func(h *Held, after bool), supposed ...id.RoomID) Effect {
	return c.compare(changes, flip, supposed...)
}

// compare compares the plans before and after changes, which flip makes and takes
// back. Only those whom the changes touch are looked at, and no more of them than
// can be counted at once. Of supposed lists exemptions count that are not followed yet.
func (c *Scales) compare(changes iter.Seq[Held], flip func(h *Held, after bool), supposed ...id.RoomID) Effect {
	c.denials.changed()
	s, looked := c.touched(changes, supposed)
	entries := c.entriesBefore(s, looked)
	before := make(map[id.UserID]standing, len(s.users))
	for u := range s.users {
		before[u] = c.standing(u)
	}
	for i := range looked {
		flip(&looked[i], true)
	}
	c.denials.changed()
	for u := range s.users {
		c.tally(s, u, before[u], c.standing(u))
	}
	c.entriesAfter(s, entries)
	for i := range looked {
		flip(&looked[i], false)
	}
	return c.sum(s)
}

// scale is an effect in the making.
type scale struct {
	Effect
	users map[id.UserID]struct{}
	rooms map[id.RoomID]int // present members who are hit
	more  bool              // there are more users than are looked at
	// supposed are lists whose exemptions count, though they are not followed yet.
	supposed []id.RoomID
}

// touched collects whom changes touch, and gives those of the changes that matter.
func (c *Scales) touched(changes iter.Seq[Held], supposed []id.RoomID) (*scale, []Held) {
	s := &scale{users: map[id.UserID]struct{}{}, rooms: map[id.RoomID]int{}, supposed: supposed}
	var looked []Held
	most := c.mostWeighed()
	for h := range changes {
		if h.same() {
			continue
		}
		c.flags(s, &h)
		matters := h.Kind == policy.Server || s.Always()
		for _, r := range []policy.Rule{h.Old, h.New} {
			if bans(r) || frees(r) {
				matters = c.touch(s, r, r == h.New) || matters
			}
		}
		if matters {
			looked = append(looked, h)
		}
		if s.more || len(looked) > most {
			s.Bound = max(c.census.present, len(c.bans.ours), len(looked))
			break
		}
	}
	return s, looked
}

// touch collects whom a rule covers, and reports whether there is anybody.
func (c *Scales) touch(s *scale, r policy.Rule, comes bool) (anybody bool) {
	most := c.mostWeighed()
	add := func(u id.UserID) bool {
		anybody = true
		if bans(r) && comes && c.spared.has(u) {
			s.Guarded = append(s.Guarded, u)
			return true
		}
		s.users[u] = struct{}{}
		s.more = len(s.users) > most
		return !s.more
	}
	switch {
	case s.Everyone && policy.Everyone(r) && bans(r) && comes:
		// All, of whom the census knows how many there are.
		return true
	case policy.Everyone(r) && bans(r) != comes:
		for u := range c.bans.byRules { // whom it frees
			if !add(u) {
				break
			}
		}
		return true
	}
	for u := range c.census.subjects.Affected(r) {
		if !add(u) {
			return true
		}
	}
	if r.Kind == policy.Server && !comes && c.mayFree(s, r) {
		// What it kept out of the ACLs comes in, and is about others than it is.
		for _, name := range c.exempted(r) {
			for u := range c.census.subjects.Affected(policy.Rule{Kind: policy.Server, Entity: name, Recommendation: policy.Ban}) {
				if s.more || !add(u) {
					return anybody
				}
			}
		}
	}
	return anybody
}

// flags notes what a change is by its words alone.
func (c *Scales) flags(s *scale, h *Held) {
	if r := h.New; bans(r) {
		members := r.Kind == policy.User || c.settings.ServerMembers
		s.Everyone = s.Everyone || members && policy.Everyone(r)
		if (members || !c.shutsOut(s, r)) && policy.Broad(r) {
			s.Broad = append(s.Broad, r.Entity)
		}
		for u := range c.spared.moderators { // who need not be in a protected room to be told
			if r.Kind == policy.User && r.Matches(string(u)) {
				s.Guarded = append(s.Guarded, u)
			}
		}
	}
	switch {
	case c.bites(h.Old) && policy.Everyone(h.Old) && !(bans(h.New) && policy.Everyone(h.New)),
		c.mayFree(s, h.New) && policy.Everyone(h.New):
		s.FreesEveryone = true
	case c.mayFree(s, h.New) && policy.Broad(h.New):
		s.Broad = append(s.Broad, h.New.Entity)
	}
}

// mayFree reports whether a rule is an exemption that counts: in somebody else's list
// it is shown, and frees nobody.
func (c *Scales) mayFree(s *scale, r policy.Rule) bool {
	return frees(r) && (c.book.exempts[r.List] || c.book.kept.Exempting(r.List) || slices.Contains(s.supposed, r.List))
}

// bites reports whether a rule that bans does so to anybody: what would shut us out is
// followed by no ACL, and a server rule need not be about members.
func (c *Scales) bites(r policy.Rule) bool {
	return bans(r) && (r.Kind != policy.Server || c.settings.ServerMembers || c.ownServer(r) == "")
}

// shutsOut reports whether a server rule matches a server that is never shut out, and
// notes which.
func (c *Scales) shutsOut(s *scale, r policy.Rule) bool {
	if server := c.ownServer(r); server != "" {
		s.OwnServer = server
		return true
	}
	return false
}

// ownServer gives a server that is never shut out and that a server rule matches, so
// that no ACL follows it; "" if there is none.
func (c *Scales) ownServer(r policy.Rule) string {
	if r.Kind == policy.Server {
		for server := range c.spared.servers {
			if r.Matches(server) {
				return server
			}
		}
	}
	return ""
}

// sum makes numbers of what was found.
func (c *Scales) sum(s *scale) Effect {
	e := &s.Effect
	e.Hit = len(e.Banned) + len(e.Shut)
	e.Rooms = len(s.rooms)
	for room, hit := range s.rooms {
		if all := c.census.rooms[room].Size(); all >= SmallRoom {
			e.Percent = max(e.Percent, (100*hit+all-1)/all)
		}
	}
	if e.Everyone {
		c.everyone(e)
	}
	for _, users := range []*[]id.UserID{&e.Banned, &e.Shut, &e.Later, &e.Left, &e.Parts, &e.Freed, &e.Guarded} {
		slices.Sort(*users)
		*users = slices.Compact(*users)
	}
	for _, names := range []*[]string{&e.Denied, &e.Allowed, &e.Broad} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	slices.SortFunc(e.Hits, func(a, b Hit) int { return cmp.Compare(a.Who, b.Who) })
	return *e
}

// everyone fills in the effect of a rule for everybody: all are hit, some are named.
func (c *Scales) everyone(e *Effect) {
	const named = 20
	e.Hit, e.Rooms = c.census.present, len(c.census.rooms)
	e.Guarded = append(slices.Collect(maps.Keys(c.spared.moderators)), c.spared.self)
	for u := range c.spared.moderators {
		if c.census.isPresent(u) {
			e.Hit--
		}
	}
	if c.census.isPresent(c.spared.self) && !c.spared.moderators[c.spared.self] {
		e.Hit--
	}
	for u := range c.census.some() {
		if len(e.Banned) >= named || len(e.Banned) >= e.Hit {
			break
		}
		if !c.spared.has(u) && !slices.Contains(e.Banned, u) {
			e.Banned = append(e.Banned, u)
		}
	}
	if e.Hit > 0 {
		e.Percent = 100
	}
}
