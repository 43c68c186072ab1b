package enforce

import (
	"fmt"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/stretch"
)

// crowd is 100,000 members in 500 rooms, each in three of them; half of their names
// begin with "many".
func crowd(b *testing.B) *World {
	b.Helper()
	const users, places = 100_000, 500
	w := NewWorld(self, Settings{ServerMembers: true, Limits: Limits{Members: 10, Percent: 10}})
	w.SetModerator("@mod:mods.example", true)
	state := make([][]*event.Event, places)
	for i := range places {
		room := id.RoomID(fmt.Sprintf("!%d:x", i))
		w.Protect(room)
		state[i] = []*event.Event{
			stateEvent("m.room.create", "", self, map[string]any{"room_version": "11"}),
			memberEvent(self, self, event.MembershipJoin),
			levelsEvent(map[id.UserID]int{self: 100}),
		}
	}
	for i := range users {
		word := "many"
		if i%2 == 0 {
			word = "else"
		}
		u := id.UserID(fmt.Sprintf("@%s%d:s%d.example.org", word, i, i%2000))
		for j := range 3 {
			in := (i + j*167) % places
			state[in] = append(state[in], memberEvent(u, u, event.MembershipJoin))
		}
	}
	for i := range places {
		w.Look(id.RoomID(fmt.Sprintf("!%d:x", i)), state[i], now)
	}
	return w
}

// come measures how long the owner stands still for a rule that comes, is weighed,
// and goes again: flapping.
func come(b *testing.B, w *World, evt *event.Event) {
	b.Helper()
	var wide bool
	for b.Loop() {
		serial++
		evt.ID = id.EventID(fmt.Sprintf("$flap%d", serial))
		_, slots, _ := w.ApplyRule(theirs, evt)
		wide = w.Settings.Limits.Wide(w.Scales.Weigh(slots...))
		blank := *evt
		blank.ID += "blank"
		blank.Content = event.Content{VeryRaw: []byte(`{}`), Raw: map[string]any{}}
		_, slots, _ = w.ApplyRule(theirs, &blank)
		w.Scales.Weigh(slots...)
	}
	if !wide {
		b.Error("it would not be asked about")
	}
}

func BenchmarkWeighEveryone(b *testing.B) {
	w := crowd(b)
	come(b, w, ruleEvent("user", "1", "@*:*", "m.ban"))
}

func BenchmarkWeighGlobOfHalf(b *testing.B) {
	w := crowd(b)
	come(b, w, ruleEvent("user", "1", "@many*:*", "m.ban"))
}

func BenchmarkWeighServers(b *testing.B) {
	w := crowd(b)
	come(b, w, ruleEvent("server", "1", "*.example.org", "m.ban"))
}

func BenchmarkWeighExemption(b *testing.B) {
	w := crowd(b)
	w.SetExempting(theirs, true)
	come(b, w, ruleEvent("user", "1", "@*:*", "fi.mau.meowlnir.unban"))
}

// longList is a list of 50,000 rules, each of one user who is here.
func longList() []*event.Event {
	var state []*event.Event
	for i := range 50_000 {
		state = append(state, ruleEvent("user", fmt.Sprint(i), fmt.Sprintf("@many%d:s%d.example.org", 2*i+1, (2*i+1)%2000), "m.ban"))
	}
	return state
}

func BenchmarkWeighLongList(b *testing.B) {
	w := crowd(b)
	w.ReplaceRules(theirs, longList())
	var slots []Slot
	for h := range w.Book.Held(theirs) {
		slots = append(slots, h.Slot)
	}
	for b.Loop() {
		if e := w.Scales.Weigh(slots...); !w.Settings.Limits.Wide(e) {
			b.Fatalf("not wide: %+v", e)
		}
	}
}

func BenchmarkWeighUnwatch(b *testing.B) {
	w := crowd(b)
	_, slots, _ := w.ReplaceRules(theirs, longList())
	w.Follow(slots...)
	for room := range w.Rooms() {
		for u := range w.Room(room).Members() {
			if r, ok := w.Rules.User(u); ok {
				w.Bans.Set(room, u, Ban{Cause: CauseOf(r)})
			}
		}
	}
	for b.Loop() {
		if e := w.Scales.PreviewDrop(theirs); !w.Settings.Limits.Wide(e) {
			b.Fatalf("not wide: %+v", e)
		}
	}
}

// A yes to a rule for everybody: how long the owner stands still for the first of
// them, and for each part of the rest.
func BenchmarkFollowEveryone(b *testing.B) {
	w := crowd(b)
	for b.Loop() {
		_, slots, _ := w.ApplyRule(theirs, ruleEvent("user", "1", "@*:*", "m.ban"))
		w.Follow(slots...)
		b.StopTimer()
		w.backlog = newBacklog()
		_, slots, _ = w.ApplyRule(theirs, ruleEvent("user", "1", "", ""))
		w.Follow(slots...)
		w.backlog = newBacklog()
		b.StartTimer()
	}
}

func BenchmarkBacklogPart(b *testing.B) {
	w := crowd(b)
	_, slots, _ := w.ApplyRule(theirs, ruleEvent("user", "1", "@*:*", "m.ban"))
	w.Follow(slots...)
	for b.Loop() {
		if !w.Behind() {
			w.plan.everybody(w.backlog)
		}
		for _, k := range w.Backlog(250) {
			w.Plan(k, now)
		}
	}
}

// A single name is what lists bring all day.
func BenchmarkWeighName(b *testing.B) {
	w := crowd(b)
	evt := ruleEvent("user", "1", "@many1:s1.example.org", "m.ban")
	for b.Loop() {
		serial++
		evt.ID = id.EventID(fmt.Sprintf("$name%d", serial))
		_, slots, _ := w.ApplyRule(theirs, evt)
		w.Scales.Weigh(slots...)
		w.Follow(slots...)
	}
}

// A look at everything, as at a start, of 300,000 memberships of 100,000 users.
func BenchmarkLookAtAll(b *testing.B) {
	for _, rules := range []int{0, 1000, 50_000} {
		b.Run(fmt.Sprint(rules), func(b *testing.B) {
			w := crowd(b)
			_, slots, _ := w.ReplaceRules(theirs, longList()[:rules])
			w.Follow(slots...)
			w.backlog = newBacklog()
			looked := func() (found int) {
				found = len(w.Again())
				for w.Behind() {
					found += len(w.Backlog(part))
				}
				return found
			}
			if found := looked(); found < 3*rules {
				b.Fatalf("%d of the keys of %d users are found", found, rules)
			}
			for b.Loop() {
				b.ReportMetric(float64(stretch.Used(5, func() { looked() }).Nanoseconds())/300_000, "ns/membership")
			}
		})
	}
}
