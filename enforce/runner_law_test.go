package enforce

import (
	"fmt"
	"maps"
	"slices"
	"testing"
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

func (s *sim) member(room id.RoomID, u, sender id.UserID, m event.Membership) *event.Event {
	evt := memberEvent(u, sender, m)
	evt.RoomID = room
	return evt
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
	s.world = NewWorld(self, Settings{})
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
	s.runner.Touch(s.world.Keys(), Soon)
	s.settle()
}

func membership(evt *event.Event) event.Membership {
	m, _ := evt.Content.Raw["membership"].(string)
	return event.Membership(m)
}

func (s *sim) protect(room id.RoomID) {
	state := newRoom(s.world, room)
	for at, evt := range s.truth {
		if at.room == room {
			state = append(state, evt)
		}
	}
	s.world.Look(room, state, s.now)
}

// change is something that happens on the homeserver, and is heard of later.
func (s *sim) change(evt *event.Event) {
	s.truth[place{evt.RoomID, id.UserID(*evt.StateKey)}] = evt
	s.echoes = append(s.echoes, evt)
}

// settle plans what was touched, a little at a time.
func (s *sim) settle() {
	for s.runner.Plan(3, s.now) {
	}
}

// hear delivers the oldest echo.
func (s *sim) hear() {
	if len(s.echoes) == 0 {
		return
	}
	evt := s.echoes[0]
	s.echoes = s.echoes[1:]
	u := id.UserID(*evt.StateKey)
	at := place{evt.RoomID, u}
	if s.world.Room(evt.RoomID) == nil {
		delete(s.ahead, at)
		return
	}
	if ours := s.ahead[at]; ours != nil && ours != evt {
		return // older than what we wrote over it
	}
	delete(s.ahead, at)
	_, keys := s.world.Apply(evt.RoomID, evt, s.now)
	if entry, e, ok := s.runner.Claim(evt.RoomID, u, s.now); ok {
		s.entries[entry].open, s.entries[entry].done, s.entries[entry].event = false, true, e
	}
	s.runner.Touch(keys, Soon)
	s.settle()
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

// act does to the homeserver what a request would, and answers as it would.
func (s *sim) act(job Job) (action.Result, *action.Failure) {
	a := job.Action
	at := place{a.Room, a.User}
	gone := &action.Failure{Kind: action.Gone, Err: fmt.Errorf("nothing to do")}
	set := func(m event.Membership) (action.Result, *action.Failure) {
		evt := s.member(a.Room, a.User, self, m)
		s.change(evt)
		s.wrote = evt
		return action.Result{}, nil
	}
	switch a.Verb {
	case action.Ban:
		if job.Doubt && membership(s.truth[at]) == event.MembershipBan && s.truth[at].Sender == self {
			s.wrote = s.truth[at] // found by looking: then it is known which event it is
			return action.Result{Event: s.truth[at].ID}, nil
		}
		return set(event.MembershipBan)
	case action.Unban:
		if membership(s.truth[at]) != event.MembershipBan {
			return action.Result{}, gone
		}
		return set(event.MembershipLeave)
	case action.Kick:
		if m := membership(s.truth[at]); m != event.MembershipJoin && m != event.MembershipInvite {
			return action.Result{}, gone
		}
		if job.Doubt && job.Seen != "" && s.truth[at].ID != job.Seen {
			return action.Result{}, nil // it was removed, and came back
		}
		s.kicked[s.truth[at].ID] = true
		return set(event.MembershipLeave)
	case action.Redact:
		s.gone[a.Event]++
		return action.Result{Event: "$r"}, nil
	default:
		s.t.Fatalf("unexpected %s", a.Verb)
		return action.Result{}, nil
	}
}

// land ends a job in one of the ways that requests end.
func (s *sim) land(job Job, how string) {
	delete(s.flying, job.Key)
	t := Attempt{Action: job.Action}
	if job.Dry {
		t.Result.Dry = true
		s.runner.Landed(job, t, s.now)
		s.settle()
		return
	}
	early, happened := s.early[job.Key]
	delete(s.early, job.Key)
	if happened && how != "done" {
		how = "lost early"
	}
	fail := func(kind action.FailureKind) { t.Failure = &action.Failure{Kind: kind, Err: fmt.Errorf("%s", how)} }
	switch how {
	case "done":
		s.wrote = nil
		if happened {
			t.Result, t.Failure, s.wrote = early.result, early.failure, early.wrote
		} else {
			t.Result, t.Failure = s.act(job)
		}
	case "lost after":
		s.act(job)
		fail(action.Transient)
	case "lost before", "lost early":
		fail(action.Transient)
	case "limited":
		fail(action.RateLimited)
	case "forbidden":
		fail(action.Forbidden)
	case "unwritten":
		fail(action.Unwritten)
	}
	if t.Failure == nil {
		s.Settle(job.Action.ID, action.Outcome{Done: true, Event: t.Result.Event})
	} else if t.Failure.Final() {
		s.Settle(job.Action.ID, action.Outcome{Done: true, Failure: "x"})
	}
	if owner, happened := s.runner.Landed(job, t, s.now); happened {
		a := job.Action
		a.Cause = owner
		s.believe(a)
	}
	s.settle()
}

// believe takes in what we did before its echo, as the community does.
func (s *sim) believe(a action.Action) {
	room := s.world.Room(a.Room)
	if room == nil {
		return
	}
	m, _ := room.Member(a.User)
	var keys []Key
	at := place{a.Room, a.User}
	faster := false // the echo was
	if a.Verb != action.Redact {
		i := slices.IndexFunc(s.echoes, func(evt *event.Event) bool { return evt == s.wrote })
		if faster = i < 0; !faster {
			s.ahead[at] = s.wrote
		}
	}
	if faster && a.Verb != action.Ban {
		return
	}
	switch a.Verb {
	case action.Ban:
		if m.Membership == event.MembershipBan && m.Sender == self && m.Event != "" {
			s.world.Bans.Set(a.Room, a.User, Ban{Event: m.Event, Cause: a.Cause})
			return
		}
		s.world.Bans.Set(a.Room, a.User, Ban{Cause: a.Cause})
		if faster {
			return // and whatever followed it is known
		}
		evt := s.member(a.Room, a.User, self, event.MembershipBan)
		evt.ID = ""
		_, keys = s.world.Apply(a.Room, evt, s.now)
	case action.Unban, action.Kick:
		evt := s.member(a.Room, a.User, self, event.MembershipLeave)
		evt.ID = ""
		_, keys = s.world.Apply(a.Room, evt, s.now)
	}
	s.runner.Touch(keys, Soon)
}

func (s *sim) calm() {
	s.runner.SetDry(false, s.now)
	s.settle()
	for range 200 {
		for len(s.echoes) > 0 {
			s.hear()
		}
		for s.take() {
		}
		if len(s.flying) == 0 && s.runner.Idle() {
			break
		}
		for _, key := range slices.SortedFunc(maps.Keys(s.flying), func(a, b Key) int { return compareText(a.String(), b.String()) }) {
			s.land(s.flying[key], "done")
		}
		s.now = s.now.Add(11 * time.Minute)
	}
	s.now = s.now.Add(2 * lingering) // nothing more of what had no answer
	s.take()
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// The third and the fourth law, with crashes, dry runs, removals and supersessions at
// every step: whoever asked hears exactly once; what was wanted and can be done is
// done, and not against a later wish.
func TestRunnerLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSim(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			s.step()
		}
		s.calm()
		s.judge()
	})
}

