package community

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/community/survey"
	"forseti/policy"
	"forseti/store"
	"forseti/text"
)

// surveyor is what a survey needs of its community.
type surveyor struct {
	*loop.Loop
	looked func(room id.RoomID, state []*event.Event, err error) (taken bool)
	missed func(room id.RoomID, missed []*event.Event)
	first  func(room id.RoomID) bool
}

var _ survey.Owner = surveyor{}

// Looked takes in what was read.
func (s surveyor) Looked(room id.RoomID, state []*event.Event, err error) bool {
	return s.looked(room, state, err)
}

// Missed takes in what happened meanwhile.
func (s surveyor) Missed(room id.RoomID, missed []*event.Event) { s.missed(room, missed) }

// Rested gives memory back that much reading took.
func (s surveyor) Rested(events int) {
	if events >= muchRead {
		s.Later("give memory back", func(context.Context) { debug.FreeOSMemory() }, nil)
	}
}

// muchRead is how many events leave so much behind when they have been taken in that it is
// better not to wait for the collector's next round.
const muchRead = 50_000

// First tells what is read before all else.
func (s surveyor) First(room id.RoomID) bool { return s.first(room) }

// surveying is when rooms are read as a whole, and what becomes of it.
type surveying struct {
	loop   *loop.Loop
	log    zerolog.Logger
	full   string // a cron expression: when everything is read anew
	survey *survey.Survey

	commits    *commits.Writer
	management *management
	following  *following
	protecting *protecting
	places     *places
	intake     *intake
	speaker    *speaker
	names      names
	step       func(ctx context.Context, a action.Action, resumed bool) (action.Ending, error)
	besides    func() // what else is done with every full look

	lastLook time.Time
}

// schedule makes a full look happen by the clock, so that a state reset, or
// whatever else was missed, heals by itself.
func (s *surveying) schedule() (stop func(), err error) {
	full, err := scheduled(s.full)
	if err != nil {
		return nil, fmt.Errorf("schedule of the full look: %w", err)
	}
	runner := cron.New()
	runner.Schedule(full, cron.FuncJob(func() {
		s.loop.Post(func() { s.lookAtAll(nil) })
	}))
	runner.Start()
	return func() { <-runner.Stop().Done() }, nil
}

// owner is what a survey asks, and tells.
func (s *surveying) owner() surveyor { return surveyor{s.loop, s.looked, s.missed, s.first} }

// first is true of what all the others wait for: the lists, and who the moderators are.
func (s *surveying) first(room id.RoomID) bool {
	return room == s.management.room.ID() || s.following.lists[room] != nil
}

// lookAtAll reads everything anew, and calls done with the first error, if any.
func (s *surveying) lookAtAll(done func(rooms int, err error)) {
	all := slices.Collect(maps.Keys(s.protecting.rooms))
	all = slices.DeleteFunc(all, func(room id.RoomID) bool { return s.protecting.rooms[room].loading })
	all = append(all, s.following.precedence...)
	all = append(all, s.management.room.ID())
	slices.Sort(all)
	all = slices.Compact(all)
	s.besides()
	left, failure := len(all), error(nil)
	for _, room := range all {
		s.survey.Look(room, func(err error) {
			left--
			if failure == nil {
				failure = err
			}
			if left == 0 {
				s.lastLook = time.Now()
				if done != nil {
					done(len(all), failure)
				}
			}
		})
	}
}

// lookAtUnread reads the rooms of which nothing is known.
func (s *surveying) lookAtUnread() {
	var unread []id.RoomID
	if m := s.management.room; !m.loaded && m.trouble == "" {
		unread = append(unread, m.ID())
	}
	for room, l := range s.following.lists {
		if !l.loaded && l.trouble == "" {
			unread = append(unread, room)
		}
	}
	for room, w := range s.protecting.rooms {
		if !w.read && !w.loading && w.trouble == "" {
			unread = append(unread, room)
		}
	}
	slices.Sort(unread)
	for _, room := range unread {
		s.survey.Look(room, nil)
	}
}

// readMarked reads the rooms anew that were to be when we stopped.
func (s *surveying) readMarked() {
	for room := range s.following.marks.rooms {
		if s.places.any(room) {
			s.survey.Look(room, nil)
		} else {
			s.following.marks.clear(room)
		}
	}
}

