package community

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/survey"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/store"
)

const bothRoom = id.RoomID("!both:own.example")

// become takes in account data that makes rooms protected ones, or watched lists, and
// gives what is stored of that.
func (r *reader) become(kind string, rooms ...id.RoomID) []store.StateRow {
	key, entries := "rooms", make([]string, len(rooms))
	for i, room := range rooms {
		entries[i] = string(room)
	}
	if kind == typeWatchedLists {
		key = "references"
	}
	content, _ := json.Marshal(map[string]any{key: entries})
	evt := stateEvent("", kind, "", benchSelf, "", content)
	evt.StateKey = nil
	return r.configured.apply(evt)
}

// both is the state of a room that is a list, and in which there are those whom it bans.
func both(members, rules int) []*event.Event {
	state := append(inList(), stateEvent(readFrom, "m.room.power_levels", "", benchSelf, "$levels", json.RawMessage(`{"users":{"`+string(benchSelf)+`":100}}`)))
	for i := range members {
		u := spammer(i)
		state = append(state, stateEvent(readFrom, "m.room.member", string(u), u, id.EventID(fmt.Sprint("$join", i)), json.RawMessage(`{"membership":"join"}`)))
	}
	state = append(state, spamRules(rules)...)
	for _, evt := range state {
		evt.RoomID = bothRoom
	}
	return state
}

// wholly is a homeserver of which one room can be read.
type wholly struct {
	bad
	state []*event.Event
}

func (h wholly) State(context.Context, id.RoomID) ([]*event.Event, error) { return h.state, nil }

// reads has rooms read from somewhere.
func (r *reader) reads(from survey.Reader) {
	r.surveying.survey = survey.New(from, r.surveying.owner())
	r.intake.survey = r.surveying.survey
}

// wanted counts those whom there is something to do about in a room.
func (r *reader) wanted(room id.RoomID, of int) (n int) {
	for i := range of {
		if r.world.Plan(enforce.KeyOf(action.Action{Verb: action.Ban, Room: room, User: spammer(i)}), time.Now()).Wanted() {
			n++
		}
	}
	return n
}

// What is stored of a room because it is a list, or the one of the moderators, is not its
// whole state: if it was to be protected as well and we stopped before it was read, it is
// left alone until it is, and asked about.
func TestStoredAsSomethingElse(t *testing.T) {
	const members = 100
	for _, room := range []id.RoomID{readFrom, "!management:hs"} {
		kept := openStore(t)
		r := newReader(t, kept, 0)
		r.begin([]*event.Event{listed("all", "@spam*:evil.example", "m.ban", "$all")})
		for r.places.following.readOne(time.Now()) {
		}
		state := inList()
		for _, evt := range state {
			evt.RoomID = room
		}
		if room != readFrom {
			role, _ := r.places.roles(room)
			r.surveying.takeIn(room, role, state)
		}
		r.store(store.Commit{})
		r.store(store.Commit{State: r.become(typeProtectedRooms, benchRoom, room)})

		r = newReader(t, kept, 0)
		w := r.places.protecting.rooms[room]
		if w.read || !r.world.RoomHeld(room) || r.places.protecting.sweepOne(time.Now()) {
			t.Errorf("%s: after a crash it counts as read: %t; it is left alone: %t", room, w.read, r.world.RoomHeld(room))
		}
		for _, evt := range both(members, 0) {
			evt.RoomID = room
			state = append(state, evt)
		}
		viewAtOnce(r.intake, room, state[2:], time.Now())
		for r.places.protecting.sweepOne(time.Now()) {
		}
		if n := r.wanted(room, members); !w.asked || n > 0 {
			t.Errorf("%s: asked about it: %t; %d of %d are banned", room, w.asked, n, members)
		}
		r.store(store.Commit{})
		r = newReader(t, kept, 0)
		if !r.places.protecting.rooms[room].asked || !r.world.RoomHeld(room) {
			t.Errorf("%s: after one more crash nobody is asked", room)
		}
	}
}

