package kit

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/learning"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/sanction/trust"
)

// Set runs protections over signals. All of a community's rooms share it, so that
// one protection sees a user in every room.
type Set struct {
	// Report, if not nil, is told of a protection that failed on a signal, or of Remembering. It
	// may be told so for every signal: whoever listens decides how often to pass it on.
	Report func(name string, err error)
	// Shadowed, if not nil, is told what a protection in shadow has found. Nobody else
	// is: it is no finding that anything may follow from.
	Shadowed func(f Finding, at time.Time)
	// After, if not nil, is told of each signal once all protections were asked about it.
	After func(in Signal, room View)

	// Braked, if not nil, is told of a protection that went to shadow by itself. It is off
	// there until it is set anew.
	Braked func(b Brake)

	Deeds

	// Case, if not nil, gives the number under which moderators know what was found in a room
	// together with the rest of what its author did then; 0 if it has none.
	Case func(of action.Cause, room id.RoomID) int64

	// Look, if not nil, is told of pictures that are to be looked at, while a signal is checked.
	Look func(Look)

	// Posture is how strict the protections are just now.
	Posture sanction.Posture
	// Scams are the hosts of the operator's list of those that cheat; nil if there is none.
	Scams *Domains
	// Registrations are the servers of which it is known who can make an account there; nil if
	// nobody asks.
	Registrations *Registrations
	// Team, if not nil, gives who moderates the community, by the names that they have among
	// themselves.
	Team func() []Namesake
	// Trust is what is known of members, whichever protections run.
	Trust *trust.Book
	// Samples is what is learned of messages that moderators marked, likewise; nil if nothing is.
	Samples *learning.Book

	sparing   sparing
	memory    *Memory
	shade     *Memory // of those in shadow, so that none of it takes space from the others
	order     []*running
	ticks     map[tick]time.Time
	offenders offenders
	brakes    *brakes
}

// running is a protection where it is on, or where it is in shadow: in one room it is in
// one mode. The two know nothing of each other. So what it saw in shadow is held against
// nobody when it is switched on.
type running struct {
	kind       Kind
	mode       Mode
	standing   Standing
	given      *Given
	protection Protection
	values     map[id.RoomID]Values // read so far; under "" what holds in general
}

// read gives the values that hold in a room.
func (r *running) read(room id.RoomID) Values {
	general, known := r.values[""]
	if !known {
		general, _ = r.kind.Read(r.standing, "")
		r.values[""] = general
	}
	if len(r.standing.Own(room)) == 0 {
		return general
	}
	values, _ := r.kind.read(r.standing, room, general)
	return values
}

// Remembering is the name under which it is told that what members say could not be remembered,
// for trust and for what rules ask: no protection is called so.
const Remembering = ""

// Panic is the error of a protection that panicked. Its text can hold what
// strangers wrote, and is for the log.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprint("panic: ", p.Value) }

// NewSet returns a set without protections.
func NewSet(self id.UserID, people People) *Set {
	s := &Set{Trust: trust.NewBook(), memory: NewMemory(), shade: &Memory{limit: maxShade}, ticks: map[tick]time.Time{}}
	s.sparing = sparing{self: self, people: people, by: newExemptions(trust.New), trust: s.Trust}
	own := &Given{memory: s.memory, ticks: s.ticks}
	s.offenders, s.brakes = newOffenders(own), newBrakes(own)
	s.acts = map[string][]Deed{}
	return s
}

// Use has a protection run as it stands, or run no more: then all that it has
// remembered is forgotten. What it has counted outlives a change of its settings, so
// that such a change gives nobody a fresh start.
func (s *Set) Use(kind Kind, standing Standing) {
	for _, mode := range []Mode{On, Shadow} {
		s.useIn(mode, kind, standing)
	}
}

