package community_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// reply sends a message as the moderator, in reply to another of a room.
func (f *fixture) reply(room id.RoomID, to id.EventID, text string) id.EventID {
	f.t.Helper()
	sent, err := f.mod.SendMessageEvent(f.t.Context(), room, event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": text, "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": to}},
	})
	f.must(err)
	return sent.EventID
}

// One command names several, and a reply names who wrote what it replies to.
func TestSeveralNamedAtOnce(t *testing.T) {
	f := newFixture(t, 2)
	one, two, three, friend := f.member("one"), f.member("two"), f.member("three"), f.member("friend")
	f.start()
	f.hear("Hello")
	f.say("!forseti ban " + string(one.UserID) + " " + string(two.UserID) + " evil.example " + string(f.list) + " spam")
	f.banned(one.UserID)
	f.banned(two.UserID)
	f.eventually("shut out the server", func() bool { return strings.Contains(strings.Join(f.deny(f.rooms[1]), " "), "evil.example") })
	f.hear("now bans the user `"+string(one.UserID), "now bans the user `"+string(two.UserID), "now bans the server `evil.example`")
	f.say("!forseti ban " + string(friend.UserID) + " @typo spam")
	f.hear("`@typo` is no user ID")
	f.untouched(friend.UserID)
	f.say("!forseti unban " + string(one.UserID) + " " + string(two.UserID))
	f.freed(one.UserID)
	f.freed(two.UserID)

	var said [2]id.EventID
	for i, who := range []*mautrix.Client{three, friend} {
		sent, err := who.SendText(t.Context(), f.rooms[0], "buy this")
		f.must(err)
		said[i] = sent.EventID
	}
	link := func(i int) string { return "https://matrix.to/#/" + string(f.rooms[0]) + "/" + string(said[i]) }
	shown := f.say("look at " + link(0))
	f.reply(f.management, shown, "!forseti ban spam")
	f.banned(three.UserID)
	f.hear("now bans the user `" + string(three.UserID))
	f.untouched(friend.UserID)
	// What is about two is asked about.
	shown = f.say("and at " + link(0) + " and " + link(1))
	f.reply(f.management, shown, "!forseti kick enough")
	f.hear(string(three.UserID)+"` is in none of the rooms", "I would kick `"+string(friend.UserID), "Kick them?")
	f.reactAs(f.mod, "✅", "Kick them?")
	f.hear("Kicking `" + string(friend.UserID))
	f.eventually("remove the other", f.everywhere(friend.UserID, event.MembershipLeave))
}

// Several commands in one message are carried out in order, also over a question and a restart,
// and answered together.
func TestSeveralCommandsInOneMessage(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	wide, one, two, three := f.crowd("wide", 3), f.member("one"), f.member("two"), f.member("three")
	f.start()
	f.hear("Hello")
	ban := func(who string) string { return "!forseti ban " + who + " " + string(f.list) + " spam" }
	f.say(ban(string(one.UserID)) + "\n\n!forseti match " + string(one.UserID) + "\n" + ban(string(one.UserID)))
	f.banned(one.UserID)
	f.hear("**1.** The list", "**2.** ", "ban user `"+string(one.UserID), "**3.** There is such a rule already")

	f.say(ban(string(two.UserID)) + "\n!forseti bann " + string(three.UserID))
	f.hear("I did nothing", "**2.** I know no command `bann`")
	f.untouched(two.UserID)

	f.say(ban(string(two.UserID)) + "\n" + ban("@wide*") + "\n" + ban(string(three.UserID)))
	f.banned(two.UserID)
	f.hear("**1.** The list", "**2.** ", "hit 3 present members", "Write the rule into")
	f.untouched(three.UserID)
	f.restart()
	f.reactAs(f.mod, "❌", "hit 3 present members")
	f.banned(three.UserID)
	f.hear("**1.** The list", "**2.** Left undone", "**3.** The list", "now bans the user `"+string(three.UserID))
	f.allAre(wide, event.MembershipJoin, "after a no")
}
