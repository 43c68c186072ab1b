package community

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/community/echo"
	"forseti/matrix"
)

func stateOf(n int, kind, key string) *event.Event {
	return &event.Event{ID: id.EventID(fmt.Sprint("$s", n)), Type: event.Type{Type: kind, Class: event.StateEventType}, StateKey: &key}
}

func talk(n int) *event.Event {
	return &event.Event{ID: id.EventID(fmt.Sprint("$m", n)), Type: event.EventMessage}
}

// copied is the same event as another part of sync's answer has it.
func copied(evt *event.Event) *event.Event { return new(*evt) }

// What came out of a batch is the same in whatever order its events are handled; and
// who said something is seen as the room was then.
func TestInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slots := []echo.Slot{
			{Kind: "m.room.member", Key: "@a:hs"}, {Kind: "m.room.member", Key: "@b:hs"}, {Kind: "m.room.power_levels"}, {Kind: "m.policy.rule.user", Key: "x"},
		}
		after := rapid.Bool().Draw(t, "state after")
		odd := after && rapid.Bool().Draw(t, "lost to others")
		var in matrix.RoomBatch
		truth := map[echo.Slot]id.EventID{}
		var said []map[echo.Slot]id.EventID // what held when each message was said
		begins := rapid.IntRange(0, 10).Draw(t, "begins")
		for n := range rapid.IntRange(0, 30).Draw(t, "events") {
			if n >= begins && rapid.Bool().Draw(t, "message") {
				in.Timeline = append(in.Timeline, talk(n))
				said = append(said, maps.Clone(truth))
				continue
			}
			s := rapid.SampledFrom(slots).Draw(t, "slot")
			evt := stateOf(n, s.Kind, s.Key)
			truth[s] = evt.ID
			if n < begins {
				in.State = append(in.State, evt)
				continue
			}
			in.Timeline = append(in.Timeline, evt)
			in.State = append(in.State, evt)
		}
		if after { // only what came out, each a copy
			last := map[echo.Slot]*event.Event{}
			for _, evt := range in.State {
				if odd && last[echo.SlotOf(evt)] != nil && rapid.Bool().Draw(t, "loses") {
					continue
				}
				last[echo.SlotOf(evt)] = copied(evt)
			}
			in.State = slices.Collect(maps.Values(last))
		}
		want := map[echo.Slot]id.EventID{}
		for _, evt := range in.State {
			want[echo.SlotOf(evt)] = evt.ID
		}
		got := map[echo.Slot]id.EventID{}
		messages, seen := 0, 0
		for _, s := range inOrder(&in) {
			if s.said {
				if s.evt != in.Timeline[seen] {
					t.Fatalf("%s is out of its turn", s.evt.ID)
				}
				seen++
			}
			switch {
			case s.evt.StateKey == nil:
				for _, where := range slots[:3] {
					// Of a batch that tells only what came out, the beginning is not known.
					_, begun := got[where]
					if !odd && got[where] != said[messages][where] && (!after || begun) {
						t.Fatalf("at %s, %s of %s is %s, want %s", s.evt.ID, where.Kind, where.Key, got[where], said[messages][where])
					}
				}
				messages++
			case s.state:
				got[echo.SlotOf(s.evt)] = s.evt.ID
			}
		}
		if seen != len(in.Timeline) || !maps.Equal(got, want) {
			t.Fatalf("%d of %d events; came out as %v, want %v", seen, len(in.Timeline), got, want)
		}
	})
}

func TestInOrderOfOddBatches(t *testing.T) {
	join, leave, spoke := stateOf(1, "m.room.member", "@a:hs"), stateOf(2, "m.room.member", "@a:hs"), talk(1)
	nameless, again := stateOf(3, "m.room.member", "@b:hs"), stateOf(4, "m.room.member", "@b:hs")
	nameless.ID, again.ID = "", ""
	redaction := &event.Event{ID: "$r", Type: event.EventRedaction, Redacts: "$x"}
	for _, tc := range []struct {
		name string
		in   matrix.RoomBatch
		want string // + is taken in as state, . is said
	}{
		{"there and gone, told as gone", matrix.RoomBatch{State: []*event.Event{copied(leave)}, Timeline: []*event.Event{join, spoke, leave}}, "$s1+. $m1. $s2+. "},
		{"the later one lost", matrix.RoomBatch{State: []*event.Event{copied(join)}, Timeline: []*event.Event{join, spoke, leave}}, "$s1+. $m1. $s2. "},
		{"nothing came of it", matrix.RoomBatch{Timeline: []*event.Event{join, spoke, leave}}, "$s1. $m1. $s2. "},
		{"another came out", matrix.RoomBatch{State: []*event.Event{stateOf(9, "m.room.member", "@a:hs")}, Timeline: []*event.Event{join, leave}}, "$s9+ $s1. $s2. "},
		{"events without an ID", matrix.RoomBatch{State: []*event.Event{nameless, again}, Timeline: []*event.Event{nameless, spoke, again}}, "+. $m1. +. "},
		{"a redaction", matrix.RoomBatch{Timeline: []*event.Event{spoke, redaction}}, "$m1. $r+. "},
		{"an ID that means two things", matrix.RoomBatch{State: []*event.Event{stateOf(1, "m.room.topic", "")}, Timeline: []*event.Event{join}}, "$s1+ $s1. "},
	} {
		var got strings.Builder
		for _, s := range inOrder(&tc.in) {
			got.WriteString(string(s.evt.ID))
			if s.state {
				got.WriteString("+")
			}
			if s.said {
				got.WriteString(".")
			}
			got.WriteString(" ")
		}
		if got.String() != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got.String(), tc.want)
		}
	}
}
