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
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/store"
)

const unreadRoom = id.RoomID("!unread:own.example")

// populated is the whole state of a room in which somebody has a power level.
func populated(room id.RoomID, member id.UserID, level int) []*event.Event {
	return []*event.Event{
		stateEvent(room, "m.room.create", "", "@owner:own.example", "$create", json.RawMessage(`{"room_version":"11"}`)),
		stateEvent(room, "m.room.member", string(benchSelf), benchSelf, "$us", json.RawMessage(`{"membership":"join"}`)),
		stateEvent(room, "m.room.member", string(member), member, "$member", json.RawMessage(`{"membership":"join"}`)),
		stateEvent(room, "m.room.power_levels", "", "@owner:own.example", "$levels", json.RawMessage(fmt.Sprintf(`{"users":{"%s":100,"%s":%d}}`, benchSelf, member, level))),
	}
}

// flood has a member write so many messages in a batch of sync, and gives what is wanted.
func (r *reader) flood(room id.RoomID, member id.UserID, from, to int) []action.Action {
	in := matrix.RoomBatch{Room: room, Membership: event.MembershipJoin}
	for i := from; i < to; i++ {
		in.Timeline = append(in.Timeline, &event.Event{ID: id.EventID(fmt.Sprint("$", i)), RoomID: room, Sender: member, Type: event.EventMessage})
	}
	var out store.Commit
	r.takeRoom(&in, &matrix.Batch{Since: "0", Next: "1", Arrived: time.Now()}, &out)
	return out.Open
}

// heard hears all that waits, and gives what is wanted then.
func (r *reader) heard() (wanted []action.Action) {
	r.protectors.want = func(_ context.Context, c store.Commit) error {
		wanted = append(wanted, c.Open...)
		return nil
	}
	for r.protectors.hearOne() {
		r.loop.Wait() // of what is carried out
	}
	return wanted
}

// flooded is a community with a room that is protected and not read yet, where no flood is let pass.
func flooded(t *testing.T) *reader {
	t.Helper()
	r := newReader(t, openStore(t), 0)
	r.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":true,"values":{"messages":"5"}}`)})
	r.store(store.Commit{State: r.become(typeProtectedRooms, benchRoom, unreadRoom)})
	return r
}

func tally(actions []action.Action) map[action.Verb]int {
	n := map[action.Verb]int{}
	for _, a := range actions {
		n[a.Verb]++
	}
	return n
}

// What happens in a room of which it is not known yet who has which power there is looked
// at once it is: nobody gets away with it, and nobody who is to be spared is not.
func TestFloodInARoomThatIsNotReadYet(t *testing.T) {
	for _, tc := range []struct {
		name  string
		level int
		want  map[action.Verb]int
	}{
		{"member", 0, map[action.Verb]int{action.Ban: 1, action.Redact: 12}},
		{"moderator of the room", 50, map[action.Verb]int{}},
		{"one who stands above us", 100, map[action.Verb]int{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			const flooder = id.UserID("@flooder:own.example")
			r := flooded(t)
			if now := append(r.flood(unreadRoom, flooder, 0, 8), r.heard()...); len(now) > 0 {
				t.Fatalf("before it is read: %v", now)
			}
			viewAtOnce(r.intake, unreadRoom, populated(unreadRoom, flooder, tc.level), time.Now())
			late := r.flood(unreadRoom, flooder, 8, 12) // behind what waits
			got := tally(append(late, r.heard()...))
			if fmt.Sprint(got) != fmt.Sprint(tc.want) {
				t.Errorf("wanted %v, want %v", got, tc.want)
			}
			if len(r.protectors.unheard.rooms) > 0 || r.protectors.unheard.bytes != 0 {
				t.Errorf("still waits: %+v", r.protectors.unheard)
			}
		})
	}
}

// So it is while nobody knows who the moderators are.
func TestFloodBeforeModeratorsAreKnown(t *testing.T) {
	const moderator, flooder = "@moderator:own.example", "@flooder:own.example"
	r := flooded(t)
	viewAtOnce(r.intake, unreadRoom, populated(unreadRoom, "@else:own.example", 0), time.Now())
	r.places.management.room.loaded = false
	now := append(r.flood(unreadRoom, moderator, 0, 8), r.flood(unreadRoom, flooder, 8, 16)...)
	if now = append(now, r.heard()...); len(now) > 0 {
		t.Fatalf("before: %v", now)
	}
	r.intake.viewManagement(populated("!management:hs", moderator, 0), time.Now())
	r.places.management.room.loaded = true
	for _, a := range r.heard() {
		if a.User != flooder {
			t.Errorf("%s of %s", a.Verb, a.User)
		}
		now = append(now, a)
	}
	if tally(now)[action.Ban] != 1 {
		t.Errorf("wanted %v", now)
	}
}

// What waits is bounded, and whoever writes much takes nothing from other rooms.
func TestUnheardIsBounded(t *testing.T) {
	u := unheard{rooms: map[id.RoomID]*unheardRoom{}}
	long := &event.Event{Content: event.Content{VeryRaw: make(json.RawMessage, 60_000)}}
	u.wait(kit.Signal{Room: "!small", Event: long})
	for range 1000 {
		u.wait(kit.Signal{Room: "!large", Event: long})
	}
	if u.bytes > mostUnheard || u.lost == 0 || len(u.take("!small", 10)) != 1 || u.in("!small") {
		t.Errorf("%d bytes wait, %d lost", u.bytes, u.lost)
	}
	n := len(u.take("!large", 10)) + len(u.take("!large", 10_000))
	if u.lost+n != 1000 || u.bytes != 0 || len(u.rooms) > 0 {
		t.Errorf("%d and %d lost, %d bytes", n, u.lost, u.bytes)
	}
}

// A room that is not protected any more is not heard.
func TestUnheardIsForgotten(t *testing.T) {
	r := flooded(t)
	r.flood(unreadRoom, "@flooder:own.example", 0, 8)
	r.become(typeProtectedRooms, benchRoom)
	if len(r.protectors.unheard.rooms) > 0 {
		t.Error("it waits")
	}
}

// Who stops the bot before what was read is stored finds it stored at the next start;
// unless the owner broke, and may hold half of something.
func TestEndStoresWhatWasRead(t *testing.T) {
	for _, broken := range []bool{false, true} {
		kept := openStore(t)
		r := newReader(t, kept, 0)
		r.store(store.Commit{State: r.become(typeProtectedRooms, benchRoom, unreadRoom)})
		role, _ := r.places.roles(unreadRoom)
		state := populated(unreadRoom, "@member:own.example", 0)
		l := lookingAt(unreadRoom, role, state)
		l.over = func(rows []store.StateRow) { r.commits.Replace(unreadRoom, rows) }
		r.intake.looks = append(r.intake.looks, l)
		for r.intake.lookOne(time.Now()) || r.places.protecting.sweepOne(time.Now()) {
		}
		if broken {
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				r.loop.Run(func() time.Duration { panic("half done") })
			}()
			<-stopped
		}
		if !r.loop.Broken() { // as Run does
			r.commits.End(t.Context())
		}
		again := newReader(t, kept, 0)
		if w := again.places.protecting.rooms[unreadRoom]; w.read == broken || again.world.RoomHeld(unreadRoom) != broken {
			t.Errorf("broken %t: read %t", broken, w.read)
		}
	}
}
