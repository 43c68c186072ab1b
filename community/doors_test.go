package community

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/commands"
	"forseti/sanction/trust"
	"forseti/store"
)

// lobby is a room with a door, on a homeserver that may be ahead of what sync has brought.
type lobby struct {
	*Community
	t      *testing.T
	now    time.Time
	hush   bool              // it is about who may write
	server string            // who may join or write, as the homeserver has it
	ours   string            // as our account has set it last
	stored map[string]string // doors in the database
	under  []action.Action
}

func newLobby(t *testing.T, server string) *lobby {
	l := &lobby{t: t, now: time.Unix(0, 0), server: server, stored: map[string]string{}}
	l.start()
	return l
}

// newQuiet is a lobby where it is about who may write. Known are those whose name says so.
func newQuiet(t *testing.T, server string) *lobby {
	l := &lobby{t: t, hush: true, now: time.Unix(0, 0), server: server, stored: map[string]string{}}
	l.start()
	return l
}

func knownByName(u id.UserID, _ time.Time) trust.Level {
	if strings.HasPrefix(string(u), "@known") {
		return trust.Known
	}
	return trust.New
}

// start is a start of the bot, which reads what is stored and what sync brings first.
func (l *lobby) start() {
	l.Community = governed(l.t, `{"users":{"@forseti:hs":100}}`)
	l.under = nil
	d := l.doors()
	d.begun, d.dry = func() bool { return true }, func() bool { return false }
	for key, raw := range l.stored {
		if d.take(key, json.RawMessage(raw)); len(d.found) == 0 {
			l.t.Fatal(raw)
		}
	}
	for _, u := range []string{"@known1:hs", "@known2:hs", "@new:hs"} {
		l.happens(id.UserID(u), "m.room.member", u, `{"membership":"join"}`)
	}
	d.next = l.now
	l.sync()
}

func (l *lobby) doors() *doors {
	if l.hush {
		d := l.protectors.posture.hush
		d.of = writing{benchSelf, knownByName, l.places.names, d.isLocked}
		return d
	}
	return l.protectors.posture.doors
}

func (l *lobby) sync() {
	_, state := l.doors().of.verb()
	l.happens(pick(l.server == l.ours, benchSelf, benchOwner), state.Type, "", l.server)
}

// said is what moderators were told so far.
func (l *lobby) said() string {
	var said strings.Builder
	for at := time.Now(); at.Before(time.Now().Add(10 * time.Minute)); at = at.Add(time.Minute) {
		for _, s := range l.speaker.report.Speak(at) {
			said.WriteString(s.Message.Markdown)
		}
	}
	return said.String()
}

// alike reports whether the homeserver has what it is to have.
func (l *lobby) alike(want string) bool {
	var x, y any
	return json.Unmarshal([]byte(l.server), &x) == nil && json.Unmarshal([]byte(want), &y) == nil && reflect.DeepEqual(x, y)
}

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
	for _, a := range p.wanted.Open {
		l.speaker.report.Opened(a, l.now)
	}
}

