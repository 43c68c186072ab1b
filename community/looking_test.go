package community

import (
	"encoding/json"
	"fmt"
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
		r.surveying.survey.Given(benchRoom, nil) // as if it was being asked for
		l := lookingAt(benchRoom, r.places.protecting.rooms[benchRoom], joins(members))
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