// A room that becomes something else while it is read is read and stored as all that it is,
// and who waits for that waits on. Nothing of it is followed unasked, after a crash neither.
func TestBecomesSomethingElseWhileRead(t *testing.T) {
	const members, rules = 30, 25
	for name, tc := range map[string]struct{ first, then string }{
		"a list, protected":      {typeWatchedLists, typeProtectedRooms},
		"protected, then a list": {typeProtectedRooms, typeWatchedLists},
	} {
		for _, late := range []bool{false, true} { // in the middle of being taken in
			kept := openStore(t)
			r := newReader(t, kept, 0)
			r.reads(wholly{state: both(members, rules)})
			all := map[string][]id.RoomID{typeWatchedLists: {readFrom, bothRoom}, typeProtectedRooms: {benchRoom, bothRoom}}
			rows := r.become(tc.first, all[tc.first]...)
			goes, begun := !late, make(chan struct{})
			known, answered := -1, make(chan struct{})
			r.surveying.survey.Look(bothRoom, nil)
			go r.loop.Run(func() time.Duration {
				l := r.places.following.lists[bothRoom]
				if !goes && (len(r.intake.looks) > 0 || l != nil && l.reading() != nil) {
					goes = true
					close(begun)
					return time.Hour
				}
				if goes && (r.places.following.readOne(time.Now()) || r.intake.lookOne(time.Now()) || r.places.protecting.sweepOne(time.Now())) {
					return 0
				}
				return time.Hour
			})
			if late {
				<-begun
			}
			r.loop.See(func() {
				rows = append(rows, r.become(tc.then, all[tc.then]...)...)
				r.surveying.survey.Look(bothRoom, func(error) {
					known = r.world.Rules.LenOf(bothRoom) + r.world.Room(bothRoom).Count("join")
					close(answered)
				})
			})
			select {
			case <-answered:
			case <-time.After(10 * time.Second):
				t.Fatalf("%s, late %t: who waits for it is never answered", name, late)
			}
			if known != members+1+rules {
				t.Errorf("%s, late %t: who waited for it was told when %d members and rules were known", name, late, known)
			}
			r.loop.Stop(nil)
			r.store(store.Commit{State: rows})
			again := newReader(t, kept, 0)
			if n := again.wanted(bothRoom, members); n > 0 {
				t.Errorf("%s, late %t: after a crash %d are banned, and nobody was asked", name, late, n)
			}
		}
	}
}

// The mark of a room that is to be read again stands until that reading is done, whatever
// was asked for before it.
func TestMarkOutlivesAnEarlierReading(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	r.begin(nil)
	for r.places.following.readOne(time.Now()) {
	}
	r.store(store.Commit{})
	for name, missed := range map[string]func(){
		"a gap": func() {
			r.store(r.take(&matrix.Batch{Arrived: time.Now(), Rooms: []matrix.RoomBatch{{Room: readFrom, Membership: event.MembershipJoin, Gap: true}}}))
		},
		"trouble": func() { r.surveying.isolated(readFrom, func() { panic("at the disco") }) },
	} {
		r.reads(states{})
		r.surveying.survey.Look(readFrom, nil) // the answer is under way
		missed()
		for _, turn := range []string{"the first", "the second"} {
			r.begin(nil)
			for r.places.following.readOne(time.Now()) {
			}
			if marked := r.places.following.marks.rooms[readFrom] != ""; marked != (turn == "the first") {
				t.Errorf("%s: after %s reading it is marked: %t", name, turn, marked)
			}
		}
	}
}

// What sync brought while a room was read is not gone through a second time: who came and
// was banned by us meanwhile is not taken for somebody who was let in again.
func TestMissedIsTakenInOnce(t *testing.T) {
	r := newReader(t, openStore(t), 3)
	r.begin([]*event.Event{listed("x", string(spammer(0)), "m.ban", "$x")})
	for r.places.following.readOne(time.Now()) {
	}
	r.reads(states{})
	r.surveying.survey.Look(benchRoom, nil)
	role, _ := r.places.roles(benchRoom)
	u := spammer(0)
	var out store.Commit
	r.intake.takeState(stateEvent(benchRoom, "m.room.member", string(u), u, "$leave", json.RawMessage(`{"membership":"leave"}`)), time.Now(), role, &out)
	a := action.Action{Verb: action.Ban, Room: benchRoom, User: u, Cause: action.Cause{Kind: action.ByRule, List: readFrom, Rule: "$x", Entity: string(u)}}
	r.intake.localEcho(a, nil, action.Result{}, time.Now())
	r.intake.takeState(stateEvent(benchRoom, "m.room.member", string(u), benchSelf, "$ban", json.RawMessage(`{"membership":"ban"}`)), time.Now(), role, &out)

	l := lookingAt(benchRoom, role, joins(3)) // what was there when it was asked for
	l.over = func(rows []store.StateRow) {
		r.surveying.keep(benchRoom, rows)
		r.surveying.survey.Taken(benchRoom)
	}
	r.intake.looks = append(r.intake.looks, l)
	for len(r.intake.looks) > 0 {
		r.intake.lookOne(time.Now())
	}
	if m, _ := r.world.Room(benchRoom).Member(u); m.Membership != event.MembershipBan {
		t.Fatalf("they are %s", m.Membership)
	}
	stored := ""
	for _, row := range r.commits.Take(store.Commit{}).State {
		if row.Key == string(u) {
			stored = string(row.Event)
		}
	}
	if len(stored) == 0 {
		t.Error("what came meanwhile is not stored")
	}
	r.begin(nil) // the rule goes
	for r.places.following.readOne(time.Now()) {
	}
	if p := r.world.Plan(enforce.KeyOf(a), time.Now()); p.Action.Verb != action.Unban {
		t.Errorf("the rule is gone, and they stay banned: planned is %q", p.Action.Verb)
	}
}
