package community

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/sanction"
	"forseti/store"
)

// lobby is a room with a door, on a homeserver that may be ahead of what sync has brought.
type lobby struct {
	*Community
	t      *testing.T
	now    time.Time
	server string            // who may join, as the homeserver has it
	stored map[string]string // doors in the database
	under  []action.Action
}

func newLobby(t *testing.T, server string) *lobby {
	l := &lobby{t: t, now: time.Unix(0, 0), server: server, stored: map[string]string{}}
	l.start()
	return l
}

// start is a start of the bot, which reads what is stored and what sync brings first.
func (l *lobby) start() {
	l.Community = governed(l.t, `{"users":{"@forseti:hs":100}}`)
	l.under = nil
	d := l.doors()
	d.begun, d.dry = func() bool { return true }, func() bool { return false }
	for room, raw := range l.stored {
		var door sanction.Door
		if err := json.Unmarshal([]byte(raw), &door); err != nil {
			l.t.Fatal(err)
		}
		d.found[id.RoomID(room)] = door
	}
	d.next = l.now
	l.sync()
}

func (l *lobby) doors() *doors { return l.protectors.posture.doors }

func (l *lobby) sync() { l.happens(benchOwner, "m.room.join_rules", "", l.server) }

// store stores settings, as the database does: all of a commit or nothing.
func (l *lobby) store(all []store.NewSetting) {
	for _, s := range all {
		if s.Namespace != doorNamespace {
			continue
		}
		if s.Value == nil {
			delete(l.stored, s.Key)
			continue
		}
		raw, err := json.Marshal(s.Value)
		if err != nil {
			l.t.Fatal(err)
		}
		l.stored[s.Key] = string(raw)
	}
}

// look has the doors be seen to, if that is due. Whether it can be stored is up to chance.
func (l *lobby) look(stores bool) {
	d := l.doors()
	if due := d.due(); due.IsZero() || l.now.Before(due) {
		return
	}
	p := d.plan(l.now)
	l.store(l.commits.Take(store.Commit{}).Settings)
	if !stores {
		p.undo(l.now)
		return
	}
	l.store(p.wanted.Settings)
	l.under = append(l.under, p.wanted.Open...)
}

// land has the first action under way reach the homeserver or not; heard says whether we
// learn of it.
func (l *lobby) land(done, heard bool) {
	if len(l.under) == 0 {
		return
	}
	a := l.under[0]
	l.under = l.under[1:]
	if done {
		l.server = string(a.State.Content)
	}
	if heard {
		l.doors().ended(action.Ending{Action: a}, l.now)
	}
}

// calm lets time go by until nothing is left to do.
func (l *lobby) calm() {
	for range 20 {
		l.look(true)
		l.land(true, true)
		l.sync()
		l.now = l.now.Add(doorRest)
	}
}

const public = `{"join_rule":"public","x":{"y":[1.5]}}`

func TestDoorsAreClosedAndOpened(t *testing.T) {
	l := newLobby(t, public)
	l.doors().turn(true, l.now)
	l.look(true)
	if len(l.under) != 1 || l.under[0].Verb != action.SetJoinRule || !strings.Contains(l.stored[string(benchRoom)], "public") {
		t.Fatalf("wants %+v, stored %v", l.under, l.stored)
	}
	l.calm()
	if !strings.Contains(l.server, "knock") || len(l.stored) != 1 {
		t.Fatalf("closed it is %s", l.server)
	}
	l.doors().turn(false, l.now)
	l.calm()
	if l.server != public || len(l.stored) != 0 {
		t.Errorf("opened it is %s; stored %v", l.server, l.stored)
	}
	for _, private := range []string{`{"join_rule":"invite"}`, `{"join_rule":"restricted","allow":[]}`, `{}`} {
		l := newLobby(t, private)
		l.doors().turn(true, l.now)
		l.calm()
		if l.server != private || len(l.stored) != 0 {
			t.Errorf("%s became %s", private, l.server)
		}
	}
	// What could not be stored is not done without being stored.
	l = newLobby(t, public)
	l.doors().turn(true, l.now)
	l.look(false)
	if len(l.stored) != 0 || len(l.doors().found) != 0 {
		t.Errorf("not stored, and known: %v", l.doors().found)
	}
	l.now = l.now.Add(doorRest)
	l.look(true)
	if len(l.under) != 1 || len(l.stored) != 1 {
		t.Errorf("wants %v, stored %v", l.under, l.stored)
	}
	// Where we may not, it is said once.
	l = newLobby(t, public)
	l.happens(benchOwner, "m.room.power_levels", "", `{"users":{"@forseti:hs":10}}`)
	l.doors().turn(true, l.now)
	l.calm()
	if l.server != public || len(l.stored) != 0 {
		t.Errorf("without power: %s", l.server)
	}
}

