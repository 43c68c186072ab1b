package enforce

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// RemoveByBans says whether a ban asks homeservers to remove what its user wrote, where all of that
// is to go.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4293
type RemoveByBans uint8

const (
	// RemoveSingly removes each message by itself.
	RemoveSingly RemoveByBans = iota
	// RemoveBoth has the ban remove them, and in rooms with users of other homeservers each by itself as
	// well: theirs need not know what the ban asks.
	RemoveBoth
	// RemoveAtOnce has the ban remove them, and nothing else where our homeserver did it.
	RemoveAtOnce
)

// newcomer is up to when somebody is so new to a room that all that they wrote there is what they
// wrote lately: a ban has no way to ask for less.
const newcomer = 24 * time.Hour

// cleaning is the removals of what users wrote of which all is to go, as far as they wait: what
// bans of these users may do in their place.
type cleaning struct {
	all map[Key]*removal
	by  map[place]map[Key]*work
}

// removal is one of them: whose message goes, and how often it waited for a ban that may do it.
type removal struct {
	author id.UserID
	waited int
}

func newCleaning() *cleaning {
	return &cleaning{all: map[Key]*removal{}, by: map[place]map[Key]*work{}}
}

// wanted notes a removal that a ban may do.
func (c *cleaning) wanted(w *work, a action.Action) {
	if a.Verb.Row().Lane != action.MessageLane || a.By == "" || c.all[w.key] != nil {
		return
	}
	c.all[w.key] = &removal{author: a.By}
	at := place{a.Room, a.By}
	if c.by[at] == nil {
		c.by[at] = map[Key]*work{}
	}
	c.by[at][w.key] = w
}

// over forgets work that is done with.
func (c *cleaning) over(k Key) {
	is := c.all[k]
	if is == nil {
		return
	}
	delete(c.all, k)
	at := place{k.Room, is.author}
	if delete(c.by[at], k); len(c.by[at]) == 0 {
		delete(c.by, at)
	}
}

// of gives the removals that wait for a ban of a user, in the order in which they were asked for.
func (c *cleaning) of(room id.RoomID, u id.UserID) []*work {
	var all []*work
	for _, w := range c.by[place{room, u}] {
		if w.state != flying && slices.ContainsFunc(w.wishes, func(open *wish) bool { return !open.dry }) {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, inTurn)
	return all
}

// removes gives what a ban shows by whether it removed what its user wrote: the first and the last
// of that. None if the ban is not to remove anything.
func (r *Runner) removes(ban action.Action, now time.Time) []id.EventID {
	room := r.World.Room(ban.Room)
	if r.World.Settings.RemoveByBans == RemoveSingly || room == nil || !room.CanRedact(r.World.Self()).OK() {
		return nil
	}
	m, _ := room.Member(ban.User)
	waits := r.cleaning.of(ban.Room, ban.User)
	if m.Membership != event.MembershipJoin || now.Sub(m.Changed) > newcomer || len(waits) == 0 {
		return nil
	}
	shows := []id.EventID{id.EventID(waits[0].key.Subject)}
	if last := id.EventID(waits[len(waits)-1].key.Subject); last != shows[0] {
		shows = append(shows, last)
	}
	return shows
}

// patience is how often a removal waits a moment for a ban that may do it.
const patience = 10

// waits reports whether a removal waits for a ban that is about to be made, and may do it.
func (r *Runner) waits(k Key, now time.Time) bool {
	is := r.cleaning.all[k]
	if is == nil || r.World.Settings.RemoveByBans == RemoveSingly || is.waited >= patience {
		return false
	}
	key := memberKey(k.Room, is.author)
	ban := r.World.Plan(key, now)
	if ban.Action.Verb.Row().Leads != event.MembershipBan || !ban.Wanted() || r.World.Guard(ban.Action) != nil || len(r.removes(ban.Action, now)) == 0 {
		return false
	}
	if w := r.works.all[key]; w != nil && w.tried != nil {
		return false // it has failed before
	}
	is.waited++
	return true
}

// cleaned ends the removals that a ban has done.
func (r *Runner) cleaned(ban action.Action, of action.Result, now time.Time) {
	if !of.Removed || r.World.Settings.RemoveByBans == RemoveBoth && r.watched(ban.Room) {
		return
	}
	for _, w := range r.cleaning.of(ban.Room, ban.User) {
		r.sight.redacted.Add(id.EventID(w.key.Subject))
		result := action.Result{Event: of.Event, WithBan: true}
		outcome := action.Outcome{Done: true, Event: of.Event}
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool {
			if open.dry {
				return false
			}
			r.tell.close(w, open, action.Ending{Fate: action.Done, Result: result}, outcome, now)
			return true
		})
		if w.tried != nil {
			r.tries.leave(w, outcome)
			w.tried, w.doubt = nil, false
		}
		if len(w.wishes) > 0 {
			continue // only told, in its turn
		}
		r.queue.Remove(w.key)
		w.state = idle
		r.forget(w)
	}
}

// watched reports whether anybody of another homeserver is in a room who stays there.
func (r *Runner) watched(room id.RoomID) bool {
	in := r.World.Room(room)
	if in == nil {
		return true
	}
	return othersIn(in, policy.ServerOf(r.World.Self()), func(u id.UserID) bool {
		_, banned := r.World.Desired(u)
		return banned
	})
}

func othersIn(room *rooms.Room, own string, leaves func(id.UserID) bool) bool {
	for u, m := range room.Members() {
		if m.Membership == event.MembershipJoin && policy.ServerOf(u) != own && !leaves(u) {
			return true
		}
	}
	return false
}
