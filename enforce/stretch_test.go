package enforce

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// stretches are how long the owner stands still at a time, as the community parts its
// work. The benchmarks below print the longest, which must stay under 20 ms.
type stretches struct{ longest time.Duration }

// run does one piece of the owner's work.
func (s *stretches) run(f func()) {
	began := time.Now()
	f()
	s.longest = max(s.longest, time.Since(began))
}

// measure runs work some times, and reports the longest stretch of the run that was
// least disturbed by what else the machine had to do.
func measure(b *testing.B, prepare func() *World, work func(w *World, s *stretches)) {
	b.Helper()
	best := time.Hour
	for b.Loop() {
		b.StopTimer()
		w := prepare()
		s := &stretches{}
		b.StartTimer()
		work(w, s)
		best = min(best, s.longest)
	}
	b.ReportMetric(float64(best.Microseconds())/1000, "ms-longest")
}

// part is how much of everything the community does at a time.
const part = 250

// catchUp looks at what is behind, and plans it.
func catchUp(w *World, r *Runner, s *stretches, keys []Key) {
	r.Touch(keys, Soon)
	for more := true; more || w.Behind(); {
		s.run(func() {
			r.Touch(w.Backlog(part), Soon)
			more = r.Plan(2000, now)
		})
	}
}

// read takes in a list that is read as a whole, weighs it, asks of each rule by itself
// whether it does anything, and has it followed in the end.
func read(w *World, s *stretches, state []*event.Event) {
	r := NewRunner(w, 8, &heard{})
	g := policy.NewReading(theirs, state)
	var slots []Slot
	var keys []Key
	for more := true; more; {
		s.run(func() {
			_, found, k, left := w.ReadRules(g, part)
			slots, keys, more = append(slots, found...), append(keys, k...), left
		})
	}
	s.run(func() { w.Scales.Weigh(slots...) })
	for at := 0; at < len(slots); at += part {
		some := slots[at:min(at+part, len(slots))]
		s.run(func() {
			for _, slot := range some {
				w.Scales.Weigh(slot)
			}
		})
		s.run(func() { keys = append(keys, w.Follow(some...)...) })
	}
	catchUp(w, r, s, keys)
}

func names(n int) []*event.Event {
	state := make([]*event.Event, n)
	for i := range state {
		state[i] = ruleEvent("user", fmt.Sprint(i), fmt.Sprintf("@many%d:s%d.example.org", 2*i+1, (2*i+1)%2000), "m.ban")
	}
	return state
}

func BenchmarkStretchOf5000RulesIn500Rooms(b *testing.B) {
	state := names(5000)
	measure(b, func() *World { return crowd(b) }, func(w *World, s *stretches) { read(w, s, state) })
}

func BenchmarkStretchOf50000Rules(b *testing.B) {
	state := names(50_000)
	measure(b, func() *World { return crowd(b) }, func(w *World, s *stretches) { read(w, s, state) })
}

func BenchmarkStretchOfLookAtAll(b *testing.B) {
	state := names(50_000)
	measure(b, func() *World {
		w := crowd(b)
		_, slots, _ := w.ReplaceRules(theirs, state)
		w.Follow(slots...)
		w.backlog.users = nil
		return w
	}, func(w *World, s *stretches) {
		r := NewRunner(w, 8, &heard{})
		var keys []Key
		s.run(func() { keys = w.Again() })
		catchUp(w, r, s, keys)
	})
}

// huge is a world with one room of 100,000 members, and rules for some of them.
func huge(b *testing.B) *World {
	b.Helper()
	w := NewWorld(self, Settings{ServerMembers: true, Limits: Limits{Members: 10, Percent: 10}})
	_, slots, _ := w.ReplaceRules(theirs, names(50_000)[:10])
	w.Follow(slots...)
	w.Protect("!huge:x")
	w.HoldRoom("!huge:x", true)
	state := []*event.Event{
		stateEvent("m.room.create", "", self, map[string]any{"room_version": "11"}),
		memberEvent(self, self, event.MembershipJoin),
		levelsEvent(map[id.UserID]int{self: 100}),
	}
	for i := range 100_000 {
		u := id.UserID(fmt.Sprintf("@many%d:s%d.example.org", i, i%2000))
		state = append(state, memberEvent(u, u, event.MembershipJoin))
	}
	w.Look("!huge:x", state, now)
	return w
}

func BenchmarkStretchOfSweep(b *testing.B) {
	measure(b, func() *World { return huge(b) }, func(w *World, s *stretches) {
		r := NewRunner(w, 8, &heard{})
		for done := false; !done; {
			s.run(func() { _, done = w.Scales.Sweep("!huge:x", part) })
		}
		var keys []Key
		s.run(func() { keys = w.HoldRoom("!huge:x", false) })
		catchUp(w, r, s, keys)
	})
}

// A full ACL in 200 rooms: more server rules than fit, of which one comes and goes.
func BenchmarkStretchOfACLs(b *testing.B) {
	const places, rules = 200, 10_000
	measure(b, func() *World {
		w := NewWorld(self, Settings{})
		for i := range places {
			newRoom(w, id.RoomID(fmt.Sprintf("!%d:x", i)))
		}
		state := make([]*event.Event, rules)
		for i := range state {
			state[i] = ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("server%d.evil%d.example", i, i%100), "m.ban")
		}
		_, slots, _ := w.ReplaceRules(theirs, state)
		w.Follow(slots...)
		return w
	}, func(w *World, s *stretches) {
		for range 2 {
			_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", "new", fmt.Sprintf("new%d.example", serial), "m.ban"))
			w.Follow(slots...)
			s.run(func() { w.ACLs.LeftOut() })
			for room := range w.Rooms() {
				var p Plan
				s.run(func() { p = w.Plan(aclKey(room), now) })
				carryOut(w, p)
			}
		}
	})
}
