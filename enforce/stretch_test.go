package enforce

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/internal/stretch"
	"forseti/policy"
	"forseti/rooms"
)

// The benchmarks below print how long the owner stands still at most, as the community
// parts its work.

// part is how much of everything the community does at a time.
const part = 250

// catchUp looks at what is behind, and plans it.
func catchUp(w *World, r *Runner, s *stretch.Watch, keys []Key) {
	r.Touch(keys, Soon)
	for more := true; more || w.Behind(); {
		s.Run("plan", func() {
			r.Touch(w.Backlog(part), Soon)
			more = r.Plan(part, now)
		})
	}
}

// read takes in a list that is read as a whole, weighs it, asks of each rule by itself
// whether it does anything, and has it followed in the end.
func read(w *World, s *stretch.Watch, state []*event.Event) {
	r := NewRunner(w, 8, &heard{})
	g := policy.NewReading(theirs, state)
	var slots []Slot
	var keys []Key
	for more := true; more; {
		s.Run("take in rules", func() {
			_, found, k, left := w.ReadRules(g, part)
			slots, keys, more = append(slots, found...), append(keys, k...), left
		})
	}
	s.Run("weigh all", func() { w.Scales.Weigh(slots...) })
	for at := 0; at < len(slots); at += part {
		some := slots[at:min(at+part, len(slots))]
		s.Run("weigh each", func() {
			for _, slot := range some {
				w.Scales.Weigh(slot)
			}
		})
		s.Run("follow", func() { keys = append(keys, w.Follow(some...)...) })
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
	stretch.Measure(b, func() *World { return crowd(b) }, func(w *World, s *stretch.Watch) { read(w, s, state) })
}

func BenchmarkStretchOf50000Rules(b *testing.B) {
	state := names(50_000)
	stretch.Measure(b, func() *World { return crowd(b) }, func(w *World, s *stretch.Watch) { read(w, s, state) })
}

func BenchmarkStretchOfLookAtAll(b *testing.B) {
	for _, c := range []struct {
		name  string
		state []*event.Event
		most  int // turns that are measured: to look at everybody among such patterns takes half a minute
	}{{"names", names(50_000), 1 << 20}, {"scattered", scattered(50_000), 1000}} {
		b.Run(c.name, func(b *testing.B) {
			stretch.Measure(b, func() *World {
				w := crowd(b)
				_, slots, _ := w.ReplaceRules(theirs, c.state)
				w.Follow(slots...)
				w.backlog = newBacklog()
				return w
			}, func(w *World, s *stretch.Watch) {
				r := NewRunner(w, 8, &heard{})
				var keys []Key
				s.Run("look at all", func() { keys = w.Again() })
				r.Touch(keys, Soon)
				for n, more := 0, true; n < c.most && (more || w.Behind()); n++ {
					s.Run("plan", func() {
						r.Touch(w.Backlog(part), Soon)
						more = r.Plan(part, now)
					})
				}
			})
		})
	}
}

// scattered is patterns that no piece of four bytes tells apart, so that each is held against
// every name, and that demand letters which many names have.
func scattered(n int) []*event.Event {
	state := make([]*event.Event, n)
	for i := range state {
		const letters = "abcdefghijklmnopqrstuvwxyz"
		state[i] = ruleEvent("user", fmt.Sprint(i), fmt.Sprintf("@*%c*%c*%c*%c:*", letters[i%26], letters[i/26%26], letters[i/676%26], letters[i/17576]), "m.ban")
	}
	return state
}

// huge is a world with one room of 100,000 members, and rules for some of them.
func huge(b *testing.B) *World {
	b.Helper()
	w, state := huger(b)
	w.Look("!huge:x", state, now)
	return w
}

// huger is that world before the room was looked at, and what is to be seen there.
func huger(b *testing.B) (*World, []*event.Event) {
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
	return w, state
}

// A room of 100,000 members that is read as a whole, the first time and once more.
func BenchmarkStretchOfLook(b *testing.B) {
	var state []*event.Event
	stretch.Measure(b, func() (w *World) {
		w, state = huger(b)
		return w
	}, func(w *World, s *stretch.Watch) {
		for range 2 {
			g := rooms.NewReading(state)
			for more := true; more; {
				s.Run("look", func() { _, _, more = w.ReadRoom("!huge:x", g, part, now, func(string, string) bool { return false }) })
			}
		}
	})
}

// Other settings, with 100,000 members in 500 rooms.
func BenchmarkStretchOfSettings(b *testing.B) {
	stretch.Measure(b, func() *World { return crowd(b) }, func(w *World, s *stretch.Watch) {
		to := w.Settings
		to.RecentLeavers, to.IPLiterals = time.Hour, acl.IPDeny
		for done := false; !done; {
			s.Run("weigh settings", func() { _, done = w.Scales.SweepSettings(to, part) })
		}
	})
}

func BenchmarkStretchOfSweep(b *testing.B) {
	stretch.Measure(b, func() *World { return huge(b) }, func(w *World, s *stretch.Watch) {
		r := NewRunner(w, 8, &heard{})
		for done := false; !done; {
			s.Run("sweep", func() { _, done = w.Scales.Sweep("!huge:x", part) })
		}
		var keys []Key
		s.Run("free a room", func() { keys = w.HoldRoom("!huge:x", false) })
		catchUp(w, r, s, keys)
	})
}

// 50,000 server rules, of which one comes: the deny list is made anew.
func BenchmarkStretchOf50000Servers(b *testing.B) {
	state := make([]*event.Event, 50_000)
	for i := range state {
		state[i] = ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("server%d.evil%d.example", i, i%100), "m.ban")
	}
	stretch.Measure(b, func() *World {
		w := NewWorld(self, Settings{})
		newRoom(w, "!a:x")
		_, slots, _ := w.ReplaceRules(theirs, state)
		w.Follow(slots...)
		return w
	}, func(w *World, s *stretch.Watch) {
		for more := true; more; {
			s.Run("compile", func() { more = w.ACLs.Prepare(2 * part) })
		}
		s.Run("tell what is left out", func() { w.ACLs.LeftOut() })
		s.Run("plan an ACL", func() { w.Plan(aclKey("!a:x"), now) })
	})
}

