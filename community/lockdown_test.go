package community

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/store"
)

// A room is closed as long as a posture or moderators want it, whichever ends first, also
// over restarts; and then it is exactly as it was found. What one command closed its undo opens, if
// it is the one that holds, and what held before holds again. All of that is told by what asked for it,
// but that the time of a lockdown is over.
func TestRoomsThatModeratorsClose(t *testing.T) {
	for name, of := range map[string]struct {
		new   func(*testing.T, string) *lobby
		found string
		shut  string
	}{"who may join": {newLobby, public, "knock"}, "who may write": {newQuiet, loud, `"m.room.message":1`}} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				l := of.new(t, of.found)
				type lock struct {
					command id.EventID
					until   time.Time
				}
				var held, before, opened, openedBefore *lock
				unlocked := id.EventID("")
				var posture, lent bool
				for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
					command := id.EventID(fmt.Sprint("$", i))
					switch rapid.SampledFrom([]string{"lock", "lock for a time", "unlock", "undo", "undo another", "undo unlock", "posture", "crash", "pass"}).Draw(rt, "what") {
					case "lock":
						held, before = &lock{command: command}, held
						l.doors().lock(benchRoom, lockdown{By: benchModerator, Command: command}, l.now)
					case "lock for a time":
						until := l.now.Add(time.Hour)
						held, before = &lock{command, until}, held
						for range 2 { // also if it is done once more, after a crash
							l.doors().lock(benchRoom, lockdown{By: benchModerator, Command: command, Until: until}, l.now)
						}
					case "unlock":
						if held != nil {
							opened, openedBefore, unlocked = held, before, command
						}
						held, before = nil, nil
						for range 2 { // also after a crash
							l.doors().unlock(benchRoom, command, l.now)
						}
					case "undo unlock":
						if held == nil && opened != nil && (opened.until.IsZero() || l.now.Before(opened.until)) {
							held, before, opened = opened, openedBefore, nil
						}
						for _, of := range []id.EventID{"$another", unlocked, unlocked} {
							l.doors().relock(benchRoom, of, command, l.now)
						}
					case "undo":
						if held != nil {
							l.doors().unlockOf(benchRoom, held.command, command, l.now)
							if held, before = before, nil; held != nil && !held.until.IsZero() && !l.now.Before(held.until) {
								held = nil // the undo opens it, and tells so
							}
						}
					case "undo another":
						l.doors().unlockOf(benchRoom, "$another", command, l.now)
					case "posture":
						posture = rapid.Bool().Draw(rt, "closes")
						l.doors().turn(posture, l.now)
					case "crash":
						was, opened := maps.Clone(l.doors().locked), maps.Clone(l.doors().unlocked)
						l.start()
						l.doors().locked, l.doors().unlocked = was, opened
						l.doors().turn(posture, l.now)
					case "pass":
						l.now = l.now.Add(2 * time.Hour)
					}
					l.calm()
					if held != nil {
						opened = nil // nothing that was opened before
					}
					ends := false
					if held != nil && !held.until.IsZero() && !l.now.Before(held.until) {
						held, before, ends = nil, nil, !posture
						l.calm() // its time may just have been over
					}
					said := l.Community.said()
					if posture && strings.Contains(said, "known by now") {
						said = "" // they could not while moderators had closed it
					}
					if strings.Contains(said, "again") != ends || !ends && said != "" {
						rt.Fatalf("its time is over: %v, and it is told %q", ends, said)
					}
					if closed := strings.Contains(l.server, of.shut); closed != (held != nil || posture) {
						rt.Fatalf("closed %v, locked %v, posture %v", closed, held, posture)
					}
					if lent = (lent || posture) && (held != nil || posture); !lent && strings.Contains(l.server, `"@known1:hs":1`) {
						rt.Fatalf("who is known can write: %s", l.server)
					}
					if held == nil && !posture && (!l.alike(of.found) || len(l.stored)+len(l.doors().locked) != 0) {
						rt.Fatalf("open it is %s; stored %v", l.server, l.stored)
					}
				}
			})
		})
	}
}

// Who opens a room by hand that moderators closed ends that; who closes it anew is obeyed.
func TestLockdownThatSomebodyEnds(t *testing.T) {
	l := newLobby(t, public)
	ends := l.now.Add(time.Hour)
	l.doors().lock(benchRoom, lockdown{By: benchModerator, Until: ends}, l.now)
	if latch := l.doors().latched(benchRoom, l.now); !latch.Locked || latch.Holds {
		t.Errorf("before it is closed: %+v", latch)
	}
	l.calm()
	if latch := l.doors().latched(benchRoom, l.now); !latch.Holds || !latch.Ends.Equal(ends) {
		t.Errorf("closed: %+v", latch)
	}
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

// Whether a room is closed to those who come or to those who write is kept apart, and nothing else
// is taken for it.
func TestLocksAreKeptApart(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	p := r.protectors.posture
	now := time.Now()
	p.doors.lock(benchRoom, lockdown{By: benchModerator, Command: "$a"}, now)
	p.hush.lock("!other:hs", lockdown{By: benchModerator, Command: "$b"}, now)
	p.doors.lock("!open:hs", lockdown{By: benchModerator, Command: "$c", Until: now.Add(time.Hour)}, now)
	p.doors.unlock("!open:hs", "$d", now)
	r.commits.Setting(lockNamespace, "hush @u:hs", lockdown{})
	r.commits.Setting(lockNamespace, "!odd:hs", "text")
	r.store(store.Commit{})
	if p = newReader(t, kept, 0).protectors.posture; len(p.doors.locked) != 1 || p.doors.locked[benchRoom].Command != "$a" || len(p.hush.locked) != 1 || p.hush.locked["!other:hs"].Command != "$b" {
		t.Errorf("locked are %v and %v", p.doors.locked, p.hush.locked)
	}
	if k := p.doors.unlocked["!open:hs"]; len(p.doors.unlocked) != 1 || k.Opened != "$d" || k.Command != "$c" || p.doors.latched("!open:hs", now).Opened != "$d" || p.doors.latched("!open:hs", now.Add(2*time.Hour)).Opened != "" {
		t.Errorf("opened are %+v", p.doors.unlocked)
	}
	p.doors.unguarded("!open:hs")
	if p.doors.relock("!open:hs", "$d", "$e", now); len(p.doors.unlocked) != 0 || p.doors.isLocked("!open:hs") {
		t.Error("of a room that is not protected any more it is remembered")
	}
}
