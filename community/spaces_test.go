package community

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/approval"
	"forseti/matrix"
	"forseti/store"
)

const testSpace = id.RoomID("!space:hs")

// followsSpace is a community that follows a space in which some may put rooms.
func followsSpace(t *testing.T, levels string) (*reader, *spaces) {
	r := newReader(t, openStore(t), 0)
	go r.loop.Run(func() time.Duration { return time.Hour })
	s := r.hearing.spaces
	s.begun, s.dry = func() bool { return true }, func() bool { return false }
	r.loop.See(func() {
		r.places.protecting.setProtected([]id.RoomID{benchRoom, testSpace})
		r.world.Look(testSpace, []*event.Event{
			stateEvent(testSpace, "m.room.create", "", benchOwner, "$c", json.RawMessage(`{"room_version":"11","type":"m.space"}`)),
			stateEvent(testSpace, "m.room.power_levels", "", benchOwner, "$l", json.RawMessage(levels)),
			stateEvent(testSpace, "m.room.member", string(benchSelf), benchSelf, "$m", json.RawMessage(`{"membership":"join"}`)),
		}, time.Now())
		s.follows(testSpace, nil)
	})
	return r, s
}

func child(room id.RoomID, content string) *event.Event {
	return stateEvent(testSpace, typeSpaceChild, string(room), benchOwner, "$child", json.RawMessage(content))
}