// land has the first action under way reach the homeserver or not; heard says whether we
// learn of it.
func (l *lobby) land(done, heard bool) {
	if len(l.under) == 0 {
		return
	}
	a := l.under[0]
	l.under = l.under[1:]
	e := action.Ending{Action: a, Fate: action.Superseded}
	if done && (a.Verb != action.SetVoice || l.alike(string(a.Was))) {
		l.server = string(a.State.Content)
		l.ours, e.Fate = l.server, action.Done
	}
	if heard {
		l.speaker.report.Ended(e, l.now)
		l.doors().ended(e, l.now)
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
	t.Run("who may join", func(t *testing.T) { alwaysOpen(t, public, newLobby) })
	t.Run("who may write", func(t *testing.T) { alwaysOpen(t, loud, newQuiet) })
}

func alwaysOpen(t *testing.T, found string, lobby func(*testing.T, string) *lobby) {
	rapid.Check(t, func(rt *rapid.T) {
		l := lobby(t, found)
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
		if !l.alike(found) || len(l.stored) != 0 || len(l.doors().found) != 0 {
			rt.Fatalf("in the end %s; stored %v", l.server, l.stored)
		}
	})
}

// Two communities that look after one room, whenever each of them wants newcomers not to write
// there and whatever of it fails: when both are done with it, all is as it was found.
func TestTwoCommunitiesHushOneRoom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		two := [2]*lobby{newQuiet(t, loud), newQuiet(t, loud)}
		now := time.Unix(0, 0)
		with := func(l *lobby, do func()) {
			l.now = now
			do()
			for _, other := range two { // one homeserver, and one account
				other.server, other.ours = l.server, l.ours
			}
		}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			l := two[rapid.IntRange(0, 1).Draw(rt, "whose")]
			with(l, func() {
				switch rapid.SampledFrom([]string{"hush", "end", "look", "look", "land", "land", "sync"}).Draw(rt, "what") {
				case "hush":
					l.doors().turn(true, l.now)
				case "end":
					l.doors().turn(false, l.now)
				case "look":
					l.look(rapid.IntRange(0, 4).Draw(rt, "stores") > 0)
				case "land":
					l.land(rapid.IntRange(0, 3).Draw(rt, "done") > 0, true)
				case "sync":
					l.sync()
				}
			})
			if rapid.Bool().Draw(rt, "pass") {
				now = now.Add(doorRest)
				for _, l := range two {
					l.now = now
					l.sync() // it is never so far behind
				}
			}
		}
		for range 3 { // both end, in whatever order their work comes
			for _, l := range two {
				with(l, func() {
					for len(l.under) > 0 {
						l.land(true, true)
					}
					l.doors().turn(false, now)
					l.sync()
					l.calm()
				})
				now = l.now
			}
		}
		for n, l := range two {
			if !l.alike(loud) || len(l.stored) != 0 || len(l.doors().found) != 0 {
				rt.Fatalf("in the end %s; %d stored %v", l.server, n, l.stored)
			}
			if said := l.said(); strings.Contains(said, "Somebody") {
				rt.Fatalf("%d said %s", n, said)
			}
		}
	})
}

// Of two communities that hush a room, the one that wants it longer has it hushed again when the
// other is done.
func TestTheOtherCommunityIsDone(t *testing.T) {
	ours, theirs := newQuiet(t, loud), newQuiet(t, loud)
	share := func(from, to *lobby) {
		to.server, to.ours, to.now = from.server, from.ours, from.now
		to.sync()
	}
	theirs.doors().turn(true, theirs.now)
	theirs.calm()
	share(theirs, ours)
	ours.doors().turn(true, ours.now)
	ours.calm()
	if !ours.alike(hushed) || len(ours.stored) != 0 {
		t.Fatalf("over theirs it is %s, stored %v", ours.server, ours.stored)
	}
	share(ours, theirs)
	theirs.doors().turn(false, theirs.now)
	theirs.calm()
	if !theirs.alike(loud) || len(theirs.stored) != 0 {
		t.Fatalf("they are done, and it is %s, stored %v", theirs.server, theirs.stored)
	}
	share(theirs, ours)
	ours.calm()
	if !ours.alike(hushed) || len(ours.stored) != 1 {
		t.Errorf("then it is %s, stored %v", ours.server, ours.stored)
	}
	ours.doors().turn(false, ours.now)
	ours.calm()
	if !ours.alike(loud) || len(ours.stored) != 0 {
		t.Errorf("in the end %s, stored %v", ours.server, ours.stored)
	}
}

// Two communities of one account that close a room, or hush it, at the same moment, of which each
// knows others of its members: neither takes what the other does for somebody else's, the room stays
// closed until both are done, and then it is as it was found. Somebody who opens it meanwhile is not
// fought by either.
func TestTwoCommunitiesBeginAtOnce(t *testing.T) {
	for name, of := range map[string]struct {
		new   func(*testing.T, string) *lobby
		found string
		shut  string
	}{"who may join": {newLobby, public, `"knock"`}, "who may write": {newQuiet, loud, `"m.room.message":1`}} {
		for first := range 2 {
			for _, byHand := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %d, %v", name, first, byHand), func(t *testing.T) {
					two := [2]*lobby{of.new(t, of.found), of.new(t, of.found)}
					two[0].happens("@known3:hs", "m.room.member", "@known3:hs", `{"membership":"join"}`)
					share := func(from *lobby) {
						for _, l := range two {
							l.server, l.ours, l.now = from.server, from.ours, from.now
							l.sync()
						}
					}
					calm := func() {
						for range 30 {
							for _, l := range two {
								l.look(true)
								l.land(true, true)
								share(l)
							}
							two[0].now = two[0].now.Add(doorRest)
							share(two[0])
						}
					}
					for _, l := range two {
						l.doors().turn(true, l.now)
						l.look(true)
						if len(l.under) != 1 {
							t.Fatalf("wants %+v", l.under)
						}
					}
					for i := range two {
						l := two[(first+i)%2]
						l.land(true, true)
						share(l)
					}
					calm()
					if !strings.Contains(two[0].server, of.shut) {
						t.Fatalf("both want it closed, and it is %s", two[0].server)
					}
					want := of.found
					if byHand {
						two[0].server, two[0].ours = of.found, ""
						share(two[0])
						calm()
					} else {
						one := two[0]
						one.doors().turn(false, one.now)
						calm()
						if !strings.Contains(one.server, of.shut) || len(one.stored) != 0 {
							t.Errorf("one wants it closed, and it is %s; the other has stored %v", one.server, one.stored)
						}
					}
					for n, l := range two {
						if said := l.said(); strings.Contains(said, "Somebody") != byHand {
							t.Errorf("%d said %q", n, said)
						}
						l.doors().turn(false, l.now)
					}
					calm()
					for n, l := range two {
						if !l.alike(want) || len(l.stored) != 0 || len(l.doors().found) != 0 {
							t.Errorf("in the end it is %s; %d stored %v", l.server, n, l.stored)
						}
					}
				})
			}
		}
	}
}