func (s *sim) step() {
	t := s.t
	room := rapid.SampledFrom(simRooms).Draw(t, "room")
	user := rapid.SampledFrom(simUsers).Draw(t, "user")
	switch what := rapid.SampledFrom([]string{
		"want", "want", "want", "rule", "come", "take", "take", "take", "land", "land", "land", "happen", "hear", "hear", "hear", "dry", "drop", "protect", "crash", "wait",
	}).Draw(t, "step"); what {
	case "want":
		if s.world.Room(room) == nil {
			return
		}
		verb := rapid.SampledFrom([]action.Verb{action.Ban, action.Ban, action.Unban, action.Kick, action.Redact}).Draw(t, "verb")
		a := action.Action{Verb: verb, Room: room, User: user}
		if verb == action.Redact {
			a.Event = id.EventID(fmt.Sprint("$m", rapid.IntRange(0, 2).Draw(t, "message"), room))
		}
		s.want(a)
	case "rule":
		key := rapid.SampledFrom([]string{"1", "2"}).Draw(t, "key")
		entity := rapid.SampledFrom([]string{"", "@spam*", string(simUsers[0])}).Draw(t, "entity")
		s.rules[key] = ruleEvent("user", key, entity, "m.ban")
		_, slots, keys := s.world.ApplyRule(testList, s.rules[key])
		s.runner.Touch(append(keys, s.world.Follow(slots...)...), Soon)
		s.settle()
	case "come":
		if m := membership(s.truth[place{room, user}]); m == event.MembershipLeave || m == event.MembershipJoin {
			s.change(s.member(room, user, user, rapid.SampledFrom([]event.Membership{"join", "leave"}).Draw(t, "membership")))
		}
	case "take":
		s.take()
	case "land":
		keys := slices.SortedFunc(maps.Keys(s.flying), func(a, b Key) int { return compareText(a.String(), b.String()) })
		if len(keys) == 0 {
			return
		}
		how := rapid.SampledFrom([]string{"done", "done", "lost after", "lost before", "limited", "forbidden", "unwritten"}).Draw(t, "how")
		s.land(s.flying[rapid.SampledFrom(keys).Draw(t, "key")], how)
	case "happen": // and its answer is slower than its echo may be
		keys := slices.SortedFunc(maps.Keys(s.flying), func(a, b Key) int { return compareText(a.String(), b.String()) })
		keys = slices.DeleteFunc(keys, func(k Key) bool { return s.acted(k) || s.flying[k].Dry })
		if len(keys) > 0 {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			s.wrote = nil
			result, failure := s.act(s.flying[key])
			s.early[key] = done{result, failure, s.wrote}
		}
	case "hear":
		s.hear()
	case "dry":
		s.runner.SetDry(!s.runner.Dry(), s.now)
		s.settle()
	case "drop":
		if s.watched[room] {
			s.watched[room] = false
			s.world.Unprotect(room)
			s.runner.Drop(room, s.now)
			for _, w := range s.wishes {
				w.dropped = w.dropped || w.action.Room == room
			}
			s.settle()
		}
	case "protect":
		if !s.watched[room] {
			s.watched[room] = true
			s.protect(room)
			s.runner.Touch(s.world.RoomKeys(room), Soon)
			s.settle()
		}
	case "crash":
		// What a worker was about has happened, or not.
		for _, key := range slices.SortedFunc(maps.Keys(s.flying), func(a, b Key) int { return compareText(a.String(), b.String()) }) {
			if job := s.flying[key]; !job.Dry && !s.acted(key) && rapid.Bool().Draw(t, "happened") {
				s.act(job)
			}
		}
		for _, w := range s.wishes {
			if w.dry && w.fate == "" {
				w.fate = action.Would // a dry run's answer is lost with its process, and nothing else
			}
			if e := s.entries[w.action.ID]; e != nil && !e.open && e.done && w.fate == "" {
				w.fate = action.Done // the journal tells
			}
		}
		s.begin()
	case "wait":
		s.now = s.now.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second)
	}
}

