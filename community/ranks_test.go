package community_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Once roles are on, a level in the management room decides over commands and over yes and no, from
// one moment to the next; and all could do everything before.
func TestRoles(t *testing.T) {
	f := newFixture(t, 1)
	user, other := f.member("user").UserID, f.member("other")
	helper := f.server.Client(t, "helper")
	f.join(f.management, helper)
	f.join(f.rooms[0], helper)
	says := func(line string) {
		t.Helper()
		_, err := helper.SendText(t.Context(), f.management, line)
		f.must(err)
	}
	f.start()
	f.hear("Hello")
	says("!forseti roles")
	f.hear("Roles are off")
	says("!forseti note " + string(user) + " by a helper")
	f.hear("I noted that about")
	f.say("!forseti roles set on")
	f.hear("React with", "one looks from level 0 on")
	f.react("✅")
	f.hear("Roles are on.", "look: `"+string(helper.UserID)+"`")
	says("!forseti ban " + string(user))
	f.hear(string(helper.UserID), "may not do that: it takes level 50 in this room (moderate), and theirs is 0", string(f.mod.UserID))
	says("!forseti status")
	f.hear("Protecting 1 room")
	f.say("!forseti takedown " + string(other.UserID) + " vile")
	f.hear("React with", "Write the takedown")
	f.reactAs(helper, "✅", "Write the takedown")
	f.eventually("decline their yes", func() bool { return f.times("may not do that") == 2 })
	f.untouched(user)
	f.untouched(other.UserID)
	asked := f.posed("Write the takedown")
	_, err := helper.SendMessageEvent(t.Context(), f.management, event.EventMessage, repliesTo(asked, "Yes"))
	f.must(err)
	f.eventually("decline their word", func() bool { return f.times("may not do that") == 3 })
	f.reply(f.management, asked, "no, of course")
	f.hear("✅ or ❌?", "a reply that is just yes or no")
	f.untouched(other.UserID)
	f.reply(f.management, asked, "No.")
	f.hear("Left undone")
	second := f.server.Client(t, "second")
	f.join(f.management, second)
	f.hear("`" + string(second.UserID) + "` is here now and may look")
	f.level(f.management, helper.UserID, 50)
	f.say("!forseti roles set takedown 75")
	f.hear("React with", "`takedown` takes level 75")
	f.react("✅")
	f.restart()
	says("!forseti takedown " + string(user) + " vile")
	f.hear("it takes level 75 in this room (`takedown` has it of its own), and theirs is 50")
	says("!forseti ban " + string(user))
	f.banned(user)
	says("!forseti roles set off")
	f.hear("it takes level 100 in this room (administer), and theirs is 50")
	f.say("!forseti moderators")
	f.hear("3 moderators are here", string(f.mod.UserID)+"`, level 100: may administer", string(helper.UserID)+"`, level 50: may moderate")
	if said := strings.Join(f.heard(), "\n"); strings.Contains(said, "Removed") || strings.Contains(said, "Kicked") {
		t.Errorf("something else was done: %s", said)
	}
	// Who leaves loses it at once, whatever their level there was.
	_, err = helper.LeaveRoom(t.Context(), f.management)
	f.must(err)
	f.say("!forseti moderators")
	f.hear("2 moderators are here", string(second.UserID))
	said, err := other.SendText(t.Context(), f.rooms[0], "hello there")
	f.must(err)
	theirs, err := helper.SendMessageEvent(t.Context(), f.rooms[0], event.EventMessage, repliesTo(said.EventID, "!forseti kick"))
	f.must(err)
	removed := func(room id.RoomID, e id.EventID) bool {
		evt, err := f.mod.GetEvent(t.Context(), room, e)
		return err == nil && evt.Unsigned.RedactedBecause != nil
	}
	mine := f.reply(f.rooms[0], said.EventID, "!forseti case 1")
	f.eventually("take a moderator's order out of the room", func() bool { return removed(f.rooms[0], mine) })
	if f.untouched(other.UserID); removed(f.rooms[0], theirs.EventID) {
		t.Error("who has left is heard as a moderator")
	}
}
