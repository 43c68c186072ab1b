package enforce

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// sim is a bot and its homeserver in small: a world that hears of the truth late, a
// journal, jobs in flight, faults and crashes.
type sim struct {
	t       *rapid.T
	world   *World
	runner  *Runner
	now     time.Time
	truth   map[place]*event.Event // member events as the homeserver has them
	gone    map[id.EventID]int     // redactions that took effect
	echoes  []*event.Event         // not heard of yet, in order
	rules   map[string]*event.Event
	watched map[id.RoomID]bool
	flying  map[Key]Job
	entries map[string]*entry // the journal
	serial  int
	wrote   *event.Event // by the latest act
	early   map[Key]done // what requests did that are under way

	open   map[string]action.Action // who was told Opened and not Ended, in this life
	wishes map[string]*asked        // by journal entry
	order  []string
	kicked map[id.EventID]bool    // of which member event
	ahead  map[place]*event.Event // our writes that were taken in before their echo
	deeds  map[deed]int           // how often we did something …
	told   map[deed]int           // … and how often it was told of as what a rule did
}

// deed is what was done to whom.
type deed struct {
	verb action.Verb
	at   place
}

// done is what a request did.
type done struct {
	result  action.Result
	failure *action.Failure
	wrote   *event.Event
}

type entry struct {
	action action.Action
	open   bool
	begun  bool
	done   bool
	event  id.EventID
}

// asked is a wish as somebody remembers it who asked.
type asked struct {
	action action.Action
	dry    bool
	fate   action.Fate
	// since the room was given up it is nobody's
	dropped bool
}

func name(a action.Action) string {
	return fmt.Sprintf("%s %s %s %s %s%s", a.Verb, a.Room, a.User, a.Event, a.Cause.Event, a.Cause.Rule)
}

func (s *sim) Opened(a action.Action, _ time.Time) {
	if _, twice := s.open[name(a)]; twice {
		s.t.Fatalf("opened twice: %s", name(a))
	}
	s.open[name(a)] = a
}

func (s *sim) Ended(e action.Ending, _ time.Time) {
	if _, open := s.open[name(e.Action)]; !open {
		s.t.Fatalf("ended (%s) and not open: %s", e.Fate, name(e.Action))
	}
	delete(s.open, name(e.Action))
	if ruled(e.Action) && e.Fate == action.Done {
		what := deed{e.Action.Verb, place{e.Action.Room, e.Action.User}}
		if s.told[what]++; s.told[what] > s.deeds[what] {
			s.t.Fatalf("told of %d times by rules, and done %d times: %s", s.told[what], s.deeds[what], name(e.Action))
		}
	}
	for _, w := range s.wishes {
		if name(w.action) == name(e.Action) {
			w.fate = e.Fate
			if (e.Fate == action.Would) != w.dry {
				if e.Fate == action.Would || e.Fate == action.Done {
					s.t.Fatalf("dry %v, and told %s: %s", w.dry, e.Fate, name(e.Action))
				}
			}
		}
	}
}

func (s *sim) Hindered(h action.Hindrance, _ time.Time) {
	if _, open := s.open[name(h.Action)]; !open && h.Action.Cause.Kind != action.ByRule {
		s.t.Fatalf("hindered and not open: %s", name(h.Action))
	}
}

func (s *sim) Freed(action.Action, time.Time) {}

func (s *sim) Settle(id string, o action.Outcome) {
	if e := s.entries[id]; e != nil && e.open {
		e.open, e.done, e.event = !(o.Done || o.Dropped), o.Done && o.Failure == "", o.Event
		if e.done && !e.begun { // another did it: from now on the ban is this one's too
			e.begun = true
			s.order = append(slices.DeleteFunc(s.order, func(other string) bool { return other == id }), id)
		}
	}
}

var simRooms = []id.RoomID{"!a:x", "!b:x"}
var simUsers = []id.UserID{"@ann:other.example", "@spam:evil.example"}

