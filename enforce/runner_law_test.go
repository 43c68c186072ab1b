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

// The third and the fourth law, with crashes, dry runs, removals and supersessions at
// every step: whoever asked hears exactly once; what was wanted and can be done is
// done, and not against a later wish; nobody is banned over our own ban.
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
			if rapid.Bool().Draw(t, "all") { // that they wrote is to go
				a.By, a.User = user, ""
			}
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

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}