// Somebody who opens a closed room is not fought, and neither is what they set.
func TestDoorsThatSomebodySet(t *testing.T) {
	for _, theirs := range []string{public, `{"join_rule":"invite"}`, `{"join_rule":"restricted"}`} {
		l := newLobby(t, public)
		l.doors().turn(true, l.now)
		l.calm()
		l.server = theirs
		l.sync()
		for range 3 {
			l.doors().turn(true, l.now)
			l.calm()
		}
		if l.server != theirs {
			t.Errorf("%s became %s while rooms are closed", theirs, l.server)
		}
		l.doors().turn(false, l.now)
		l.calm()
		if l.server != theirs || len(l.stored) != 0 {
			t.Errorf("%s became %s in the end", theirs, l.server)
		}
	}
}

// Whenever we crash, whatever is refused or lost, and however far sync is behind: in the
// end a room is as it was found.
func TestDoorsAlwaysOpen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLobby(t, public)
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"close", "open", "look", "look", "land", "sync", "crash", "pass"}).Draw(rt, "what") {
			case "close":
				l.doors().turn(true, l.now)
			case "open":
				l.doors().turn(false, l.now)
			case "look":
				l.look(rapid.IntRange(0, 4).Draw(rt, "stores") > 0)
			case "land":
				l.land(rapid.IntRange(0, 3).Draw(rt, "done") > 0, true)
			case "sync":
				l.sync()
			case "crash":
				closes := l.doors().close
				for len(l.under) > 0 {
					l.land(rapid.Bool().Draw(rt, "done"), false)
				}
				l.start()
				l.doors().turn(closes, l.now)
			case "pass":
				l.now = l.now.Add(doorRest)
				l.sync() // it is never so far behind
			}
		}
		for len(l.under) > 0 {
			l.land(true, true)
		}
		l.now = l.now.Add(doorRest)
		l.sync()
		l.doors().turn(false, l.now)
		l.calm()
		if l.server != public || len(l.stored) != 0 || len(l.doors().found) != 0 {
			rt.Fatalf("in the end %s; stored %v", l.server, l.stored)
		}
	})
}

// A room that is let go is opened first and not closed again meanwhile; one that stays after
// all is; what somebody else set is left; and of one that comes back nothing is remembered.
func TestDoorsOfRoomsThatAreLetGo(t *testing.T) {
	closed := func() *lobby {
		l := newLobby(t, public)
		l.doors().turn(true, l.now)
		l.calm()
		if !strings.Contains(l.server, "knock") {
			t.Fatalf("not closed: %s", l.server)
		}
		return l
	}
	l := closed()
	opens, is := l.doors().letGo(benchRoom)
	if !is || string(opens.State.Content) != public || opens.Verb != action.SetJoinRule {
		t.Fatalf("opens %+v", opens)
	}
	l.server = string(opens.State.Content)
	l.doors().opened(benchRoom)
	l.calm()
	if l.server != public || len(l.stored) != 0 {
		t.Errorf("let go: %s, stored %v", l.server, l.stored)
	}
	if _, again := l.doors().letGo(benchRoom); again {
		t.Error("it is opened twice")
	}
	l.doors().stays(benchRoom, l.now)
	l.calm()
	if !strings.Contains(l.server, "knock") || len(l.stored) != 1 {
		t.Errorf("it stays: %s, stored %v", l.server, l.stored)
	}
	l = closed()
	l.doors().letGo(benchRoom)
	l.doors().unguarded(benchRoom)
	l.doors().turn(false, l.now)
	l.calm()
	if l.server != public || len(l.stored) != 0 {
		t.Errorf("not opened, and back: %s, stored %v", l.server, l.stored)
	}
	l = closed()
	l.server = `{"join_rule":"restricted"}`
	l.sync()
	if _, ours := l.doors().letGo(benchRoom); ours {
		t.Error("what somebody else set is changed")
	}
}
