package community

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/policy"
	"forseti/text"
)

// Moved ends a run: the management room was replaced by another one, in which the next run listens.
type Moved struct{ From, To id.RoomID }

func (m *Moved) Error() string {
	return fmt.Sprintf("the management room %s was replaced by %s", m.From, m.To)
}

// succession goes over to the room that replaced the management room, once it is known to be that.
type succession struct {
	self       id.UserID
	loop       *loop.Loop
	log        zerolog.Logger
	management *management
	speaker    *speaker
	live       func() bool
	home       interface {
		State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
	}
	step func(ctx context.Context, a action.Action, resumed bool) (action.Ending, error)

	under bool          // it is being tried
	over  bool          // it is done
	pause time.Duration // until it is tried again
}

const (
	shortestSuccession = 15 * time.Second
	longestSuccession  = time.Hour
	// lastWord is how long what is said in the old room may take.
	lastWord = 20 * time.Second
)

func (s *succession) key() report.Key {
	return report.Key{Kind: report.Tombstone, Room: s.management.room.ID()}
}

// look goes over to the room that replaced this one, if one did.
func (s *succession) look() {
	room := s.management.room.Room
	next, dead := room.Tombstone()
	if !dead || s.under || s.over || !s.live() {
		if !dead {
			s.speaker.report.Problems.Solved(s.key())
		}
		return
	}
	if doubt := desk.Succeeds(room, nil); doubt != "" {
		s.stays(doubt)
		return
	}
	_, by, _ := desk.Replacement(room)
	s.under = true
	s.loop.Later("go over to another management room", func(ctx context.Context) {
		state, why := s.enter(ctx, next, by)
		s.loop.Post(func() { s.entered(next, by, state, why) })
	}, func(error) { s.under = false })
}

// awaits tells whether it is this room that we want to get into.
func (s *succession) awaits(room id.RoomID) bool {
	next, dead := s.management.room.Tombstone()
	return dead && next == room && desk.Succeeds(s.management.room.Room, nil) == ""
}

// enter joins the new room and reads it; why says why that cannot be.
func (s *succession) enter(ctx context.Context, next id.RoomID, by id.UserID) (state []*event.Event, why string) {
	via := []string{policy.ServerOf(by)}
	if via[0] == "" {
		via = nil
	}
	e, err := s.step(ctx, action.Action{ID: rand.Text(), Verb: action.Join, Room: next, Via: via, Cause: action.Cause{Kind: action.ByForseti}}, false)
	switch {
	case err != nil:
		return nil, "I was stopped on the way."
	case e.Fate == action.Would:
		return nil, "This is a dry run, in which I join no room: `!forseti dry-run off` ends that."
	case e.Fate != action.Done:
		return nil, fmt.Sprintf("I cannot join it: invite %s there.", text.Code(string(s.self)))
	}
	if state, err = s.home.State(ctx, next); err != nil || state == nil {
		return nil, "I cannot read it: " + explain(action.FailureOf(err)) + "."
	}
	return state, ""
}

// entered goes over, or says why not, and then tries again what may be otherwise later.
func (s *succession) entered(next id.RoomID, by id.UserID, state []*event.Event, why string) {
	s.under = false
	if now, _ := s.management.room.Tombstone(); now != next {
		s.look() // it is another one by now
		return
	}
	if why != "" {
		s.stays(why)
		s.pause = min(max(2*s.pause, shortestSuccession), longestSuccession)
		s.loop.After(s.pause, s.look)
		return
	}
	if doubt := desk.Succeeds(s.management.room.Room, state); doubt != "" {
		s.stays(doubt)
		return
	}
	s.leave(next, by, fmt.Sprintf("This room was replaced by %s, as %s wrote here. I listen there from now on, and no more in this one.", text.Room(next, "", s.self.Homeserver()), text.Code(string(by))))
}

// ordered goes over to a room that a moderator has named, whatever speaks against it: they were shown
// that. Where it is that room already, as after a crash in the middle, there is nothing to do.
func (s *succession) ordered(next id.RoomID, by id.UserID) {
	if s.over || next == s.management.room.ID() {
		return
	}
	s.leave(next, by, fmt.Sprintf("I listen in %s from now on, as %s said, and no more in this room.", text.Room(next, "", s.self.Homeserver()), text.Code(string(by))))
}

// leave goes over, and says so as the last word in this room.
func (s *succession) leave(next id.RoomID, by id.UserID, said string) {
	s.over = true
	s.speaker.report.Problems.Solved(s.key())
	from := s.management.room.ID()
	s.log.Warn().Stringer("from", from).Stringer("to", next).Stringer("by", by).Msg("I listen in another management room from now on")
	gone := func() { s.loop.Stop(&Moved{From: from, To: next}) }
	s.speaker.say(said, "", func(id.EventID) { gone() })
	s.loop.After(lastWord, gone)
}

// stays tells why this room is listened to on, though it was replaced.
func (s *succession) stays(why string) {
	next, _ := s.management.room.Tombstone()
	which := "by another room"
	if next != "" {
		which += ", " + text.Code(string(next))
	}
	s.log.Warn().Stringer("room", s.management.room.ID()).Stringer("by", next).Str("why", why).Msg("The management room was replaced, and I stay in it")
	how := "`!forseti listen` with its ID"
	if next != "" {
		how = text.Code("!forseti listen " + string(next))
	}
	s.speaker.problem(s.key(), fmt.Sprintf("This room was replaced %s, and I go on listening here. %s If I am to listen there, invite me and write %s, which asks before; where nobody can write here any more, whoever runs me sets %s in my configuration to it.",
		which, why, how, text.Code("management_room")))
}

// arrived says in the new room that it is the one, for as long as the configuration names another one.
func (s *succession) arrived(configured id.RoomID, plays func(id.RoomID) bool) {
	here := s.management.room.ID()
	for _, key := range s.speaker.report.Problems.Keys(report.Tombstone) {
		if key.Room != configured && key.Room != here && !plays(key.Room) {
			s.speaker.report.Problems.Solved(key)
		}
	}
	if configured != "" && configured != here {
		s.speaker.problem(report.Key{Kind: report.Tombstone, Room: configured}, fmt.Sprintf(
			"I listen in this room, which took the place of %s; rooms, lists, roles and all that I was told are as they were. My configuration still names the old room: whoever runs me sets %s in it, so that I find this one also without my database.",
			text.Code(string(configured)), text.Code("management_room: \""+string(here)+"\"")))
	}
}