func (s *Set) useIn(mode Mode, kind Kind, standing Standing) {
	i := slices.IndexFunc(s.order, func(r *running) bool { return r.kind.Name == kind.Name && r.mode == mode })
	switch runs := standing.Somewhere(mode); {
	case i >= 0 && runs:
		s.order[i].standing, s.order[i].values = standing, map[id.RoomID]Values{}
	case i >= 0:
		if mode == On {
			s.forgetDeeds(kind.Name)
		}
		s.order[i].given.release()
		s.order = slices.Delete(s.order, i, i+1)
	case runs:
		r := &running{kind: kind, mode: mode, standing: standing, values: map[id.RoomID]Values{}}
		r.given = &Given{memory: s.memory, ticks: s.ticks, look: func(l Look) {
			if s.Look != nil {
				s.Look(l)
			}
		}}
		if mode == Shadow {
			r.given.memory, r.given.shade = s.shade, true
		}
		r.protection = kind.New(r.given)
		s.order = append(s.order, r)
		slices.SortStableFunc(s.order, func(a, b *running) int { return strings.Compare(a.kind.Name, b.kind.Name) })
	}
}

// view is the room as one protection sees it at a time; false if it is in another mode
// there.
func (s *Set) view(r *running, room *rooms.Room, at time.Time) (View, bool) {
	values, known := r.values[room.ID()]
	if !known {
		if mode, _ := r.standing.In(room.ID()); mode == r.mode {
			values = r.read(room.ID())
		}
		r.values[room.ID()] = values
	}
	return View{
		room: room, values: values, trust: s.Trust, at: at, scams: s.Scams, samples: s.Samples, registrations: s.Registrations, team: s.Team,
		people: s.sparing.people, self: s.sparing.self, percent: s.Posture.Percent(),
	}, values != nil
}

// Check asks every protection that is on in the room about a signal. The room is to
// be as the signal left it, and no later.
//
// What we say, and what users do who are to be spared, no protection is asked about,
// and nothing that is found against such a user counts, so that none can forget to
// spare them. One that panics has no say on this signal; the others have.
func (s *Set) Check(in Signal, room *rooms.Room) []Finding {
	s.memory.Sweep(in.Arrived)
	s.shade.Sweep(in.Arrived)
	s.sparing.fresh()
	s.isolated(Remembering, func() { s.noticed(in, room) })
	if in.Sender == s.sparing.self {
		return nil
	}
	var found []Finding
	for _, r := range s.order {
		view, on := s.view(r, room, in.Arrived)
		if !on || s.spared(r, room, in.Sender, view) {
			continue
		}
		if offence, caught := s.offenders.caught(r.kind.Name, in); caught && r.mode == On {
			found = append(found, Finding{
				Protection: r.kind.Name, Room: in.Room, User: in.Sender, Offence: offence, Events: []id.EventID{in.Event.ID}, Of: in.of(),
				Reason: r.kind.Name, Trailing: true,
			})
			if in.What == Said {
				continue
			}
		}
		found = append(found, s.ask(r, in, room, view)...)
	}
	s.isolated(Remembering, func() { s.accept(in, room, found) })
	s.tellBrakes()
	if s.After != nil {
		s.isolated(Remembering, func() { s.After(in, View{room: room, trust: s.Trust, samples: s.Samples, at: in.Arrived}) })
	}
	return found
}

// noticed takes in what happened before anybody judges it.
func (s *Set) noticed(in Signal, room *rooms.Room) {
	s.removed(in)
	if in.CountsAsMessage() && in.Sender != s.sparing.self {
		s.brakes.saw(in, room, s.Trust.Level(in.Sender, in.Arrived))
	}
}

// Waits asks about somebody who knocks at a room, since before anybody could hear of it. Only
// protections are asked that are for that, and on: nothing else follows from it.
func (s *Set) Waits(in Signal, room *rooms.Room) (found []Finding) {
	for _, r := range s.order {
		if view, on := s.view(r, room, in.Arrived); on && r.kind.Waiting && r.mode == On && !s.spared(r, room, in.Sender, view) {
			found = append(found, s.ask(r, in, room, view)...)
		}
	}
	return found
}