// loud is a room in which everybody can write.
const loud = `{"users":{"@forseti:hs":100,"@mod:hs":50,"@known2:hs":"0"},"events":{"m.room.message":0,"m.room.name":50},"x":[1.5]}`

const hushed = `{"users":{"@forseti:hs":100,"@mod:hs":50,"@known1:hs":1,"@known2:hs":1},"events_default":1,"events":{"m.room.message":1,"m.room.name":50},"x":[1.5]}`

func TestOnlyWhoIsKnownMayWrite(t *testing.T) {
	l := newQuiet(t, loud)
	l.doors().turn(true, l.now)
	l.look(true)
	if len(l.under) != 1 || l.under[0].Verb != action.SetVoice || l.world.Guard(l.under[0]) != nil || len(l.stored) != 1 {
		t.Fatalf("wants %+v, stored %v", l.under, l.stored)
	}
	l.calm()
	if !l.alike(hushed) {
		t.Fatalf("it is %s", l.server)
	}
	if silenced(l.world.Room(benchRoom), "@new:hs") || silenced(l.world.Room(benchRoom), "@known1:hs") {
		t.Error("who may not write now counts as muted")
	}
	// Who comes to be known while it holds may write, too; from whom somebody takes it may not.
	l.server = strings.Replace(strings.Replace(hushed, `"@known1:hs":1,`, ``, 1), `"@known2:hs":1`, `"@known2:hs":-1`, 1)
	l.happens("@known3:hs", "m.room.member", "@known3:hs", `{"membership":"join"}`)
	l.sync()
	if !silenced(l.world.Room(benchRoom), "@known2:hs") {
		t.Error("who is muted does not count as that")
	}
	l.now = l.now.Add(2 * doorMore)
	l.calm()
	if want := strings.Replace(hushed, `"@known1:hs":1,"@known2:hs":1`, `"@known2:hs":-1,"@known3:hs":1`, 1); !l.alike(want) {
		t.Errorf("later it is %s", l.server)
	}
	// A mute outlasts it, and leaves what there was before it.
	l.doors().turn(false, l.now)
	l.calm()
	muted := strings.Replace(loud, `"@known2:hs":"0"`, `"@known2:hs":-1`, 1)
	if !l.alike(muted) || len(l.stored) != 1 {
		t.Errorf("in the end it is %s, stored %v", l.server, l.stored)
	}
	l.start() // what is left to give back is known after a restart
	l.server = strings.Replace(muted, `-1`, `1`, 1)
	l.sync()
	l.calm()
	if !l.alike(loud) || len(l.stored) != 0 {
		t.Errorf("after the mute it is %s, stored %v", l.server, l.stored)
	}
}

// Where it cannot be it is said once, and nothing is done.
func TestWhereNewcomersCannotBeKeptFromWriting(t *testing.T) {
	for levels, why := range map[string]string{
		`{"users":{"@forseti:hs":100},"invite":1}`:                                         "level 1 is what it takes to invite",
		`{"users":{"@forseti:hs":100},"events_default":-1}`:                                "with a level below 0",
		`{"users":{"@forseti:hs":40}}`:                                                     "I need power level 50 to set m.room.power_levels and have 40",
		`{"users":{"@forseti:hs":1},"state_default":0,"events":{"m.room.power_levels":0}}`: "I need power level 2 for it and have 1",
	} {
		l := newQuiet(t, levels)
		l.doors().turn(true, l.now)
		for range 3 {
			l.calm()
		}
		var said strings.Builder
		for at := time.Now(); at.Before(time.Now().Add(10 * time.Minute)); at = at.Add(time.Minute) {
			for _, s := range l.speaker.report.Speak(at) {
				said.WriteString(s.Message.Markdown)
			}
		}
		if l.server != levels || len(l.stored) != 0 || strings.Count(said.String(), "I cannot keep newcomers from writing") != 1 || !strings.Contains(said.String(), why) {
			t.Errorf("%s became %s, said %q", levels, l.server, said.String())
		}
	}
}

