package enforce

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// Covers gives the hits of a rule that is followed: who is present and whom it is
// about.
func (c *Scales) Covers(r policy.Rule) []Hit {
	var hits []Hit
	for u := range c.census.subjects.Affected(r) {
		if in := c.census.presentIn(u, ""); len(in) > 0 && !c.spared.has(u) {
			hits = append(hits, Hit{string(u), in})
		}
		if len(hits) > c.mostWeighed() {
			break
		}
	}
	return hits
}

// WeighSettings computes what other settings would do.
func (c *Scales) WeighSettings(to Settings, now time.Time) Effect {
	s := &scale{users: map[id.UserID]struct{}{}, rooms: map[id.RoomID]int{}}
	before := *c.settings
	for u := range c.census.spots {
		was := c.banned(u, now)
		*c.settings = to
		is := c.banned(u, now)
		*c.settings = before
		switch {
		case len(is) > len(was):
			s.Banned = append(s.Banned, u)
			s.hit(u, is)
		case len(is) < len(was):
			s.Freed = append(s.Freed, u)
		}
	}
	return c.sum(s)
}

// banned are the rooms in which a user is to be banned now.
func (c *Scales) banned(u id.UserID, now time.Time) (in []id.RoomID) {
	for _, r := range c.census.of(u) {
		if p := c.plan.planMember(r.ID(), u, now); p.Wanted() && p.Action.Verb == action.Ban {
			in = append(in, r.ID())
		}
	}
	return in
}