// ask has one protection look at a signal, and gives what may follow from. What it finds
// in shadow is only told.
func (s *Set) ask(r *running, in Signal, room *rooms.Room, view View) (found []Finding) {
	s.isolated(r.kind.Name, func() { found = s.sound(r, in, room, r.protection.Check(in, view)) })
	if r.mode == On {
		return s.braked(r, found, in.Arrived)
	}
	for _, f := range found {
		s.shadow(f, in.Arrived)
	}
	return nil
}

func (s *Set) shadow(f Finding, at time.Time) {
	if s.Shadowed != nil {
		s.Shadowed(f, at)
	}
}

// sound is what may be followed up of what a protection found.
func (s *Set) sound(r *running, in Signal, room *rooms.Room, found []Finding) []Finding {
	for i := range found {
		if found[i].Room == "" {
			found[i].Room = room.ID()
		}
	}
	var sound []Finding
	for _, f := range s.spread(found) {
		var view View
		var on bool
		there := room
		if f.Room != room.ID() {
			there = s.sparing.people.Room(f.Room)
		}
		if there == nil || f.User == "" && !f.Alert {
			continue
		}
		spared := func(u id.UserID) bool { return s.spared(r, there, u, view) }
		if view, on = s.view(r, there, in.Arrived); !on {
			continue
		}
		if f.Alert {
			named := len(f.Users)
			if f.Users = slices.DeleteFunc(f.Users, spared); named > 0 && len(f.Users) == 0 {
				continue
			}
			f.User, f.Weight, f.Events = "", Note, nil
		} else if spared(f.User) {
			continue
		}
		f.Protection, f.Trailing, f.Of = r.kind.Name, false, in.of()
		if f.Reason == "" {
			f.Reason = r.kind.Name
		}
		sound = append(sound, f.followed(view.values))
	}
	return sound
}

// spared reports whether a user is left alone by a protection.
func (s *Set) spared(r *running, room *rooms.Room, u id.UserID, view View) bool {
	if r.kind.Tells {
		return u != "" && !s.sparing.hears(room, u, view.values, view.at)
	}
	return s.sparing.in(room, u, view.values, view.at)
}

// spread adds the other rooms of what counts in all of them.
func (s *Set) spread(found []Finding) []Finding {
	all := found
	for _, f := range found {
		if !f.Everywhere || f.User == "" {
			continue
		}
		for _, room := range s.sparing.people.PresentIn(f.User) {
			if !slices.ContainsFunc(all, func(o Finding) bool { return o.User == f.User && o.Room == room }) {
				f.Room, f.Events = room, nil
				all = append(all, f)
			}
		}
	}
	return all
}

