package kit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Deed is what a protection had done about one user at one time: what was removed, who was told,
// who was muted, in how many rooms however, is one. It is stored, so that a restart changes nothing.
type Deed struct {
	Protection string      `json:"protection"`
	User       id.UserID   `json:"user"`
	Case       int64       `json:"case,omitempty"`
	Offence    id.EventID  `json:"offence,omitempty"` // if it is of no case
	At         time.Time   `json:"at"`
	Silenced   []id.RoomID `json:"silenced,omitempty"` // where they were banned or muted for it
	Undone     bool        `json:"undone,omitempty"`

	name int // under which it is stored
}

// deedKey is what belongs together: a case, or an offence that is of none.
type deedKey struct {
	user    id.UserID
	number  int64
	offence id.EventID
}

func (d Deed) key() deedKey { return deedKey{d.User, d.Case, d.Offence} }

// deedOf is what an action belongs to that followed from what a protection found.
func (s *Set) deedOf(c action.Cause, p Place) deedKey {
	if s.Case != nil {
		if n := s.Case(c, p.Room); n != 0 {
			return deedKey{user: p.User, number: n}
		}
	}
	return deedKey{user: p.User, offence: c.Event}
}

// Deeds are what protections did of late, for the brake of what is undone.
type Deeds struct {
	// Keep, if not nil, is told of what is to be stored under a name of what a protection did; nil if
	// it is stored no more. Remember takes it up again.
	Keep func(name string, d *Deed)

	acts map[string][]Deed // by protection, the earliest first
	last int               // the highest number under which one is stored
}

// keep has a deed stored as it is now.
func (ds *Deeds) keep(d *Deed) {
	if ds.Keep != nil {
		ds.Keep(strconv.Itoa(d.name), d)
	}
}

// lose has a deed stored no more.
func (ds *Deeds) lose(d Deed) {
	if ds.Keep != nil {
		ds.Keep(strconv.Itoa(d.name), nil)
	}
}

// Remember takes up what protections had done in an earlier run, by its names. What is too old to
// count is stored no more.
func (ds *Deeds) Remember(stored map[string]Deed, now time.Time) {
	for name, d := range stored {
		n, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		d.name = n
		ds.last = max(ds.last, n)
		ds.acts[d.Protection] = append(ds.acts[d.Protection], d)
	}
	for protection, all := range ds.acts {
		slices.SortFunc(all, func(a, b Deed) int { return cmp.Compare(a.name, b.name) })
		ds.acts[protection] = ds.counting(all, now, latestHits)
	}
}

// counting are the deeds that count yet, that many at most. The others are stored no more.
func (ds *Deeds) counting(all []Deed, now time.Time, most int) []Deed {
	left := len(all)
	return slices.DeleteFunc(all, func(d Deed) bool {
		over := left > most || now.Sub(d.At) >= hitsCount
		if over {
			left--
			ds.lose(d)
		}
		return over
	})
}

// did notes what a protection had done.
func (ds *Deeds) did(protection string, of deedKey, now time.Time, silenced ...id.RoomID) {
	all := ds.acts[protection]
	i := slices.IndexFunc(all, func(d Deed) bool { return d.key() == of })
	changed := i < 0
	if changed {
		all = ds.counting(all, now, latestHits-1)
		ds.last++
		i, all = len(all), append(all, Deed{Protection: protection, User: of.user, Case: of.number, Offence: of.offence, At: now, name: ds.last})
	}
	for _, room := range silenced {
		if !slices.Contains(all[i].Silenced, room) {
			all[i].Silenced, changed = append(all[i].Silenced, room), true
		}
	}
	ds.acts[protection] = all
	if changed {
		ds.keep(&all[i])
	}
}

// forgetDeeds begins anew with what a protection did.
func (s *Set) forgetDeeds(protection string) {
	for _, d := range s.acts[protection] {
		s.lose(d)
	}
	delete(s.acts, protection)
	s.brakes.forget(protection)
}

// tookBack notes that a moderator undid what protections did, as far as it is meant. Those of which
// too much is undone go to shadow by it.
func (s *Set) tookBack(meant func(protection string, d Deed) bool, room id.RoomID, now time.Time) {
	var braked []string
	for protection, acts := range s.acts {
		mine, all, undone := false, 0, 0
		for i := range acts {
			if now.Sub(acts[i].At) >= hitsCount {
				continue
			}
			if !acts[i].Undone && meant(protection, acts[i]) {
				acts[i].Undone, mine = true, true
				s.keep(&acts[i])
			}
			all++
			if acts[i].Undone {
				undone++
			}
		}
		if !mine {
			continue
		}
		limit := s.mostUndone(protection, room)
		if limit == 0 || undone < fewestHit || undone*100 <= limit*all {
			continue
		}
		braked = append(braked, protection)
		s.brakes.pulled = append(s.brakes.pulled, Brake{protection, "", fmt.Sprintf("of the last %d times that it acted, %d were undone by hand", all, undone)})
	}
	for _, protection := range braked {
		s.forgetDeeds(protection)
		for _, r := range s.order {
			if r.kind.Name == protection && r.mode == On {
				r.standing, r.values = Standing{}, map[id.RoomID]Values{}
			}
		}
	}
	s.tellBrakes()
}

// mostUndone is how many percent of what a protection did may be undone; 0 for no bound.
func (s *Set) mostUndone(protection string, room id.RoomID) int {
	i := slices.IndexFunc(s.order, func(r *running) bool { return r.kind.Name == protection && r.mode == On })
	if i < 0 {
		return 0
	}
	values, _ := s.order[i].kind.Read(s.order[i].standing, room)
	return s.brakes.undone.of(values)
}

// acted notes for the brake what was done.
func (s *Set) acted(a action.Action, at time.Time) {
	row := a.Verb.Row()
	if !row.Step {
		return
	}
	of := s.deedOf(a.Cause, Place{a.Room, a.User})
	if row.Lane == action.LevelLane || row.Leads == event.MembershipBan {
		s.did(a.Cause.Protection, of, at, a.Room)
		return
	}
	s.did(a.Cause.Protection, of, at)
}

// Wave is under which name it is remembered that a wave was told, as what was done to a user is.
func Wave(of id.EventID) id.UserID { return id.UserID(of) }

// Waved notes that a protection tells of a wave.
func (s *Set) Waved(f Finding, at time.Time) {
	s.did(f.Protection, deedKey{user: Wave(f.Offence)}, at, f.Room)
}

// silencedIn means all for which somebody was silenced in a room.
func silencedIn(p Place) func(string, Deed) bool {
	return func(_ string, d Deed) bool { return d.User == p.User && slices.Contains(d.Silenced, p.Room) }
}

// Undone says that a moderator lifted what a user was silenced by in a room.
func (s *Set) Undone(p Place, now time.Time) { s.tookBack(silencedIn(p), p.Room, now) }

// Mistaken says that a moderator took for a mistake what a protection found in a room, whatever
// had followed from it.
func (s *Set) Mistaken(of action.Cause, p Place, now time.Time) {
	key := s.deedOf(of, p)
	s.tookBack(func(protection string, d Deed) bool { return protection == of.Protection && d.key() == key }, p.Room, now)
}