// What goes out of a space stays protected, and is told once; what comes in and may not is
// told, and not taken in; nonsense is nothing.
func TestWhatASpaceShows(t *testing.T) {
	const via = `{"via":["hs"]}`
	r, s := followsSpace(t, `{"events":{"m.space.child":0}}`)
	r.loop.See(func() {
		s.read(testSpace, []*event.Event{child(benchRoom, via)})
		if !s.of[testSpace][benchRoom] || s.reading {
			t.Errorf("it shows %v", s.of[testSpace])
		}
		s.read(testSpace, []*event.Event{child(benchRoom, `{}`), child("!new:hs", via), child("@no:hs", via), child("!odd:hs", `{"via":"hs"}`), child("!odder:hs", `[]`)})
	})
	var said string
	r.loop.See(func() { said = r.news(time.Now()) })
	for _, want := range []string{"1 room came into the space", "everybody may put rooms into it"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
	r.loop.See(func() {
		if asks := asksOfLeft(r, benchRoom); !strings.Contains(asks.Text, "is not in the space") || !strings.Contains(asks.Text, "I go on protecting it") || commands.UsualRoles().Level(r.orders.set.Needs(asks.Line)...) != 100 {
			t.Errorf("asks %+v", asks)
		}
		if r.places.protecting.rooms[benchRoom] == nil || r.places.protecting.rooms["!new:hs"] != nil || len(s.of[testSpace]) != 1 {
			t.Errorf("it shows %v", s.of[testSpace])
		}
		s.read(testSpace, []*event.Event{child("!new:hs", via)})
		if again := r.news(time.Now().Add(time.Hour)); strings.Contains(again, "space") {
			t.Errorf("told again: %s", again)
		}
	})
	// Whoever rules the space cannot have us go into any number of rooms.
	r, s = followsSpace(t, `{}`)
	r.loop.See(func() {
		var many []*event.Event
		for i := range mostCame + 1 {
			many = append(many, child(id.RoomID(fmt.Sprintf("!r%d:hs", i)), via))
		}
		s.read(testSpace, many)
		if said := r.news(time.Now()); !strings.Contains(said, "21 rooms came into the space") || !strings.Contains(said, "no more than 20 within a day") {
			t.Errorf("said %s", said)
		}
		if len(r.places.protecting.rooms) != 2 {
			t.Error("they are protected")
		}
	})
}

// asksOfLeft is what is asked about a room that went out of a space.
func asksOfLeft(r *reader, room id.RoomID) questionDetails {
	d, _ := r.orders.questions.topics.wording(approval.Topic{Kind: approval.Left, About: string(room)})
	return d
}

// A room that went out of a space is asked about until somebody answers, or it is back; a yes is
// carried out also after a crash, and once.
func TestRoomsThatLeftASpace(t *testing.T) {
	const via = `{"via":["hs"]}`
	kept := openStore(t)
	stops := make(chan id.RoomID, 10)
	begin := func() (*reader, *leftSpaces) {
		r := newReader(t, kept, 0)
		r.places.protecting.setProtected([]id.RoomID{benchRoom, testSpace})
		go r.loop.Run(func() time.Duration { return time.Hour })
		l := r.hearing.spaces.left
		l.stop = func(ctx context.Context, room id.RoomID) error {
			stops <- room
			return ctx.Err()
		}
		return r, l
	}
	r, l := begin()
	asks := func() (is bool) {
		r.loop.See(func() { is = asksOfLeft(r, benchRoom).Text != "" })
		return is
	}
	gone := func() { r.loop.See(func() { l.note(benchRoom, testSpace, time.Now()) }) }
	if asks() {
		t.Error("it is asked about for nothing")
	}
	if gone(); !asks() {
		t.Error("it is not asked about")
	}
	r.loop.See(func() {
		s := r.hearing.spaces
		s.of[testSpace] = shownRooms{}
		s.read(testSpace, []*event.Event{child(benchRoom, via)})
	})
	if asks() {
		t.Error("it is back, and asked about")
	}
	gone()
	r.loop.See(func() { l.decide(benchRoom, false, "somebody") })
	if asks() || len(stops) > 0 {
		t.Error("a no is none")
	}
	gone()
	r.loop.See(func() { r.places.protecting.setProtected([]id.RoomID{testSpace}) })
	if asks() {
		t.Error("what is not protected is asked about")
	}
	r.loop.See(func() { l.look(time.Now()) })
	if len(l.of) != 0 {
		t.Errorf("it is remembered: %v", l.of)
	}
	r.loop.See(func() { r.places.protecting.setProtected([]id.RoomID{benchRoom, testSpace}) })
	gone()
	r.loop.See(func() {
		l.going[benchRoom] = true // it ends before anything is done
		of := l.of[benchRoom]
		of.Goes = true
		l.keep(benchRoom, of)
	})
	r.loop.See(func() { r.store(store.Commit{}) })
	if r, l = begin(); asks() || !l.of[benchRoom].Goes {
		t.Errorf("after a crash it is %+v", l.of)
	}
	for range 3 {
		r.loop.See(func() { l.look(time.Now()) })
	}
	if room := <-stops; room != benchRoom {
		t.Errorf("%s is let go", room)
	}
	for known := true; known; {
		r.loop.See(func() { _, known = l.of[benchRoom] })
	}
	if len(stops) > 0 {
		t.Error("it is let go twice")
	}
}

// A room of a space that could not be joined is tried again, ever more rarely, and not for ever.
func TestRoomsThatTurnUsAway(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	a, now := r.hearing.spaces.away, time.Unix(0, 0)
	var waited []time.Duration
	for range len(turnedPauses) + 1 {
		a.note("!r:hs", testSpace, []string{"hs"}, now)
		if room, at := a.next(); room != "" {
			waited = append(waited, at.Sub(now))
			now = at
		}
		r.store(store.Commit{})
		if again := newReader(t, kept, 0).hearing.spaces.away; len(again.of) != len(a.of) || again.of["!r:hs"].Tries != a.of["!r:hs"].Tries {
			t.Errorf("after a restart it is %v, and was %v", again.of, a.of)
		}
	}
	if !slices.Equal(waited, turnedPauses[:]) || len(a.of) != 0 {
		t.Errorf("tried after %v, left %v", waited, a.of)
	}
	for i := range mostTurned + 1 {
		a.note(id.RoomID(fmt.Sprintf("!r%d:hs", i)), testSpace, nil, now)
	}
	if len(a.of) != mostTurned {
		t.Errorf("%d are remembered", len(a.of))
	}
	// What the space shows no more is not tried, and neither is what is protected already.
	s := r.hearing.spaces
	s.of[testSpace] = shownRooms{}
	for range mostTurned {
		s.tryAgain(now.Add(48 * time.Hour))
	}
	if len(a.of) != 0 || s.reading {
		t.Errorf("%d are still tried", len(a.of))
	}
}

// emptySpace is a homeserver on which a space shows nothing.
type emptySpace struct {
	spaceReader
	asked chan id.RoomID
}

func (e emptySpace) State(_ context.Context, room id.RoomID) ([]*event.Event, error) {
	e.asked <- room
	return nil, nil
}

// Only a space that is followed, still protected, and of which something was heard, is read.
func TestWhichSpacesAreRead(t *testing.T) {
	r, s := followsSpace(t, `{}`)
	home := emptySpace{asked: make(chan id.RoomID, 10)}
	s.home = home
	look := func() (read bool) {
		r.loop.See(func() { s.lookDue(time.Now()) })
		select {
		case <-home.asked:
			read = true
		case <-time.After(100 * time.Millisecond):
		}
		for busy := true; busy; {
			r.loop.See(func() { busy = s.reading })
		}
		return read
	}
	if !look() || look() {
		t.Error("it is not read once")
	}
	heard := func(room id.RoomID, kind string) {
		r.loop.See(func() {
			s.heard(&matrix.RoomBatch{Room: room, Timeline: []*event.Event{stateEvent(room, kind, "x", benchOwner, "$x", json.RawMessage(`{}`))}}, time.Now())
		})
	}
	heard(testSpace, "m.room.topic")
	heard(benchRoom, typeSpaceChild)
	if look() {
		t.Error("it is read for nothing")
	}
	if heard(testSpace, typeSpaceChild); !look() {
		t.Error("it is not read")
	}
	heard(testSpace, typeSpaceChild)
	s.dry = func() bool { return true }
	if look() {
		t.Error("it is read in a dry run")
	}
	s.dry = func() bool { return false }
	r.loop.See(func() { r.places.protecting.setProtected([]id.RoomID{benchRoom}) })
	if look() || len(s.of) != 0 {
		t.Error("a space that is not protected any more is read")
	}
}