// Somebody who has all write again is not fought, also after a restart, and what is still ours
// is given back.
func TestSomebodyHasAllWriteAgain(t *testing.T) {
	for _, restart := range []bool{false, true} {
		l := newQuiet(t, loud)
		l.doors().turn(true, l.now)
		l.calm()
		l.server = strings.Replace(hushed, `"m.room.message":1`, `"m.room.message":0`, 1)
		l.sync()
		l.calm()
		if restart {
			l.start()
		}
		l.doors().turn(true, l.now)
		l.calm()
		if !l.alike(loud) {
			t.Errorf("it is %s", l.server)
		}
		l.server = hushed // as somebody wants it
		l.sync()
		l.calm()
		l.doors().turn(false, l.now)
		l.calm()
		if !l.alike(hushed) || len(l.stored) != 0 {
			t.Errorf("in the end it is %s, stored %v", l.server, l.stored)
		}
	}
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

// A room that another client takes out while it is closed is opened before it is let go, also
// after a restart; one that is back before that is closed again; and where it cannot be opened
// it is let go in the end, and told.
func TestDoorsOfRoomsThatAreTakenOut(t *testing.T) {
	for name, of := range map[string]struct {
		new    func(*testing.T, string) *lobby
		found  string
		closed string
	}{"who may join": {newLobby, public, "knock"}, "who may write": {newQuiet, loud, `"@known1:hs":1`}} {
		closed := func() *lobby {
			l := of.new(t, of.found)
			l.places.protecting.setProtected([]id.RoomID{benchRoom})
			l.doors().turn(true, time.Now())
			l.now = time.Now()
			l.calm()
			if !strings.Contains(l.server, of.closed) {
				t.Fatalf("%s: not closed: %s", name, l.server)
			}
			return l
		}
		l := closed()
		l.places.protecting.setProtected(nil)
		if l.world.Room(benchRoom) == nil {
			t.Fatalf("%s: let go at once", name)
		}
		for range 3 { // less than it may take
			l.look(true)
			l.land(true, true)
			l.sync()
			l.now = l.now.Add(doorRest)
		}
		if !l.alike(of.found) || len(l.stored) != 0 || !l.doors().done {
			t.Errorf("%s: %s, stored %v, done: %v", name, l.server, l.stored, l.doors().done)
		}
		l.doors().release()
		if l.world.Room(benchRoom) != nil {
			t.Errorf("%s: not let go", name)
		}

		l = closed()
		l.start()
		if !l.protectors.posture.lingered(benchRoom, l.now) {
			t.Errorf("%s: forgotten at a restart", name)
		}
		l.look(true)
		l.land(true, true)
		if !l.alike(of.found) {
			t.Errorf("%s: after a restart %s", name, l.server)
		}

		l = closed()
		l.places.protecting.setProtected(nil)
		l.places.protecting.setProtected([]id.RoomID{benchRoom})
		l.doors().turn(true, l.now)
		l.calm()
		if !strings.Contains(l.server, of.closed) || l.doors().done {
			t.Errorf("%s: back again %s", name, l.server)
		}

		l = closed()
		l.places.protecting.setProtected(nil)
		for range 20 {
			l.look(true)
			l.land(false, true)
			l.now = l.now.Add(doorRest)
		}
		if !l.doors().done || len(l.stored) != 1 {
			t.Errorf("%s: not opened, stored %v", name, l.stored)
		}
	}
}

// A room that another community of the account closed already is closed by a lockdown of this one too: it stays so until
// both are done, and then is as it was found. One that our account made is not taken for such a one.
func TestLockdownOfWhatTheOtherCommunityClosed(t *testing.T) {
	two := [2]*lobby{newLobby(t, public), newLobby(t, public)}
	share := func(from *lobby) {
		for _, l := range two {
			l.server, l.ours, l.now = from.server, from.ours, from.now
			l.sync()
		}
	}
	set := 0
	calm := func() {
		set = 0
		for range 10 {
			for _, l := range two {
				l.look(true)
				set += len(l.under)
				l.land(true, true)
				share(l)
			}
			two[0].now = two[0].now.Add(doorRest)
			share(two[0])
		}
	}
	made := func(by id.UserID) {
		for _, l := range two {
			l.happens(by, "m.room.create", "", `{"room_version":"10"}`)
			l.sync()
		}
	}
	seen := func(l *lobby) commands.Lock {
		return lockDesk{l.loop, l.protectors.posture.doors, l.protectors.posture.hush}.lockOf(l.world.Room(benchRoom))
	}
	made(benchOwner)
	two[0].doors().lock(benchRoom, lockdown{Command: "$first"}, two[0].now)
	calm()
	if ours, theirs := seen(two[0]), seen(two[1]); ours.Shared || !theirs.Shared || theirs.Open || !ours.Door.Locked {
		t.Fatalf("who closed it sees %+v, the other %+v", ours, theirs)
	}
	two[1].doors().lock(benchRoom, lockdown{Command: "$second"}, two[1].now)
	calm()
	for i, l := range two {
		l.doors().unlock(benchRoom, "$unlock", l.now)
		calm()
		if closed := strings.Contains(l.server, "knock"); closed != (i == 0) || set != 2-i {
			t.Fatalf("%d are done, and it is %s, set %d times", i+1, l.server, set)
		}
		if seen(l).Shared != (i == 0) {
			t.Errorf("%d sees %+v", i, seen(l))
		}
	}
	for n, l := range two {
		if !l.alike(public) || len(l.stored)+len(l.doors().found)+len(l.doors().locked) != 0 {
			t.Errorf("in the end %s; %d stored %v", l.server, n, l.stored)
		}
		if said := l.said(); strings.Contains(said, "Somebody") {
			t.Errorf("%d said %s", n, said)
		}
	}
	made(benchSelf)
	two[0].server, two[0].ours = `{"join_rule":"knock"}`, `{"join_rule":"knock"}`
	share(two[0])
	if of := seen(two[0]); of.Shared || of.Open {
		t.Errorf("a room of our own is %+v", of)
	}
}

// What is set at a door is told by whoever asked for it; what nobody asked for, the door tells, and what
// could not be done and then is, too.
func TestDoorsTellWhatNobodyDid(t *testing.T) {
	for name, of := range map[string]struct {
		new               func(*testing.T, string) *lobby
		found             string
		shut, grow, opens string
	}{
		"who may join":  {newLobby, public, "new people have to ask", "", "is open again"},
		"who may write": {newQuiet, loud, "only members who are known can write now", "are known by now", "is as it was again"},
	} {
		l := of.new(t, of.found)
		d := l.doors()
		tells := func(what, want string) {
			t.Helper()
			l.calm()
			if said := l.Community.said(); want == "" && said != "" || !strings.Contains(said, want) || strings.Contains(said, "Changed who may") {
				t.Errorf("%s: %s, and it is told %q", name, what, said)
			}
		}
		d.turn(true, l.now)
		tells("closed by a posture", "")
		if of.grow != "" {
			l.happens("@known3:hs", "m.room.member", "@known3:hs", `{"membership":"join"}`)
			l.now = l.now.Add(doorMore)
			tells("somebody is known by now", of.grow)
		}
		d.turn(false, l.now)
		tells("open again", "")

		// Two commands while nothing is done yet: both told.
		d.lock(benchRoom, lockdown{Command: "$lock"}, l.now)
		l.look(true)
		if len(l.under) != 1 || l.under[0].For != "$lock" {
			t.Errorf("%s: whose is %+v", name, l.under)
		}
		d.unlock(benchRoom, "$unlock", l.now)
		l.land(true, true)
		l.sync()
		tells("opened while it was being closed", "")
		if !l.alike(of.found) {
			t.Errorf("%s: it is %s", name, l.server)
		}

		// Whether it is a room that comes later is not asked of anybody.
		d.turn(true, l.now)
		d.asked = map[id.RoomID]asker{}
		tells("a room that came later", of.shut)
		d.turn(false, l.now)
		tells("open again", "")

		// It did not work, and then it does.
		d.turn(true, l.now)
		l.look(true)
		refused := action.Ending{Action: l.under[0], Fate: action.Refused, Why: "no power"}
		l.under = nil
		l.speaker.report.Ended(refused, l.now)
		d.ended(refused, l.now)
		l.now = l.now.Add(doorRest)
		tells("closed at last", of.shut)
	}
}
