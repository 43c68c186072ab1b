package community_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee"
)

// reply sends a message as the moderator, in reply to another of a room.
func (f *fixture) reply(room id.RoomID, to id.EventID, text string) id.EventID {
	f.t.Helper()
	sent, err := f.mod.SendMessageEvent(f.t.Context(), room, event.EventMessage, repliesTo(to, text))
	f.must(err)
	return sent.EventID
}

// repliesTo is a message that replies to another.
func repliesTo(to id.EventID, text string) map[string]any {
	return map[string]any{"msgtype": "m.text", "body": text, "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": to}}}
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
	// Whom a client mentions beside its own text is asked about.
	_, err := f.mod.SendMessageEvent(t.Context(), f.management, event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "!forseti ban spam", "format": event.FormatHTML,
		"formatted_body": `!forseti ban <a href="https://matrix.to/#/` + string(friend.UserID) + `">A friend</a> spam`,
	})
	f.must(err)
	f.hear("`"+string(friend.UserID)+"` is mentioned", "did you mean this?", "`ban "+string(friend.UserID)+" spam`")
	f.reactTo("did you mean this?", "1\ufe0f\u20e3")
	f.hear("now bans the user `" + string(friend.UserID))
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
	f.hear("1. The list", "2. ", "ban user `"+string(one.UserID), "3. There is such a rule already")

	f.say(ban(string(two.UserID)) + "\n!forseti bann " + string(three.UserID))
	f.hear("I did nothing", "2. I know no command `bann`")
	f.untouched(two.UserID)

	f.say(ban(string(two.UserID)) + "\n" + ban("@wide*") + "\n" + ban(string(three.UserID)))
	f.banned(two.UserID)
	f.hear("1. The list", "2. ", "hit 3 present members", "Write the rule into")
	f.untouched(three.UserID)
	f.restart()
	f.reactAs(f.mod, "❌", "hit 3 present members")
	f.banned(three.UserID)
	f.hear("1. The list", "2. Left undone", "3. The list", "now bans the user `"+string(three.UserID))
	f.allAre(wide, event.MembershipJoin, "after a no")
}

// In a protected room a moderator's command in reply to a message is obeyed, removed and
// answered in the management room. Nobody else's is, and what is no reply stays talk.
func TestCommandsByReply(t *testing.T) {
	f := newFixture(t, 1)
	spammer, other := f.member("spammer"), f.member("other")
	f.start()
	f.hear("Hello")
	sent, err := spammer.SendText(t.Context(), f.rooms[0], "buy this")
	f.must(err)
	// What others write is no command, and neither is what replies to nothing.
	mock, err := other.SendMessageEvent(t.Context(), f.rooms[0], event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "!forseti ban spam", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": sent.EventID}},
	})
	f.must(err)
	talk, err := f.mod.SendText(t.Context(), f.rooms[0], "!forseti ban "+string(other.UserID))
	f.must(err)
	order := f.reply(f.rooms[0], sent.EventID, "!forseti ban spam")
	f.banned(spammer.UserID)
	f.removed(f.rooms[0], []id.EventID{order})
	f.hear(string(f.mod.UserID)+"` in room 0, `ban spam`:", "now bans the user `"+string(spammer.UserID))
	f.untouched(other.UserID)
	order = f.reply(f.rooms[0], mock.EventID, "!forseti status")
	f.removed(f.rooms[0], []id.EventID{order})
	f.hear("In a protected room I take only `ban`")
	// What is asked about is asked in the management room, and goes by the message all the same.
	order = f.reply(f.rooms[0], mock.EventID, "!forseti takedown gore")
	f.removed(f.rooms[0], []id.EventID{order})
	f.hear("`takedown gore`:", string(other.UserID), "Write the takedown into")
	f.reactAs(f.mod, "✅", "Write the takedown")
	f.banned(other.UserID)
	for _, evt := range f.timeline(f.rooms[0]) {
		switch {
		case evt.Sender == f.bot.UserID && evt.Type.Type == event.EventMessage.Type:
			t.Errorf("it says something there: %v", evt.Content.Raw)
		case (evt.ID == mock.EventID || evt.ID == talk.EventID) && evt.Unsigned.RedactedBecause != nil:
			t.Error("what was no command is gone")
		}
	}
}

// As TestCommandsByReply, where messages are encrypted: there a device has to be trusted, and
// what comes unencrypted proves nothing.
func TestCommandsByReplyEncrypted(t *testing.T) {
	s := newSealed(t, 1, e2ee.CrossSigned)
	secret, plain := s.secretRoom(), s.rooms[0]
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	_, err = s.secret.State(t.Context(), secret)
	s.must(err)
	spammer := s.talker("spammer", secret)
	other := s.member("other")
	s.start()
	s.answered("Hello")
	reply := func(by *mautrix.Client, room id.RoomID, to id.EventID) id.EventID {
		sent, err := by.SendMessageEvent(t.Context(), room, event.EventMessage, map[string]any{
			"msgtype": "m.text", "body": "!forseti ban spam", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": to}},
		})
		s.must(err)
		return sent.EventID
	}
	spam, err := spammer.SendText(t.Context(), secret, "buy this")
	s.must(err)
	talk, err := other.SendText(t.Context(), plain, "good morning")
	s.must(err)
	order := reply(s.mod, plain, talk.EventID)
	s.removed(plain, []id.EventID{order})
	s.answered("I do not obey what", "that room is not encrypted, and this one is")
	s.untouched(other.UserID)
	order = reply(s.secret.Client, secret, spam.EventID)
	s.removed(secret, []id.EventID{order})
	s.answered("`ban spam`:", string(spammer.UserID))
	s.eventually("ban the spammer", func() bool { return s.membership(secret, spammer.UserID) == event.MembershipBan })
}
