package enforce

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

func (s *sim) member(room id.RoomID, u, sender id.UserID, m event.Membership) *event.Event {
	evt := memberEvent(u, sender, m)
	evt.RoomID = room
	return evt
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

// act does to the homeserver what a request would, and answers as it would.
func (s *sim) act(job Job) (action.Result, *action.Failure) {
	a := job.Action
	at := place{a.Room, a.User}
	gone := &action.Failure{Kind: action.Gone, Err: fmt.Errorf("nothing to do")}
	set := func(m event.Membership) (action.Result, *action.Failure) {
		evt := s.member(a.Room, a.User, self, m)
		s.change(evt)
		s.deeds[deed{a.Verb, at}]++
		s.wrote = evt
		return action.Result{}, nil
	}
	switch a.Verb {
	case action.Ban:
		if job.Doubt && membership(s.truth[at]) == event.MembershipBan && s.truth[at].Sender == self {
			s.wrote = s.truth[at] // found by looking: then it is known which event it is
			return action.Result{Event: s.truth[at].ID}, nil
		}
		if membership(s.truth[at]) == event.MembershipBan && s.truth[at].Sender == self {
			s.t.Fatalf("%s is banned over our ban: %+v", a.User, job)
		}
		result, failure := set(event.MembershipBan)
		if len(a.Removes) > 0 && s.serial%2 == 0 { // some homeservers do it
			result.Removed = true
			for _, w := range s.wishes {
				if w.action.Room == a.Room && w.action.By == a.User {
					s.gone[w.action.Event]++
				}
			}
		}
		return result, failure
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
		if a.Verb == action.Ban {
			s.world.Bans.Set(a.Room, a.User, Ban{Cause: a.Cause})
		}
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
