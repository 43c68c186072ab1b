package community

import (
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A room is closed as long as a posture or moderators want it, whichever ends first, also
// over restarts; and then it is exactly as it was found.
func TestRoomsThatModeratorsClose(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLobby(t, public)
		var locked, posture bool
		var until time.Time
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"lock", "lock for a time", "unlock", "posture", "calm", "crash", "pass"}).Draw(rt, "what") {
			case "lock":
				locked, until = true, time.Time{}
				l.doors().lock(benchRoom, lockdown{By: benchModerator}, l.now)
			case "lock for a time":
				locked, until = true, l.now.Add(time.Hour)
				l.doors().lock(benchRoom, lockdown{By: benchModerator, Until: until}, l.now)
			case "unlock":
				locked = false
				l.doors().unlock(benchRoom, l.now)
			case "posture", "calm":
				closes := rapid.Bool().Draw(rt, "closes")
				posture = closes
				l.doors().turn(closes, l.now)
			case "crash":
				was := maps.Clone(l.doors().locked)
				l.start()
				l.doors().locked = was
				l.doors().turn(posture, l.now)
			case "pass":
				l.now = l.now.Add(2 * time.Hour)
			}
			l.calm()
			locked = locked && (until.IsZero() || l.now.Before(until))
			if closed := strings.Contains(l.server, "knock"); closed != (locked || posture) {
				rt.Fatalf("closed %v, locked %v, posture %v", closed, locked, posture)
			}
			if !locked && !posture && (l.server != public || len(l.stored)+len(l.doors().locked) != 0) {
				rt.Fatalf("open it is %s; stored %v", l.server, l.stored)
			}
		}
	})
}

// Who opens a room by hand that moderators closed ends that; who closes it anew is obeyed.
func TestLockdownThatSomebodyEnds(t *testing.T) {
	l := newLobby(t, public)
	l.doors().lock(benchRoom, lockdown{By: benchModerator}, l.now)
	l.calm()
	l.server = public
	l.sync()
	l.calm()
	if l.server != public || len(l.doors().locked) != 0 || len(l.stored) != 0 {
		t.Fatalf("it is %s, locked %v, stored %v", l.server, l.doors().locked, l.stored)
	}
	l.doors().lock(benchRoom, lockdown{By: benchModerator}, l.now)
	l.calm()
	if !strings.Contains(l.server, "knock") {
		t.Errorf("closed anew it is %s", l.server)
	}
	l.doors().unguarded(benchRoom)
	if len(l.doors().locked) != 0 {
		t.Error("of a room that is not protected any more it is remembered")
	}
}