// Due is when the next tick is; zero if nobody waits for one.
func (s *Set) Due() (due time.Time) {
	for _, at := range s.ticks {
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	return due
}

// Tick gives the ticks that are due. room finds a protected room, nil if it is none.
func (s *Set) Tick(now time.Time, room func(id.RoomID) *rooms.Room) (found []Finding) {
	s.sparing.fresh()
	var due []tick
	for t, at := range s.ticks {
		if !now.Before(at) {
			due = append(due, t)
		}
	}
	slices.SortFunc(due, func(a, b tick) int { return s.ticks[a].Compare(s.ticks[b]) })
	for _, t := range due {
		delete(s.ticks, t)
	}
	for _, t := range due {
		i := slices.IndexFunc(s.order, func(r *running) bool { return r.given == t.of })
		in := room(t.room)
		if i < 0 || in == nil {
			continue
		}
		r := s.order[i]
		if view, on := s.view(r, in, now); on {
			found = append(found, s.ask(r, Signal{What: Ticked, Room: t.room, Arrived: now}, in, view)...)
		}
	}
	s.tellBrakes()
	return found
}

// Follow takes in how the membership of a room has changed, whoever changed it and
// however we learned of it. Whose ban was lifted is pardoned by all protections, so
// that none goes on against an innocent user. It reports whether that is so.
func (s *Set) Follow(room id.RoomID, c rooms.Change) (pardoned bool) {
	p := Place{room, c.User}
	if c.Kind != rooms.Membership || c.After.Membership == event.MembershipBan ||
		c.Before.Membership != event.MembershipBan && !s.offenders.freed(p, c.After.Membership) {
		return false
	}
	s.pardon(p)
	return true
}

// Heard takes in that the levels of a room have changed. Who was muted and may speak again
// is pardoned like whose ban was lifted.
func (s *Set) Heard(room *rooms.Room) {
	speaks := func(u id.UserID) bool {
		m, _ := room.Member(u)
		_, may := room.Speaks(u)
		return may && m.Membership == event.MembershipJoin
	}
	for _, p := range s.offenders.heard(room.ID(), speaks) {
		s.pardon(p)
	}
}

func (s *Set) pardon(p Place) {
	s.offenders.bans.Drop(p)
	for _, r := range s.order {
		if pardoner, ok := r.protection.(Pardoner); ok {
			s.isolated(r.kind.Name, func() { pardoner.Pardon(p) })
		}
	}
}

// Behind gives what somebody in a room is being banned or muted for, or was lately.
func (s *Set) Behind(p Place, at time.Time) (Finding, bool) {
	all := s.offenders.bans.Find(p, at)
	if all == nil {
		return Finding{}, false
	}
	for _, o := range *all {
		if at.Before(o.until) {
			return o.finding, true
		}
	}
	return Finding{}, false
}

// Sought says that an action which followed from a finding is going to be tried.
func (s *Set) Sought(a action.Action, f Finding, at time.Time) { s.offenders.sought(a, f, at) }

// Ended tells how an action has ended that a protection is the cause of, in a room as
// it is now; nil if it is not protected any more. Only a ban that was made counts: one
// that was refused, dropped, or left undone by a dry run leaves nothing behind.
func (s *Set) Ended(e action.Ending, room *rooms.Room, at time.Time) {
	if e.Action.Cause.Kind != action.ByProtection {
		return
	}
	if e.Fate == action.Done {
		s.acted(e.Action, at)
	}
	s.outcome(e, room, at)
}

// Resumed takes up a ban that a protection had made in an earlier run, of which Remember takes up
// that it counts.
func (s *Set) Resumed(ban action.Action, at time.Time) {
	if ban.Cause.Kind == action.ByProtection {
		s.outcome(action.Ending{Action: ban, Fate: action.Done}, nil, at)
	}
}

func (s *Set) outcome(e action.Ending, room *rooms.Room, at time.Time) {
	banned := false
	if room != nil {
		m, _ := room.Member(e.Action.User)
		banned = m.Membership == event.MembershipBan
	}
	f := s.offenders.ended(e, banned, at)
	for _, r := range s.order {
		if hearer, ok := r.protection.(Hearer); ok && r.kind.Name == f.Protection && r.mode == On {
			s.isolated(r.kind.Name, func() { hearer.Outcome(f, e) })
		}
	}
}

// Forget drops what is waited for in a room that is not protected any more.
func (s *Set) Forget(room id.RoomID) {
	s.Trust.Forget(room)
	s.brakes.leave(room)
	maps.DeleteFunc(s.ticks, func(t tick, _ time.Time) bool { return t.room == room })
	for _, r := range s.order {
		delete(r.values, room)
	}
}

func (s *Set) isolated(name string, f func()) {
	defer func() {
		if r := recover(); r != nil && s.Report != nil {
			s.Report(name, &Panic{Value: r, Stack: debug.Stack()})
		}
	}()
	f()
}
