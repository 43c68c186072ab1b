package community_test

import (
	"reflect"
	"testing"

	"maunium.net/go/mautrix/id"
)

// What a moderator asks and orders about the rooms themselves.
func TestCommandsAboutRooms(t *testing.T) {
	long(t)
	f := newFixture(t, 2)
	user, plain := f.server.Client(t, "user"), f.server.Client(t, "plain")
	f.join(f.rooms[0], plain)
	f.join(f.rooms[0], user)
	f.join(f.rooms[1], user)
	_, err := f.mod.BanUser(t.Context(), f.rooms[0], banOf("@bad:far.example"))
	f.must(err)
	f.start()
	f.say("!forseti servers")
	f.hear("4 members from 1 server", "(ours): 4 members in 2 rooms, 4 came within a day", "`far.example`: 0 members, 1 banned user")
	f.say("!forseti resolve " + f.rooms[0].String())
	f.hear("is room 0, which I protect")

	f.say("!forseti powerlevel " + user.UserID.String() + " moderator")
	f.hear("set the power level of", "room 0", "They could then ban, remove members", "level 50?")
	f.react("✅")
	f.eventually("a moderator", func() bool {
		for _, room := range f.rooms {
			if f.levels(room)[user.UserID.String()] != float64(50) {
				return false
			}
		}
		return true
	})

	alias := id.NewRoomAlias("welcome", f.bot.UserID.Homeserver())
	leads := func(room id.RoomID) {
		t.Helper()
		f.eventually("the alias", func() bool {
			found, err := f.mod.ResolveAlias(t.Context(), alias)
			return room == "" && err != nil || err == nil && found.RoomID == room
		})
	}
	f.say("!forseti alias add " + alias.String() + " " + f.rooms[0].String())
	leads(f.rooms[0])
	f.say("!forseti alias move " + alias.String() + " " + f.rooms[1].String() + " --no-confirm")
	leads(f.rooms[1])
	f.say("!forseti directory publish " + f.rooms[1].String() + " --no-confirm")
	f.hear("room 1", "is in the directory of")
	f.say("!forseti directory publish " + f.rooms[1].String()) // which asks nothing, and uses up no number of a case
	f.hear("room 1", "is in the directory of", "already")
	found := f.content(f.rooms[0], "m.room.join_rules")
	f.say("!forseti lockdown " + f.rooms[0].String())
	f.eventually("a closed room", func() bool { return f.content(f.rooms[0], "m.room.join_rules")["join_rule"] == "knock" })
	f.restart()
	f.say("!forseti lockdown " + f.rooms[0].String())
	f.hear("Closed already, until `!forseti unlock`", "room 0")
	f.say("!forseti unlock")
	opened := func() bool { return reflect.DeepEqual(f.content(f.rooms[0], "m.room.join_rules"), found) }
	f.eventually("an open room", opened)
	f.say("!forseti undo")
	f.hear("closes", "again to who wants to come in", "Undo it?")
	f.react("✅")
	f.eventually("a room closed again", func() bool { return f.content(f.rooms[0], "m.room.join_rules")["join_rule"] == "knock" })
	f.say("!forseti unlock")
	f.eventually("a room open again", opened)

	// Over levels as well, and taken back by its case, as what was set before is by theirs.
	before := f.content(f.rooms[0], "m.room.power_levels")
	f.say("!forseti lockdown --hush " + f.rooms[0].String() + " " + f.rooms[1].String())
	f.hear("one has to ask to be let in and only who has power can write", "Close them?")
	f.react("✅")
	writes := func() bool {
		_, err := plain.SendText(t.Context(), f.rooms[0], "hello")
		return err == nil
	}
	f.eventually("keep members from writing", func() bool { return !writes() })
	f.hear("Closing these", "Case 8")
	f.say("!forseti undo 8 --no-confirm")
	f.eventually("all as it was", func() bool {
		return reflect.DeepEqual(f.content(f.rooms[0], "m.room.power_levels"), before) && reflect.DeepEqual(f.content(f.rooms[0], "m.room.join_rules"), found)
	})
	f.say("!forseti undo 1 --no-confirm")
	f.eventually("a member again", func() bool { return f.levels(f.rooms[0])[user.UserID.String()] == float64(0) })

	f.settle()
	for _, notice := range []string{"Changed who may", "is open again", "is as it was again", "Closed ["} {
		if n := f.times(notice); n > 0 { // their commands were answered
			t.Errorf("%d times told besides: %q", n, notice)
		}
	}

	f.say("!forseti dry-run on")
	f.hear("Dry run is on")
	f.say("!forseti alias remove " + alias.String() + " --no-confirm")
	f.hear("This is a dry run", "would no longer lead to")
	leads(f.rooms[1])
}
