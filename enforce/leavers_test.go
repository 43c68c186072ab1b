package enforce

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// pass sends users through a room, one after the other.
func pass(w *World, room id.RoomID, users int, at time.Time) (dropped int) {
	for i := range users {
		u := id.UserID(fmt.Sprintf("@%d:flood.example", i))
		w.Apply(room, memberEvent(u, u, event.MembershipJoin), at)
		w.Apply(room, memberEvent(u, u, event.MembershipLeave), at.Add(time.Duration(i)*time.Millisecond))
		dropped += len(ForgetLeavers(w, room, at))
	}
	return dropped
}

// A stranger's server cannot fill the memory by joins and leaves: of 100,000 at once few
// are left, of those after a day none, and a full look brings none of them back.
func TestJoinsAndLeavesFillNothing(t *testing.T) {
	const room, users = id.RoomID("!a:x"), 100_000
	w := NewWorld(self, Settings{RecentLeavers: time.Hour})
	newRoom(w, room)
	before := w.Room(room).Len()
	known := func() (members, spots, subjects int) {
		for range w.Subjects().Affected(policy.Rule{Kind: policy.User, Entity: "@*:flood.example"}) {
			subjects++
		}
		return w.Room(room).Len() - before, len(w.census.spots) - before, subjects
	}
	dropped := pass(w, room, users, now)
	members, spots, subjects := known()
	if most := mostLeavers + mostLeavers/10; members > most || spots > most || subjects > most || members+dropped != users {
		t.Errorf("the room knows %d, the census %d and %d, %d were dropped", members, spots, subjects, dropped)
	}
	later := now.Add(25 * time.Hour)
	ForgetLeavers(w, room, later)
	if members, spots, subjects = known(); members+spots+subjects != 0 {
		t.Errorf("after a day the room knows %d, the census %d and %d", members, spots, subjects)
	}
	var look []*event.Event
	for i := range 1000 {
		u := id.UserID(fmt.Sprintf("@%d:flood.example", i))
		evt := memberEvent(u, u, event.MembershipLeave)
		evt.Timestamp = now.UnixMilli()
		look = append(look, evt)
	}
	w.Look(room, look, later)
	if n := w.Room(room).Count(event.MembershipLeave); n != 0 {
		t.Errorf("a look brings %d back", n)
	}
}

// Who left within the time that the rules look back is banned yet, and whom we banned
// is known for as long as that.
func TestLeaversAreKeptForTheRules(t *testing.T) {
	const room = id.RoomID("!a:x")
	w := NewWorld(self, Settings{RecentLeavers: 48 * time.Hour})
	newRoom(w, room)
	w.Apply(room, memberEvent("@spam:evil.example", "@spam:evil.example", event.MembershipJoin), now)
	w.Apply(room, memberEvent("@spam:evil.example", "@spam:evil.example", event.MembershipLeave), now)
	w.Apply(room, memberEvent("@banned:evil.example", self, event.MembershipBan), now)
	later := now.Add(47 * time.Hour)
	ForgetLeavers(w, room, later)
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", "@spam:*", "m.ban"))
	w.Follow(slots...)
	if p := w.Plan(memberKey(room, "@spam:evil.example"), later); p.Action.Verb != action.Ban {
		t.Errorf("plans %q", p.Action.Verb)
	}
	if m, _ := w.Room(room).Member("@banned:evil.example"); m.Membership != event.MembershipBan {
		t.Error("a ban is forgotten")
	}
	ForgetLeavers(w, room, now.Add(49*time.Hour))
	if _, known := w.Room(room).Member("@spam:evil.example"); known {
		t.Error("is known for ever")
	}
}
