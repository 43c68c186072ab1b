package enforce

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/policy"
	"forseti/rooms"
)

// WeighFollowed computes what rules do that are followed: what would not be, without them.
func (c *Scales) WeighFollowed(rules ...policy.Rule) Effect {
	for _, r := range rules {
		c.book.hold(r, true)
	}
	defer func() {
		for _, r := range rules {
			c.book.hold(r, false)
		}
	}()
	return c.weigh(func(yield func(Held) bool) {
		for _, r := range rules {
			if !yield(Held{Slot: slotOf(r), New: r}) {
				return
			}
		}
	}, func(h *Held, after bool) { c.book.hold(h.New, !after) })
}

// settingsSweep is the look at everybody, to find out what other settings would do.
type settingsSweep struct {
	to      Settings
	users   []id.UserID
	rooms   []id.RoomID   // of which it is to be found out whether IP literals may enter
	shut    []*rooms.Room // which they may enter no longer
	found   *scale
	version int64 // of what was followed when it began
	began   int   // how often
}

// SweepSettings computes what other settings would do. It looks at so many users; if it is
// not done then, it goes on where it was when it is called again. If rules do not keep
// still, some users may be counted as they were a moment ago.
func (c *Scales) SweepSettings(to Settings, most int) (e Effect, done bool) {
	s := c.settingsSweep
	if s == nil || s.to != to || s.version != c.book.version && s.began < mostBeginnings {
		began := 1
		if s != nil && s.to == to {
			began += s.began
		}
		s = &settingsSweep{to: to, found: &scale{rooms: map[id.RoomID]int{}}, version: c.book.version, began: began}
		s.users = slices.AppendSeq(make([]id.UserID, 0, len(c.census.spots)), maps.Keys(c.census.spots))
		if to.IPLiterals != c.settings.IPLiterals && to.IPLiterals != acl.IPKeep {
			s.rooms = slices.Collect(maps.Keys(c.census.rooms))
		}
		c.settingsSweep = s
	}
	c.denials.changed()
	before := *c.settings
	for _, u := range takeLast(&s.users, most) {
		was := c.standing(u)
		*c.settings = to
		is := c.standing(u)
		*c.settings = before
		c.tally(s.found, u, was, is)
	}
	for some := most / ofAnACL; some >= 0 && len(s.users) == 0 && len(s.rooms) > 0; some-- {
		s.literals(c, s.rooms[0])
		s.rooms = s.rooms[1:]
	}
	if len(s.users)+len(s.rooms) > 0 {
		return Effect{}, false
	}
	s.shutOut(c)
	c.settingsSweep = nil
	return c.sum(s.found), true
}

// WeighSettings is SweepSettings for when nobody waits.
func (c *Scales) WeighSettings(to Settings) Effect {
	for {
		if e, done := c.SweepSettings(to, mostWeighed); done {
			return e
		}
	}
}

// ipLiterals stands for an entry of ACLs, which they cannot write as one.
const ipLiterals = "any IP address"

// ofAnACL is how many users are looked at in the time that it takes to read an ACL, which
// may be as large as an event.
const ofAnACL = 50

// literals notes whether a room's ACL would begin to let in servers that are named by
// an IP address, or to keep them out.
func (s *settingsSweep) literals(c *Scales, room id.RoomID) {
	r := c.census.rooms[room]
	if r == nil || r.Version() == "" {
		return
	}
	content, _, _ := r.ACL()
	switch allowed := acl.AllowsIPLiterals(content); {
	case s.to.IPLiterals == acl.IPAllow && !allowed:
		s.found.Allowed, s.found.Broad = []string{ipLiterals}, []string{ipLiterals} // who may come is not known
	case s.to.IPLiterals == acl.IPDeny && allowed && !c.spared.literal():
		s.shut = append(s.shut, r)
	}
}

// shutOut counts who would be shut out of rooms because of their server's name.
func (s *settingsSweep) shutOut(c *Scales) {
	if len(s.shut) == 0 {
		return
	}
	s.found.Denied = []string{ipLiterals}
	for server := range c.census.servers {
		if !acl.IsIPLiteral(server) || c.denials.shut(server) {
			continue
		}
		for u := range c.census.subjects.Affected(policy.Rule{Kind: policy.Server, Entity: server}) {
			in := slices.DeleteFunc(c.census.presentIn(u), func(room id.RoomID) bool {
				return !slices.ContainsFunc(s.shut, func(r *rooms.Room) bool { return r.ID() == room })
			})
			if len(in) == 0 || c.spared.has(u) {
				continue
			}
			s.found.Shut = append(s.found.Shut, u)
			s.found.hit(u, in)
			if len(s.found.Shut) > c.mostWeighed() {
				s.found.Bound = max(c.census.present, s.found.Bound)
				return
			}
		}
	}
}
