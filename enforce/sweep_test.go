package enforce

import (
	"fmt"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// A sweep that is made a few members at a time finds what one at once finds at its end,
// whatever happens in between.
func TestPartedSweepIsSweep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		w.HoldRoom("!b:x", true)
		for range 60 {
			e, done := w.Scales.Sweep("!b:x", rapid.IntRange(0, 3).Draw(t, "members"))
			if !done {
				chance(t, w)
				continue
			}
			want, _ := w.Scales.Sweep("!b:x", 1000)
			if e.Bound == 0 && (!slices.Equal(e.Banned, want.Banned) || !slices.Equal(e.Shut, want.Shut) || e.Percent != want.Percent) {
				t.Fatalf("found %+v, and at once %+v", e, want)
			}
			return
		}
	})
}

// A room of whom nearly all would be banned is known to be one before everybody was
// looked at, and rules that do not keep still end a sweep with a question.
func TestSweepIsBounded(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	for i := range 3 * mostWeighed {
		u := id.UserID(fmt.Sprintf("@crowd%d:x", i))
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	restless := 0
	for done := false; !done; restless++ {
		_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", fmt.Sprintf("@crowd%d:x", restless), "m.ban"))
		w.Follow(slots...)
		var e Effect
		if e, done = w.Scales.Sweep("!a:x", mostWeighed); done && !w.Settings.Limits.Wide(e) {
			t.Errorf("not asked about: %+v", e)
		}
	}
	if restless > mostBeginnings+4 {
		t.Errorf("%d parts", restless)
	}
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", "@crowd*", "m.ban"))
	w.Follow(slots...)
	parts := 1
	for ; ; parts++ {
		if e, done := w.Scales.Sweep("!a:x", 100); done {
			if !w.Settings.Limits.Wide(e) || parts > mostWeighed/100+1 {
				t.Errorf("after %d parts %+v", parts, e)
			}
			return
		}
	}
}

// What is followed, who comes and whom we can ban while a sweep is under way counts in it,
// also for members who were looked at before.
func TestSweepKeepsUp(t *testing.T) {
	const spam, mod = id.UserID("@spam:evil.example"), id.UserID("@mod:evil.example")
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	for _, u := range []id.UserID{spam, mod} {
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	w.Apply("!a:x", levelsEvent(map[id.UserID]int{self: 100, mod: 100}), now)
	looked := func(want ...id.UserID) {
		t.Helper()
		var e Effect
		for done := false; !done; {
			e, done = w.Scales.Sweep("!a:x", 100)
		}
		if !slices.Equal(e.Banned, want) {
			t.Errorf("would ban %v, want %v", e.Banned, want)
		}
	}
	nearly := func() {
		t.Helper()
		if _, done := w.Scales.Sweep("!a:x", w.Room("!a:x").Len()-1); done {
			t.Fatal("done with everybody but one")
		}
	}
	looked()
	nearly()
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", "@*:evil.example", "m.ban"))
	w.Follow(slots...)
	looked(spam)
	nearly()
	w.Apply("!a:x", levelsEvent(map[id.UserID]int{self: 100}), now)
	looked(mod, spam)
	nearly()
	w.Apply("!a:x", memberEvent("@late:evil.example", "@late:evil.example", event.MembershipJoin), now)
	w.Apply("!a:x", memberEvent(spam, spam, event.MembershipLeave), now)
	looked("@late:evil.example", mod)
	nearly()
	w.SetModerator(mod, true)
	looked("@late:evil.example")
}
