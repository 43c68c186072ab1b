package enforce

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/stretch"
)

// serverRules are server rules of which 16 % are globs of odd shape, with a star inside, two
// around, or a question mark.
func serverRules(n int) []*event.Event {
	state := make([]*event.Event, n)
	for i := range state {
		entity := fmt.Sprintf("server%d.evil%d.example", i, i%97)
		switch i % 25 {
		case 0:
			entity = fmt.Sprintf("evil%d*.example", i)
		case 1:
			entity = fmt.Sprintf("*evil%dx*", i)
		case 2:
			entity = fmt.Sprintf("a?b%d.example", i)
		case 3:
			entity = fmt.Sprintf("s*%d.evil.example", i)
		}
		state[i] = ruleEvent("server", fmt.Sprint(i), entity, "m.ban")
		state[i].Timestamp = int64(i)
	}
	return state
}

// denying is a world with rooms whose ACLs follow so many server rules.
func denying(rooms, rules int) *World {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	w.SetModerator("@mod:mods.example", true)
	w.SetModerator("@other:more.example", true)
	w.SetExempting(testList, true)
	for i := range rooms {
		newRoom(w, id.RoomID(fmt.Sprintf("!%d:x", i)))
	}
	_, slots, _ := w.ReplaceRules(theirs, serverRules(rules))
	w.Follow(slots...)
	return w
}

// planACLs plans the ACLs of all rooms and carries them out. It gives when the first was
// there, and the last.
func planACLs(w *World, now func() time.Duration) (first, last time.Duration) {
	began := now()
	for more := true; more; {
		more = w.ACLs.Prepare(part)
	}
	took := now() - began
	for room := range w.Rooms() {
		began = now()
		p := w.Plan(aclKey(room), time.Time{})
		if took += now() - began; first == 0 {
			first = took
		}
		if p.Wanted() {
			carryOut(w, p)
		}
	}
	return first, took
}

// BenchmarkACLFromNothing makes the deny list of rules that are known, and plans the first ACL.
func BenchmarkACLFromNothing(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			runtime.LockOSThread()
			w := denying(1, n)
			best := time.Hour
			for b.Loop() {
				w.ACLs.begun = false
				first, _ := planACLs(w, stretch.Processor)
				best = min(best, first)
			}
			b.ReportMetric(float64(best.Microseconds())/1000, "ms-processor")
		})
	}
}

// BenchmarkACLAfterChange has a list change one rule, from its event to the content that the
// room is to have: taken in, weighed, followed, planned.
func BenchmarkACLAfterChange(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		for _, tt := range []struct {
			name     string
			list     id.RoomID
			from, to string
			exempts  bool
		}{
			{"literal comes", testList, "", "new.example.net", false}, {"literal goes", testList, "new.example.net", "", false}, {"literal is edited", testList, "new.example.net", "newer.example.net", false},
			{"glob comes", testList, "", "server12*.evil*.example", false}, {"glob goes", testList, "server12*.evil*.example", "", false}, {"glob is edited", testList, "*ver77*", "*ver78*", false},
			{"exemption comes", testList, "", "server7.evil7.example", true}, {"exemption goes", testList, "server7.evil7.example", "", true},
			{"theirs comes", theirs, "", "new.example.net", false}, {"their glob comes", theirs, "", "server12*.evil*.example", false},
			{"their glob covers most", theirs, "", "*server*", false},
		} {
			b.Run(fmt.Sprintf("%s/%d", tt.name, n), func(b *testing.B) {
				runtime.LockOSThread()
				w := denying(1, n)
				as := "m.ban"
				if tt.exempts {
					as = "fi.mau.meowlnir.unban"
				}
				set := func(entity string) {
					evt := ruleEvent("server", "one", entity, as)
					evt.Timestamp = 1_000_000 + int64(serial)
					_, slots, _ := w.ApplyRule(tt.list, evt)
					if e := w.Scales.Weigh(slots...); e.Sweeping { // it waits for a yes
						slots = nil
					}
					w.Follow(slots...)
				}
				set(tt.from)
				planACLs(w, stretch.Processor)
				best := time.Hour
				for b.Loop() {
					began := stretch.Processor()
					set(tt.to)
					took := stretch.Processor() - began
					first, _ := planACLs(w, stretch.Processor)
					best = min(best, took+first)
					set(tt.from)
					planACLs(w, stretch.Processor)
				}
				b.ReportMetric(float64(best.Microseconds())/1000, "ms-processor")
			})
		}
	}
}

// BenchmarkFirstACL has a full ACL change in many rooms: until the first is planned, and the
// last.
func BenchmarkFirstACL(b *testing.B) {
	for _, n := range []int{20, 200, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			runtime.LockOSThread()
			w := denying(n, 10_000)
			planACLs(w, stretch.Processor)
			first, last := time.Hour, time.Hour
			for b.Loop() {
				evt := ruleEvent("server", "one", fmt.Sprintf("new%d.example", serial), "m.ban")
				evt.Timestamp = 1_000_000 + int64(serial)
				_, slots, _ := w.ApplyRule(testList, evt)
				w.Follow(slots...)
				f, l := planACLs(w, stretch.Processor)
				first, last = min(first, f), min(last, l)
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "ms-first")
			b.ReportMetric(float64(last.Microseconds())/1000, "ms-last")
		})
	}
}

// What a written ACL replaced is looked at after each write: mostly it is what was known
// (same), and if somebody else's is there that we did not know (other), it costs as much as
// reading it.
func BenchmarkWhatAnACLReplaced(b *testing.B) {
	for name, more := range map[string]string{"same": "", "other": `"hand.example",`} {
		for _, n := range []int{1_000, 2_000} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				var deny strings.Builder
				for i := range n {
					fmt.Fprintf(&deny, `,"evil%d.a-long-name-of-a-server.example"`, i)
				}
				acl := func(first string) json.RawMessage {
					return json.RawMessage(`{"allow":["*"],"deny":[` + first + `"*.evil.example"` + deny.String() + `]}`)
				}
				theirs, known := acl(more), acl("")
				w := denying(1, 10)
				room := slices.Collect(maps.Keys(w.census.rooms))[0]
				for b.Loop() {
					delete(w.ACLs.lost, room)
					w.ACLs.Wrote(room, theirs, known)
				}
			})
		}
	}
}