// looked takes in what was read, and reports whether it is done with it. A room that cannot
// be read keeps what is known of it: unknown is not empty.
func (s *surveying) looked(room id.RoomID, state []*event.Event, err error) (taken bool) {
	r, ours := s.places.roles(room)
	switch {
	case !ours:
	case err != nil:
		s.unreadable(room, err)
	case s.places.isOut(room):
		s.places.expelled(room)
	default:
		s.speaker.report.Problems.Solved(unread(room))
		s.takeIn(room, r, state)
		return false
	}
	return true
}

// takeIn takes in the whole state of a room in each part that it plays, one after the
// other, and then stores it.
func (s *surveying) takeIn(room id.RoomID, r roles, state []*event.Event) {
	if r.management {
		s.intake.viewManagement(state, time.Now())
	}
	then := func(rows []store.StateRow) {
		switch now, _ := s.places.roles(room); {
		case now != r:
			s.elsewise(room)
		case r.list != nil:
			s.readList(room, r, state, rows)
		default:
			s.keep(room, rows)
			s.survey.Taken(room)
		}
	}
	switch {
	case r.protected != nil:
		s.look(room, r, state, then)
	case r.list != nil:
		then(nil) // what is stored besides its rules is found with them
	default:
		then(rowsOf(state, func(evt *event.Event) bool { return s.places.stored(r, evt) }))
	}
}

// keep has a room stored as it was read. If something was missed since it was asked for,
// it stays marked until it is read once more.
func (s *surveying) keep(room id.RoomID, rows []store.StateRow) {
	s.commits.Replace(room, rows)
	if !s.survey.Due(room) {
		s.following.marks.clear(room)
	}
	s.commits.Soon()
}

// again has a room read anew, also if we are stopped before that.
func (s *surveying) again(room id.RoomID) {
	s.following.marks.set(room, readAnew)
	s.survey.Again(room)
}

// readList begins to take in the whole state of a list. What needs nothing of ours is not
// done by the owner. others are what is stored of the room besides its rules, if it plays
// another part and they are known.
func (s *surveying) readList(room id.RoomID, r roles, state []*event.Event, others []store.StateRow) {
	s.loop.Later("take in a list", func(context.Context) {
		rest, rules, rows := rulesIn(room, state, time.Now())
		s.loop.Post(func() { s.takeList(room, r, rest, rules, others, rows) })
	}, func(err error) {
		s.unreadable(room, err)
		s.survey.Failed(room, err)
	})
}

// rulesIn parts a list's rules, with what is stored of them, from what else its room says.
func rulesIn(room id.RoomID, state []*event.Event, now time.Time) (rest []*event.Event, rules *policy.Reading, rows []store.StateRow) {
	var said []*event.Event
	for _, evt := range state {
		if policy.IsRuleType(evt.Type.Type) {
			said = append(said, evt)
		} else {
			rest = append(rest, evt)
		}
	}
	policy.Stood(said, now)
	return rest, policy.NewReading(room, said), rowsOf(said, func(evt *event.Event) bool { return evt.StateKey != nil })
}

// takeList takes in what was read of a list, and begins with its rules.
func (s *surveying) takeList(room id.RoomID, r roles, rest []*event.Event, rules *policy.Reading, others, rows []store.StateRow) {
	l := r.list
	if now, _ := s.places.roles(room); now != r {
		s.elsewise(room)
		return
	}
	l.look(s.intake.world.Self(), rest, time.Now())
	s.following.decideExempting(l)
	if others == nil {
		others = rowsOf(rest, func(evt *event.Event) bool { return s.places.stored(r, evt) })
	}
	l.begin(wholeState(rules, func() { s.tookList(room, r, slices.Concat(others, rows)) }))
}

// tookList ends the taking in of a list.
func (s *surveying) tookList(room id.RoomID, as roles, rows []store.StateRow) {
	now := time.Now()
	is, _ := s.places.roles(room)
	if is.list == as.list {
		s.following.wasRead(as.list, now)
		s.places.checkPresence(room)
	}
	if is != as {
		s.elsewise(room)
		return
	}
	s.keep(room, rows)
	s.survey.Taken(room)
}

