package community

import (
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// joins are many who came, of whom the homeserver tells when it is asked.
func joins(n int) (state []*event.Event) {
	state = append(state, stateEvent(benchRoom, "m.room.create", "", benchOwner, "$create", json.RawMessage(`{"room_version":"11"}`)),
		stateEvent(benchRoom, "m.room.member", string(benchSelf), benchSelf, "$us", json.RawMessage(`{"membership":"join"}`)),
		stateEvent(benchRoom, "m.room.power_levels", "", benchOwner, "$levels", json.RawMessage(`{"users":{"`+string(benchSelf)+`":100}}`)))
	for i := range n {
		state = append(state, joined(i))
	}
	return state
}

func joined(i int) *event.Event {
	u := spammer(i)
	return stateEvent(benchRoom, "m.room.member", string(u), u, id.EventID(fmt.Sprint("$join", i)), json.RawMessage(`{"membership":"join"}`))
}

// viewAtOnce takes in the whole state of a protected room at once.
func viewAtOnce(i *intake, room id.RoomID, state []*event.Event, at time.Time) {
	r, _ := i.places.roles(room)
	i.lookPart(lookingAt(room, r, state), math.MaxInt, at)
}

// A room that is new here is left alone until all of it is known and was weighed, in
// however many parts it is taken in; what sync tells meanwhile is newer.
func TestRoomIsTakenInByParts(t *testing.T) {
	const members = 3*crowd + 7
	for _, tc := range []struct {
		name string
		do   func(r *reader, turn int) // in the middle
		end  func(r *reader) bool
	}{
		{"", func(*reader, int) {}, func(r *reader) bool {
			return r.world.Room(benchRoom).Count("join") == members+1 && r.places.protecting.rooms[benchRoom].asked && r.world.RoomHeld(benchRoom)
		}},
		{"sync tells more", func(r *reader, turn int) {
			var out store.Commit
			role, _ := r.places.roles(benchRoom)
			u := spammer(members - 1 - turn)
			r.intake.takeState(stateEvent(benchRoom, "m.room.member", string(u), u, id.EventID(fmt.Sprint("$left", turn)), json.RawMessage(`{"membership":"leave"}`)), time.Now(), role, &out)
		}, func(r *reader) bool {
			m, _ := r.world.Room(benchRoom).Member(spammer(members - 1))
			first, _ := r.world.Room(benchRoom).Member(spammer(0))
			return m.Membership == event.MembershipLeave && first.Membership == event.MembershipJoin
		}},
		{"it is not protected any more", func(r *reader, _ int) { r.places.protecting.setProtected(nil) }, func(r *reader) bool {
			return r.world.Room(benchRoom) == nil && !r.surveying.survey.Reading(benchRoom)
		}},
		{"we are put out of it", func(r *reader, turn int) {
			if turn == 0 {
				r.places.expelled(benchRoom)
			}
		}, func(r *reader) bool {
			return r.places.protecting.rooms[benchRoom].away && r.world.RoomHeld(benchRoom) && !r.surveying.survey.Reading(benchRoom)
		}},
	} {
		r := newReader(t, openStore(t), 0)
		r.begin([]*event.Event{listed("all", "@spam*:evil.example", "m.ban", "$all")})
		for r.places.following.readOne(time.Now()) {
		}
		r.places.protecting.setProtected(nil)
		r.places.protecting.setProtected([]id.RoomID{benchRoom})
		r.reads(wholly{}) // whose answer nobody takes
		r.surveying.survey.Look(benchRoom, nil)
		role, _ := r.places.roles(benchRoom)
		l := lookingAt(benchRoom, role, joins(members))
		l.over = func(rows []store.StateRow) {
			r.commits.Replace(benchRoom, rows)
			r.surveying.survey.Taken(benchRoom)
		}
		r.intake.looks = append(r.intake.looks, l)
		for turn := 0; len(r.intake.looks) > 0; turn++ {
			if !r.world.RoomHeld(benchRoom) && r.world.Room(benchRoom) != nil {
				t.Fatalf("%s: after %d turns it is not left alone", tc.name, turn)
			}
			if turn < 2 {
				tc.do(r, turn)
			}
			if !r.places.isOut(benchRoom) && r.places.protecting.rooms[benchRoom] == l.as && !l.read {
				r.intake.lookPart(l, crowd, time.Now())
				continue
			}
			r.intake.lookOne(time.Now())
		}
		for r.places.protecting.sweepOne(time.Now()) {
		}
		if !tc.end(r) {
			t.Errorf("%s: it is not as it should be", tc.name)
		}
	}
}

// A room that is a list, and protected as well, is taken in a part at a time as both, and
// stored as a whole: who is in it, and its rules.
func TestListThatIsProtected(t *testing.T) {
	const members, rules = 2*crowd + 3, 5
	for range 3 {
		r := newReader(t, openStore(t), 0)
		r.places.protecting.setProtected([]id.RoomID{readFrom})
		state := append(inList(), spamRules(rules)...)
		for i := range members {
			u := spammer(rules + i)
			state = append(state, stateEvent(readFrom, "m.room.member", string(u), u, id.EventID(fmt.Sprint("$join", i)), json.RawMessage(`{"membership":"join"}`)))
		}
		r.reads(wholly{state: state})
		r.surveying.survey.Look(readFrom, nil)
		taken, once := make(chan struct{}), sync.Once{}
		go r.loop.Run(func() time.Duration {
			now := time.Now()
			switch {
			case r.places.following.readOne(now), r.intake.lookOne(now), r.places.protecting.sweepOne(now):
				return 0
			case !r.surveying.survey.Reading(readFrom):
				once.Do(func() { close(taken) })
				r.loop.Stop(nil)
			}
			return time.Hour
		})
		select {
		case <-taken:
		case <-time.After(10 * time.Second):
			t.Fatal("it is not taken in")
		}
		if n := r.world.Room(readFrom).Count("join"); n != members+1 {
			t.Errorf("%d members", n)
		}
		if n := r.world.Rules.LenOf(readFrom); n != rules {
			t.Errorf("%d rules", n)
		}
		r.store(store.Commit{NextBatch: "1"})
		stored := map[string]int{}
		for row, err := range r.opts.Store.State.Of(t.Context(), readFrom) {
			if err != nil {
				t.Fatal(err)
			}
			stored[row.Type]++
		}
		if stored["m.room.member"] != members+1 || stored["m.policy.rule.user"] != rules || stored["m.room.create"] != 1 {
			t.Errorf("stored %v", stored)
		}
	}
}
