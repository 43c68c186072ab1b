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