// elsewise ends the reading of a room that is something else by now than when it was read:
// as all that it is, it is read anew.
func (s *surveying) elsewise(room id.RoomID) {
	if s.places.any(room) {
		s.survey.Anew(room)
		return
	}
	s.survey.Taken(room)
}

// missed takes in what sync brought of a room while it was read: of each piece of its
// state the latest, for the others were taken in when they came, and are over.
func (s *surveying) missed(room id.RoomID, missed []*event.Event) {
	r, ours := s.places.roles(room)
	if !ours || s.places.isOut(room) {
		return
	}
	type slot struct{ kind, key string }
	latest := map[slot]*event.Event{}
	for _, evt := range missed {
		if evt.StateKey != nil {
			latest[slot{evt.Type.Type, *evt.StateKey}] = evt
		}
	}
	now := time.Now()
	for _, evt := range missed {
		if evt.StateKey == nil || latest[slot{evt.Type.Type, *evt.StateKey}] == evt {
			s.intake.takeState(evt, now, r, s.commits.Next())
		}
	}
}

// isolated keeps one room's trouble from the others. What was missed there is
// found by the look that it causes.
func (s *surveying) isolated(room id.RoomID, f func()) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error().Stringer("room", room).Str("panic", fmt.Sprint(r)).Bytes("stack", debug.Stack()).Msg("Room's events not handled")
			s.again(room)
		}
	}()
	f()
}

// unreadable notes, once, that a room cannot be read, and tries again later.
func (s *surveying) unreadable(room id.RoomID, err error) {
	if s.loop.Context().Err() != nil {
		return
	}
	s.log.Warn().Err(err).Stringer("room", room).Msg("Room cannot be read")
	f := action.FailureOf(err)
	if f.Kind == action.Unauthorized {
		s.loop.Stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	}
	if s.places.absent(room) {
		s.places.expelled(room) // says it better
		s.lookLater(room, f)
		return
	}
	if l := s.following.lists[room]; l != nil {
		l.trouble = explain(f)
		s.speaker.problem(unread(room), fmt.Sprintf("I cannot read the list %s: %s.%s", s.names.List(room), explain(f), s.following.lastKnown(room)))
	}
	if w := s.protecting.rooms[room]; w != nil {
		w.trouble = explain(f)
		s.speaker.problem(unread(room), fmt.Sprintf("I cannot look after %s: %s. Invite me, or write %s.",
			s.names.Room(room), explain(f), text.Code("!forseti rooms remove "+string(room))))
	}
	if room == s.management.room.ID() {
		s.management.room.trouble = explain(f)
	}
	s.lookLater(room, f)
}

// lookLater reads a room again in a while, if it is ours then.
func (s *surveying) lookLater(room id.RoomID, f *action.Failure) {
	s.survey.Later(room, f.Pause(), func() bool {
		_, ours := s.places.roles(room)
		return ours
	})
}

// inviteTries and invitePause are for homeservers that cannot follow an invitation at
// once: the pause doubles.
const (
	inviteTries = 10
	invitePause = 2 * time.Second
)

// joinAgain accepts an invitation to a room that we follow.
func (s *surveying) joinAgain(room id.RoomID) { s.joinAgainAfter(room, 0) }

func (s *surveying) joinAgainAfter(room id.RoomID, tries int) {
	a := action.Action{ID: rand.Text(), Verb: action.Join, Room: room, Cause: action.Cause{Kind: action.ByForseti}}
	tried := func(e action.Ending) {
		if e.Fate == action.Done {
			s.survey.Again(room)
			return
		}
		s.log.Warn().Str("why", e.Why).Stringer("room", room).Msg("Invitation not accepted")
		if tries < inviteTries {
			s.loop.After(invitePause<<tries, func() { s.joinAgainAfter(room, tries+1) })
		}
	}
	s.loop.Later("accept an invitation", func(ctx context.Context) {
		e, err := s.step(ctx, a, false)
		if err != nil {
			return
		}
		s.loop.Post(func() { tried(e) })
	}, func(err error) { tried(action.Ending{Why: err.Error()}) })
}
