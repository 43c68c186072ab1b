package community_test

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/internal/faults"
)

// A room that was made is found again if the answer to that was lost: a second try
// would make a second list.
func TestOneListIsMade(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	create := func(_, path string) bool { return strings.HasSuffix(path, "/createRoom") }
	f.proxy.Times(2, create, faults.Lose)
	f.say("!forseti list create coc")
	f.hear("Made the list `coc`")
	f.settle()
	joined, err := f.bot.JoinedRooms(t.Context())
	f.must(err)
	lists := 0
	for _, room := range joined.JoinedRooms {
		var name event.RoomNameEventContent
		if f.bot.StateEvent(t.Context(), room, event.StateRoomName, "", &name) == nil && name.Name == "Policy list: coc" {
			lists++
		}
	}
	if lists != 1 {
		t.Errorf("%d lists were made", lists)
	}
}

// After a crash a command goes on by its plan, and is not read again: what was done is
// not done once more, and there is one answer.
func TestPlansGoOn(t *testing.T) {
	stores(t, func(t *testing.T, fixture func(int) *fixture) {
		f := fixture(2)
		user := f.member("user")
		f.start()
		f.hear("Hello")
		gate := faults.NewGate()
		open := f.proxy.On(faults.In(string(f.rooms[1]), faults.Kick), gate.Fault)
		f.say("!forseti kick " + string(user.UserID) + " enough")
		<-gate.Held()
		f.eventually("remove the user from one room", func() bool { return f.membership(f.rooms[0], user.UserID) == event.MembershipLeave })
		f.settle() // that it was done is written down
		f.stopBot()
		open()
		// They come back. The command is over for that room.
		_, err := user.JoinRoomByID(t.Context(), f.rooms[0])
		f.must(err)
		f.start()
		f.eventually("remove the user from the other room", func() bool { return f.membership(f.rooms[1], user.UserID) == event.MembershipLeave })
		f.hear("Kicking", string(user.UserID))
		f.settle()
		if got := f.membership(f.rooms[0], user.UserID); got != event.MembershipJoin {
			t.Errorf("who came back is %s: the command was carried out again", got)
		}
		answers := 0
		for _, said := range f.heard() {
			if strings.HasPrefix(said, "Kicking") { // an edit begins with a star
				answers++
			}
		}
		if answers != 1 {
			t.Errorf("%d answers", answers)
		}
	})
}

// Looking does not wait for what takes long, and neither does what is urgent.
func TestLongCommandsAreNoObstacle(t *testing.T) {
	f := newFixture(t, 1)
	user, other := f.member("user"), f.member("other")
	f.start()
	f.hear("Hello")
	gate := faults.NewGate()
	open := f.proxy.On(func(_, path string) bool { return strings.HasSuffix(path, "/messages") }, gate.Fault)
	defer open()
	f.say("!forseti redact " + string(user.UserID))
	<-gate.Held()
	f.say("!forseti status")
	f.hear("Protecting 1 room")
	f.say("!forseti ban " + string(other.UserID) + " spam")
	f.banned(other.UserID)
	gate.Open()
	f.hear("no message of", string(user.UserID))
}

// A yes does what was shown; a no to a list leaves it again.
func TestWatchIsAskedAbout(t *testing.T) {
	f := newFixture(t, 1)
	user := f.member("user")
	shared := f.room("shared list", "m.policy")
	f.rule(shared, "user", "1", string(user.UserID))
	f.start()
	f.hear("Hello")
	f.say("!forseti watch " + string(shared))
	f.hear("shared list", "hit 1 present member", string(user.UserID), "Watch it?")
	f.untouched(user.UserID)
	f.react("❌")
	f.hear("Left undone")
	f.eventually("leave the list", func() bool { return f.membership(shared, f.bot.UserID) == event.MembershipLeave })
	f.untouched(user.UserID)
	// Asked while the bot is away, a yes counts when it is back.
	f.say("!forseti watch " + string(shared))
	f.settle()
	f.stopBot()
	f.react("✅")
	f.start()
	f.banned(user.UserID)
}

// A yes to something small is none to what it has become.
func TestGrownPlansAreAskedAboutAnew(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("grow", 3)
	f.start()
	f.hear("Hello")
	f.say("!forseti ban @grow* " + string(f.list))
	f.hear("hit 3 present members", "Write the rule into")
	users = append(users, f.crowd("grow-more", 7)...)
	f.settle()
	f.react("✅")
	f.hear("has grown since I asked", "hit 10 present members")
	f.allAre(users, event.MembershipJoin, "without a yes")
	f.reactAs(f.mod, "✅", "has grown")
	for _, u := range users {
		f.banned(u.UserID)
	}
}

// A command that comes before the lists are read waits for them: before that, nobody
// knows whether we may write there.
func TestCommandBeforeListsAreRead(t *testing.T) {
	f := newFixture(t, 1)
	victim := f.member("victim")
	gate := faults.NewGate()
	f.proxy.On(faults.In(string(f.list), faults.FullState), gate.Fault)
	f.edits <- func(answer map[string]any) { faults.Drop(answer, string(f.list)) }
	f.start()
	select {
	case <-gate.Held():
	case <-time.After(patience):
		t.Fatal("the list is not read")
	}
	f.say("!forseti ban " + string(victim.UserID) + " spam")
	f.say("!forseti rooms")
	f.hear("room 0") // what only looks does not wait
	for _, text := range f.heard() {
		if strings.Contains(text, "write to") {
			t.Errorf("before the list was read: %s", text)
		}
	}
	gate.Open()
	f.banned(victim.UserID)
}