func newSim(t *rapid.T) *sim {
	s := &sim{
		t: t, now: start, truth: map[place]*event.Event{}, gone: map[id.EventID]int{}, rules: map[string]*event.Event{},
		watched: map[id.RoomID]bool{}, entries: map[string]*entry{}, wishes: map[string]*asked{}, kicked: map[id.EventID]bool{},
		deeds: map[deed]int{}, told: map[deed]int{},
	}
	for _, room := range simRooms {
		s.watched[room] = true
		for _, u := range simUsers {
			s.truth[place{room, u}] = s.member(room, u, u, event.MembershipJoin)
		}
	}
	s.begin()
	return s
}

// acted reports whether a request that is under way has done what it does.
func (s *sim) acted(key Key) bool {
	_, did := s.early[key]
	return did
}

// begin starts the bot anew: from the truth, the rules and the journal.
func (s *sim) begin() {
	s.open, s.flying, s.echoes, s.ahead = map[string]action.Action{}, map[Key]Job{}, nil, map[place]*event.Event{}
	s.early = map[Key]done{}
	dry := s.runner != nil && s.runner.Dry()
	s.world = NewWorld(self, Settings{RemoveByBans: RemoveAtOnce})
	s.world.backlog.few = 1
	for _, room := range simRooms {
		if s.watched[room] {
			s.protect(room)
		}
	}
	for _, evt := range s.rules {
		_, slots, _ := s.world.ApplyRule(testList, evt)
		s.world.Follow(slots...)
	}
	s.runner = NewRunner(s.world, 3, s)
	s.runner.queue.jitter = func() float64 { return 0.5 }
	s.runner.SetDry(dry, s.now)
	for _, id := range slices.Clone(s.order) {
		e := s.entries[id]
		if a := e.action; a.Verb == action.Ban && (e.done || e.open && e.begun) {
			if m := s.truth[place{a.Room, a.User}]; m.Sender == self && membership(m) == event.MembershipBan {
				s.world.Bans.Set(a.Room, a.User, Ban{Event: m.ID, Cause: a.Cause})
			}
		}
	}
	for _, id := range slices.Clone(s.order) {
		if e := s.entries[id]; e.open {
			s.runner.Resume(e.action, e.begun, s.now)
		}
	}
	s.runner.Touch(s.world.Again(), Soon)
	s.settle()
}

// settle plans what was touched, a little at a time.
func (s *sim) settle() {
	for s.runner.Plan(3, s.now) || s.world.Behind() {
		s.runner.Touch(s.world.Backlog(1), Soon)
	}
}

func (s *sim) want(a action.Action) {
	s.serial++
	a.ID = fmt.Sprint("e", s.serial)
	a.Cause = action.Cause{Kind: action.ByModerator, Moderator: "@mod:own.example", Event: id.EventID(fmt.Sprint("$c", s.serial))}
	w := &asked{action: a, dry: s.runner.Dry()}
	s.wishes[a.ID] = w
	if !w.dry {
		s.entries[a.ID] = &entry{action: a, open: true}
		s.order = append(s.order, a.ID)
	}
	s.runner.Want(a, s.now)
}

// take lets a worker begin a job.
func (s *sim) take() bool {
	job, ok := s.runner.Next(s.now)
	if !ok {
		return false
	}
	if s.runner.Dry() && !job.Dry {
		s.t.Fatalf("in a dry run, and for real: %s", name(job.Action))
	}
	if _, twice := s.flying[job.Key]; twice {
		s.t.Fatalf("in flight twice: %s", job.Key)
	}
	if err := s.world.Guard(job.Action); err != nil {
		s.t.Fatalf("past the guards: %v", err)
	}
	if job.Action.ID == "" {
		s.serial++
		job.Action.ID = fmt.Sprint("r", s.serial)
	}
	if !job.Dry {
		e := s.entries[job.Action.ID]
		if e == nil {
			e = &entry{action: job.Action, open: true}
			s.entries[job.Action.ID] = e
			s.order = append(s.order, job.Action.ID)
		}
		if !e.open {
			s.t.Fatalf("tries what is settled: %s", name(job.Action))
		}
		e.begun = true
	}
	s.flying[job.Key] = job
	return true
}