// 100,000 server rules, of which many are globs of odd shape, and then globs and exemptions
// that cover much of them come and go.
func BenchmarkStretchOf100000OddServers(b *testing.B) {
	stretch.Measure(b, func() *World { return denying(1, 100_000) }, func(w *World, s *stretch.Watch) {
		for i, entity := range []string{"", "server12*.evil*.example", "*ver7*", "*.evil9.example", ""} {
			as := "m.ban"
			if i > 2 {
				as = "fi.mau.meowlnir.unban"
			}
			var slots []Slot
			s.Run("take in a rule", func() { _, slots, _ = w.ApplyRule(testList, ruleEvent("server", "one", entity, as)) })
			s.Run("follow", func() { w.Follow(slots...) })
			for more := true; more; {
				s.Run("compile", func() { more = w.ACLs.Prepare(part) })
			}
			s.Run("tell what is left out", func() { w.ACLs.LeftOut() })
			s.Run("plan an ACL", func() { w.Plan(aclKey("!0:x"), now) })
		}
	})
}

// A full ACL in 200 rooms: more server rules than fit, of which one comes and goes.
func BenchmarkStretchOfACLs(b *testing.B) {
	const places, rules = 200, 10_000
	stretch.Measure(b, func() *World {
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
	}, func(w *World, s *stretch.Watch) {
		for range 2 {
			var slots []Slot
			s.Run("take in a rule", func() {
				_, slots, _ = w.ApplyRule(theirs, ruleEvent("server", "new", fmt.Sprintf("new%d.example", serial), "m.ban"))
			})
			s.Run("weigh", func() { w.Scales.Weigh(slots...) })
			s.Run("follow", func() { w.Follow(slots...) })
			for more := true; more; {
				s.Run("compile", func() { more = w.ACLs.Prepare(2 * part) })
			}
			s.Run("tell what is left out", func() { w.ACLs.LeftOut() })
			for room := range w.Rooms() {
				var p Plan
				s.Run("plan an ACL", func() { p = w.Plan(aclKey(room), now) })
				carryOut(w, p)
			}
		}
	})
}
