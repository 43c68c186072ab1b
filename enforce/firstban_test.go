package enforce

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/stretch"
)

// The owner's part of a rule about somebody who is in every room: until the first ban may
// leave (ms-first), however many are to follow.
func BenchmarkFirstBan(b *testing.B) {
	const wanderer = "@wanderer:far.example"
	for _, n := range []int{20, 200, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			runtime.LockOSThread()
			w := NewWorld(self, Settings{ServerMembers: true, Limits: Limits{Members: 10, Percent: 10}})
			for i := range n {
				room := id.RoomID(fmt.Sprintf("!%d:x", i))
				w.Protect(room)
				w.Look(room, []*event.Event{
					stateEvent("m.room.create", "", self, map[string]any{"room_version": "11"}),
					memberEvent(self, self, event.MembershipJoin),
					memberEvent(wanderer, wanderer, event.MembershipJoin),
					levelsEvent(map[id.UserID]int{self: 100}),
				}, now)
			}
			first := time.Hour
			for b.Loop() {
				r := NewRunner(w, 8, &heard{})
				serial++
				evt := ruleEvent("user", "one", wanderer, "m.ban")
				evt.ID = id.EventID(fmt.Sprintf("$one%d", serial))
				began := stretch.Processor()
				_, slots, keys := w.ApplyRule(theirs, evt)
				w.Scales.Weigh(slots...)
				keys = append(keys, w.Follow(slots...)...)
				r.Touch(keys, Now)
				r.Plan(part, now)
				if job, ok := r.Next(now); !ok || job.Action.User != wanderer {
					b.Fatalf("%+v", job)
				}
				first = min(first, stretch.Processor()-began)
				blank := *evt
				blank.ID += "blank"
				blank.Content = event.Content{VeryRaw: []byte(`{}`), Raw: map[string]any{}}
				_, slots, _ = w.ApplyRule(theirs, &blank)
				w.Follow(slots...)
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "ms-first")
		})
	}
}
