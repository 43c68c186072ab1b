package enforce

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

// reach is where a change would have one user banned who was not to be banned there.
type reach struct {
	now   []id.RoomID // where they are present, and can be banned
	later []id.RoomID // where only the power to ban them is lacking, or they moderate for now
	left  []id.RoomID // which they left lately
}

func (r reach) any() bool { return len(r.now)+len(r.later)+len(r.left) > 0 }

// reaches compares what two plans would do to a user in some rooms. It goes by whom
// rules mean: power comes and goes without anybody being asked about it.
func (c *Scales) reaches(u id.UserID, in []*rooms.Room, before, after standing) (to reach) {
	if !after.ban {
		return to
	}
	for _, r := range in {
		m, _ := r.Member(u)
		meant, means := before.means(m, c.census.latest), after.means(m, c.census.latest)
		refusal := r.CanBan(c.spared.self, u)
		switch {
		case !means:
		case !m.Present() && !meant:
			to.left = append(to.left, r.ID())
		case !m.Present():
		case refusal.OK() && after.in(r, u):
			if !meant || !before.in(r, u) {
				to.now = append(to.now, r.ID())
			}
		case refusal.Reason != rooms.TargetCreator && (!meant || before.mild && !after.mild):
			to.later = append(to.later, r.ID())
		}
	}
	return to
}

// means reports whether a user is to be banned who is a member so: who is present, and
// if that is set also who left lately.
func (s standing) means(m rooms.Member, now time.Time) bool {
	return s.ban && (m.Present() || m.Membership == event.MembershipLeave && now.Sub(m.Changed) < s.leavers)
}

// tally counts what becomes of one user.
func (c *Scales) tally(s *scale, u id.UserID, before, after standing) {
	in := c.census.followedIn(u)
	var shut []id.RoomID
	if after.shut && !before.shut {
		shut = c.census.presentIn(u)
	}
	if s.against(u, c.reaches(u, in, before, after), shut) {
		return
	}
	if before.held && !after.firm && c.bans.hold(u, c.census.of(u)) || c.lets(u, in, before, after) {
		s.Freed = append(s.Freed, u)
		s.Hits = append(s.Hits, Hit{Who: string(u)})
	}
}

// against notes what hits a user, once and by the worst of it; false if nothing does.
func (s *scale) against(u id.UserID, to reach, shut []id.RoomID) bool {
	switch {
	case len(to.now) > 0:
		s.Banned = append(s.Banned, u)
		s.hit(u, append(to.now, to.later...))
	case len(shut) > 0:
		s.Shut = append(s.Shut, u)
		s.hit(u, shut)
	case len(to.later) > 0:
		s.Later = append(s.Later, u)
		s.hit(u, to.later)
	case len(to.left) > 0:
		s.Left = append(s.Left, u)
		s.hit(u, nil)
	default:
		return false
	}
	return true
}

// lets reports whether a user, who is present, is not to be banned any more in a room.
func (c *Scales) lets(u id.UserID, in []*rooms.Room, before, after standing) bool {
	return before.ban && slices.ContainsFunc(in, func(r *rooms.Room) bool {
		return r.Present(u) && before.in(r, u) && !after.in(r, u) && r.CanBan(c.spared.self, u).OK()
	})
}

func (s *scale) hit(u id.UserID, in []id.RoomID) {
	s.Hits = append(s.Hits, Hit{string(u), in})
	for _, room := range in {
		s.rooms[room]++
	}
}
