package community_test

import "testing"

// What a moderator asks and orders about the rooms themselves.
func TestCommandsAboutRooms(t *testing.T) {
	f := newFixture(t, 2)
	user := f.server.Client(t, "user")
	f.join(f.rooms[0], user)
	f.join(f.rooms[1], user)
	_, err := f.mod.BanUser(t.Context(), f.rooms[0], banOf("@bad:far.example"))
	f.must(err)
	f.start()
	f.say("!forseti servers")
	f.hear("3 members from 1 server", "(ours): 3 members in 2 rooms, 3 came within a day", "`far.example`: 0 members, 1 banned user")
	f.say("!forseti resolve " + f.rooms[0].String())
	f.hear("[room 0]", "which I protect")
}