// judge compares the end with what was asked for.
func (s *sim) judge() {
	if len(s.open) > 0 {
		for _, w := range s.runner.works.all {
			s.t.Logf("left: %s state %d, %d wishes, open %v, queued %v", w.key, w.state, len(w.wishes), w.open, s.runner.queue.Has(w.key))
		}
		s.t.Fatalf("never told: %v", slices.Collect(maps.Keys(s.open)))
	}
	for id, e := range s.entries {
		if e.open {
			s.t.Fatalf("left open in the journal: %s %s", id, name(e.action))
		}
	}
	if n := len(s.runner.works.all); n > 0 {
		for _, w := range s.runner.works.all {
			if w.state != idle || len(w.wishes) > 0 || len(w.open) > 0 {
				s.t.Fatalf("left over: %+v", w)
			}
		}
	}
	last := map[place]*asked{} // the last wish that decides
	for n := range s.serial {
		w := s.wishes[fmt.Sprint("e", n+1)]
		if w == nil || w.dry {
			continue
		}
		if w.fate == "" && !w.dropped {
			s.t.Fatalf("never heard: %s", name(w.action))
		}
		a := w.action
		switch {
		case a.Verb == action.Redact && !w.dropped && w.fate != action.Refused && s.gone[a.Event] == 0:
			s.t.Fatalf("not removed (%s): %s", w.fate, name(a))
		case a.Verb == action.Ban || a.Verb == action.Unban:
			last[place{a.Room, a.User}] = w
		}
	}
	for at, w := range last {
		banned := membership(s.truth[at]) == event.MembershipBan
		if w.dropped || w.fate == action.Refused || !s.watched[at.room] {
			continue
		}
		_, ruled := s.world.Desired(at.user)
		if w.action.Verb == action.Ban && !banned {
			s.t.Fatalf("not banned at the end (%s): %s", w.fate, name(w.action))
		}
		if w.action.Verb == action.Unban && banned && !ruled {
			s.t.Fatalf("banned at the end, by %s (%s): %s", s.truth[at].Sender, w.fate, name(w.action))
		}
	}
	for _, room := range simRooms {
		if !s.watched[room] {
			continue
		}
		for _, u := range simUsers {
			if _, ruled := s.world.Desired(u); ruled && membership(s.truth[place{room, u}]) == event.MembershipJoin {
				s.t.Fatalf("%s is in %s against a rule", u, room)
			}
		}
	}
}
