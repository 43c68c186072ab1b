package enforce

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// Unfreed computes what the rules that are followed do to those who are present and whom
// these exemptions freed, which count no more, and gives the rules that do it.
func (c *Scales) Unfreed(exemptions []policy.Rule) (Effect, []policy.Rule) {
	c.denials.changed()
	s := &scale{rooms: map[id.RoomID]int{}}
	by := map[id.EventID]policy.Rule{}
	seen := map[id.UserID]bool{}
	for _, kind := range []policy.Kind{policy.Server, policy.User} { // the first frees from more
		for _, exemption := range exemptions {
			if exemption.Kind != kind {
				continue
			}
			for _, r := range c.spareables(exemption) {
				for u := range c.census.subjects.Affected(r) {
					if !seen[u] {
						seen[u] = true
						c.unfreed(s, u, kind, by)
					}
				}
			}
		}
	}
	rules := slices.SortedFunc(maps.Values(by), func(a, b policy.Rule) int {
		return slices.Compare([]string{string(a.List), a.Type, a.StateKey}, []string{string(b.List), b.Type, b.StateKey})
	})
	return c.sum(s), rules
}

// spareables are the rules that cover whom an exemption freed: itself, and the patterns
// of servers that it kept out of every ACL.
func (c *Scales) spareables(exemption policy.Rule) []policy.Rule {
	all := []policy.Rule{exemption}
	if exemption.Kind == policy.Server && exemption.Entity != "" {
		for r := range c.book.servers {
			if bans(r) && r.Matches(exemption.Entity) {
				all = append(all, r)
			}
		}
	}
	return all
}

// unfreed counts one user, and collects what bans them or shuts them out. An exemption of
// a user never opened an ACL to their server.
func (c *Scales) unfreed(s *scale, u id.UserID, kind policy.Kind, by map[id.EventID]policy.Rule) {
	now := c.standing(u)
	present := c.census.presentIn(u)
	banned := slices.DeleteFunc(slices.Clone(present), func(room id.RoomID) bool { return !now.in(c.census.rooms[room], u) })
	switch {
	case len(banned) > 0:
		s.Banned = append(s.Banned, u)
		s.hit(u, banned)
	case now.shut && kind == policy.Server && len(present) > 0:
		s.Shut = append(s.Shut, u)
		s.hit(u, present)
	default:
		return
	}
	var matching []policy.Rule
	if kind == policy.Server || c.settings.ServerMembers {
		matching = c.book.rules.Matching(policy.Server, policy.ServerOf(u))
	}
	if now.ban {
		matching = append(matching, c.book.rules.Matching(policy.User, string(u))...)
	}
	for _, r := range matching {
		if bans(r) && !c.book.rules.Held(r.Event) {
			by[r.Event] = r
		}
	}
}
