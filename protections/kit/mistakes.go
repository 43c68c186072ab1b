package kit

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// deed is what a protection had done about one user at one time: what was removed, who was told,
// who was muted, in how many rooms however, is one.
type deed struct {
	of       deedKey
	at       time.Time
	silenced []id.RoomID // where they were banned or muted for it
	undone   bool
}

// deedKey is what belongs together: a case, or an offence that is of none.
type deedKey struct {
	user    id.UserID
	number  int64
	offence id.EventID
}

// deedOf is what an action belongs to that followed from what a protection found.
func (s *Set) deedOf(c action.Cause, p Place) deedKey {
	if s.Case != nil {
		if n := s.Case(c, p.Room); n != 0 {
			return deedKey{user: p.User, number: n}
		}
	}
	return deedKey{user: p.User, offence: c.Event}
}

// did notes what a protection had done.
func (b *brakes) did(protection string, of deedKey, now time.Time, silenced ...id.RoomID) {
	all := b.acts[protection]
	i := slices.IndexFunc(all, func(d deed) bool { return d.of == of })
	if i < 0 {
		all = slices.DeleteFunc(all, func(d deed) bool { return now.Sub(d.at) >= hitsCount })
		if n := len(all) - latestHits + 1; n > 0 {
			all = slices.Delete(all, 0, n)
		}
		i, all = len(all), append(all, deed{of: of, at: now})
	}
	for _, room := range silenced {
		if !slices.Contains(all[i].silenced, room) {
			all[i].silenced = append(all[i].silenced, room)
		}
	}
	b.acts[protection] = all
}

// tookBack notes that a moderator undid what protections did, as far as it is meant, and gives those
// of which too much is undone.
func (b *brakes) tookBack(meant func(protection string, d deed) bool, now time.Time, most func(protection string) int) (braked []string) {
	for protection, acts := range b.acts {
		mine, all, undone := false, 0, 0
		for i := range acts {
			if now.Sub(acts[i].at) >= hitsCount {
				continue
			}
			if !acts[i].undone && meant(protection, acts[i]) {
				acts[i].undone, mine = true, true
			}
			all++
			if acts[i].undone {
				undone++
			}
		}
		limit := most(protection)
		if !mine || limit == 0 || undone < fewestHit || undone*100 <= limit*all {
			continue
		}
		braked = append(braked, protection)
		b.pulled = append(b.pulled, Brake{protection, "", fmt.Sprintf("of the last %d times that it acted, %d were undone by hand", all, undone)})
	}
	for _, protection := range braked {
		b.forget(protection)
	}
	return braked
}

// acted notes for the brake what was done.
func (s *Set) acted(a action.Action, at time.Time) {
	row := a.Verb.Row()
	if !row.Step {
		return
	}
	of := s.deedOf(a.Cause, Place{a.Room, a.User})
	if row.Lane == action.LevelLane || row.Leads == event.MembershipBan {
		s.brakes.did(a.Cause.Protection, of, at, a.Room)
		return
	}
	s.brakes.did(a.Cause.Protection, of, at)
}

// Wave is under which name it is remembered that a wave was told, as what was done to a user is.
func Wave(of id.EventID) id.UserID { return id.UserID(of) }

// Waved takes up that a protection told of a wave in an earlier run, and whether a moderator
// took that for a mistake.
func (s *Set) Waved(protection string, p Place, at time.Time, mistake bool) {
	s.brakes.did(protection, deedKey{user: p.User}, at, p.Room)
	if mistake {
		s.brakes.tookBack(silencedIn(p), at, func(string) int { return 0 })
	}
}

// silencedIn means all for which somebody was silenced in a room.
func silencedIn(p Place) func(string, deed) bool {
	return func(_ string, d deed) bool { return d.of.user == p.User && slices.Contains(d.silenced, p.Room) }
}

// Undone says that a moderator lifted what a user was silenced by in a room. It gives the
// protections that went to shadow by it.
func (s *Set) Undone(p Place, now time.Time) (braked []string) {
	return s.tookBack(silencedIn(p), p.Room, now)
}

// Mistaken says that a moderator took for a mistake what a protection found in a room, whatever
// had followed from it.
func (s *Set) Mistaken(of action.Cause, p Place, now time.Time) {
	key := s.deedOf(of, p)
	s.tookBack(func(protection string, d deed) bool { return protection == of.Protection && d.of == key }, p.Room, now)
}

func (s *Set) tookBack(meant func(string, deed) bool, room id.RoomID, now time.Time) (braked []string) {
	most := func(name string) int {
		i := slices.IndexFunc(s.order, func(r *running) bool { return r.kind.Name == name && r.mode == On })
		if i < 0 {
			return 0
		}
		values, _ := s.order[i].kind.Read(s.order[i].standing, room)
		return s.brakes.undone.of(values)
	}
	braked = s.brakes.tookBack(meant, now, most)
	for _, name := range braked {
		for _, r := range s.order {
			if r.kind.Name == name && r.mode == On {
				r.standing, r.values = Standing{}, map[id.RoomID]Values{}
			}
		}
	}
	s.tellBrakes()
	return braked
}
