package community_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/event/cmdschema"
	"maunium.net/go/mautrix/id"

	"forseti/community"
)

func TestBanCommand(t *testing.T) {
	f := newFixture(t, 3)
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	f.say("!forseti ban " + string(spammer.UserID) + " too many adverts")
	f.eventually("ban", f.everywhere(spammer.UserID, event.MembershipBan))
	f.hear(string(spammer.UserID), "Banned", "3 rooms")
	if said := f.messages(); len(said) != 2 {
		t.Errorf("a ban took %d messages: %+v", len(said)-1, said[1:])
	}
	f.say("!forseti unban " + string(spammer.UserID))
	f.eventually("unban", f.everywhere(spammer.UserID, event.MembershipLeave))
	f.hear("Unbanned", string(spammer.UserID))
	// A pattern that is mended does not meet them any more, which its author hears.
	f.say("!forseti ban @spamme?-*:*")
	f.hear("now bans the user `@spamme?-*:*`", string(spammer.UserID), "matches too", "if they come back")
}

// sentAt gives when the events of a type in a room were sent, oldest first.
func (f *fixture) sentAt(room id.RoomID, kind string) (times []time.Time) {
	f.t.Helper()
	for _, evt := range f.timeline(room) {
		if evt.Type.Type == kind {
			times = append(times, time.UnixMilli(evt.Timestamp))
		}
	}
	return times
}

func TestServerBanCommand(t *testing.T) {
	f := newFixture(t, 2)
	f.start()
	f.hear("Hello")
	for i := range 5 {
		f.say(fmt.Sprintf("!forseti ban evil%d.example", i))
	}
	for _, room := range f.rooms {
		f.eventually("deny the servers", func() bool { return len(f.deny(room)) == 5 })
	}
	// On a busy machine the rules may be written so slowly that they are no one burst.
	apart := 0
	rules := f.sentAt(f.list, "m.policy.rule.server")
	for i := range rules[1:] {
		if rules[i+1].Sub(rules[i]) > 800*time.Millisecond {
			apart++
		}
	}
	for _, room := range f.rooms {
		if n := len(f.sentAt(room, event.StateServerACL.Type)); n > 2+apart {
			t.Errorf("%d updates of the ACL for one burst", n)
		}
	}
	f.hear("evil4.example")
}

func TestFlood(t *testing.T) {
	f := newFixture(t, 1)
	flooder := f.member("flooder")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	var sent []id.EventID
	for i := range 40 {
		s, err := flooder.SendText(t.Context(), f.rooms[0], fmt.Sprint("buy ", i))
		if err != nil {
			break // banned
		}
		sent = append(sent, s.EventID)
	}
	f.eventually("ban the flooder", func() bool { return f.membership(f.rooms[0], flooder.UserID) == event.MembershipBan })
	f.eventually("remove the flood", func() bool {
		for _, evt := range f.timeline(f.rooms[0]) {
			if slices.Contains(sent, evt.ID) && evt.Unsigned.RedactedBecause == nil {
				return false
			}
		}
		return true
	})
	f.hear("Banned", string(flooder.UserID), "flooding")
}

// A rule that hits many waits for a word, also over a restart.
func TestWideRuleWaits(t *testing.T) {
	f := newFixture(t, 1)
	var joins sync.WaitGroup
	users := make([]*mautrix.Client, 12)
	for i := range users {
		joins.Go(func() { users[i] = f.member(fmt.Sprintf("wide%d", i)) })
	}
	joins.Wait()
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.hear("@wide*", "12 members", "React with")
	f.stopBot()
	f.start()
	if got := f.membership(f.rooms[0], users[0].UserID); got != event.MembershipJoin {
		t.Fatalf("a held rule led to %s", got)
	}
	f.react("✅")
	for _, u := range users {
		f.eventually("ban after a yes", f.everywhere(u.UserID, event.MembershipBan))
	}
	f.hear("and 9 more users")
}

// Moderators set the blast radius, and it holds over a restart.
func TestLimitsAreSet(t *testing.T) {
	f := newFixture(t, 1)
	users := []*mautrix.Client{f.member("wide1"), f.member("wide2"), f.member("wide3")}
	f.start()
	f.hear("Hello")
	f.say("!forseti limits set members 2")
	f.hear("`members`: 10 → 2")
	f.stopBot()
	f.start()
	f.say("!forseti limits")
	f.hear("`members`: 2 who are present (otherwise 10)", "`percent`: 10 %")
	f.rule(f.list, "user", "1", "@wide*")
	f.hear("@wide*", "3 members", "React with")
	if got := f.membership(f.rooms[0], users[0].UserID); got != event.MembershipJoin {
		t.Fatalf("a held rule led to %s", got)
	}
	f.say("!forseti limits set members default")
	f.hear("2 → 10")
	f.rule(f.list, "user", "2", "@wide?-*:localhost")
	f.eventually("ban within the limits", f.everywhere(users[0].UserID, event.MembershipBan))
}

func TestDryRunWritesNothing(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	f.say("!forseti dry-run on")
	f.hear("ry run")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.hear("Would ban", string(spammer.UserID), "2 rooms")
	if !f.everywhere(spammer.UserID, event.MembershipJoin)() {
		t.Fatal("a dry run banned")
	}
	f.say("!forseti dry-run off")
	f.eventually("ban after the dry run", f.everywhere(spammer.UserID, event.MembershipBan))
}

// levels are those that a room names for single users.
func (f *fixture) levels(room id.RoomID) map[string]any {
	users, _ := f.content(room, event.StatePowerLevels.Type)["users"].(map[string]any)
	return users
}

func TestKickAndRedact(t *testing.T) {
	f := newFixture(t, 2)
	f.options = func(o *community.Options) { o.KeepEvidence = time.Hour } // what they wrote is remembered
	user := f.member("nuisance")
	late := f.member("late")
	f.must(user.SetDisplayName(t.Context(), "Buy gold"))
	sent, err := user.SendText(t.Context(), f.rooms[0], "rubbish")
	f.must(err)
	guest := f.server.Client(t, "guest")
	inviting := f.content(f.rooms[1], event.StatePowerLevels.Type)
	inviting["invite"] = 0 // homeservers differ in who may by themselves
	_, err = f.mod.SendStateEvent(t.Context(), f.rooms[1], event.StatePowerLevels, "", inviting)
	f.must(err)
	_, err = user.InviteUser(t.Context(), f.rooms[1], &mautrix.ReqInviteUser{UserID: guest.UserID})
	f.must(err)
	f.start()
	f.hear("Hello")
	last, err := late.SendText(t.Context(), f.rooms[0], "the last one")
	f.must(err)
	removed := func(message id.EventID) func() bool {
		return func() bool {
			return slices.ContainsFunc(f.timeline(f.rooms[0]), func(e *event.Event) bool { return e.ID == message && e.Unsigned.RedactedBecause != nil })
		}
	}
	f.say("!forseti redact " + string(user.UserID) + " --since 1h --profile")
	f.eventually("remove the message", removed(sent.EventID))
	f.eventually("remove the name", func() bool {
		var now event.MemberEventContent
		f.must(f.mod.StateEvent(t.Context(), f.rooms[0], event.StateMember, string(user.UserID), &now))
		return now.Membership == event.MembershipJoin && now.Displayname == ""
	})
	f.hear("names and pictures", "Taking back 1 invitation of theirs", string(guest.UserID))
	f.eventually("take back the invitation", func() bool { return f.membership(f.rooms[1], guest.UserID) == event.MembershipLeave })
	sent, err = user.SendText(t.Context(), f.rooms[0], "more rubbish")
	f.must(err)
	f.eventually("try a rule on it", func() bool {
		before := len(f.heard())
		f.say(`!forseti rule redact 'text.body.contains("rubbish")'`)
		f.eventually("answer", func() bool { return len(f.heard()) > before })
		return strings.Contains(f.heard()[len(f.heard())-1], "Remove them?")
	})
	f.react("✅")
	f.eventually("remove what the rule is true of", removed(sent.EventID))
	levels := f.levels(f.rooms[0])
	f.say("!forseti mute " + string(user.UserID) + " --for 5m --room " + string(f.rooms[0]))
	f.eventually("mute the user", func() bool { _, muted := f.levels(f.rooms[0])[string(user.UserID)]; return muted })
	f.hear("Muted", string(user.UserID))
	f.say("!forseti unmute " + string(user.UserID))
	f.eventually("give back what they had", func() bool { return maps.Equal(f.levels(f.rooms[0]), levels) })
	f.hear("Unmuted", string(user.UserID))
	f.say("!forseti audit rooms")
	f.hear("Nothing to mend in", "anybody may join")
	f.say("!forseti kick " + string(user.UserID) + " enough")
	f.eventually("remove the user", f.everywhere(user.UserID, event.MembershipLeave))
	f.hear("Kicked `" + string(user.UserID) + "` from 2 rooms")
	f.say("!forseti ban " + string(late.UserID))
	f.eventually("ban the other one", f.everywhere(late.UserID, event.MembershipBan))
	f.reactTo("What they wrote stays", "1\ufe0f\u20e3")
	f.eventually("remove what they wrote", removed(last.EventID))
}

func TestRoomsAndLists(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.server.Client(t, "spammer")
	other := f.room("another room", "", spammer)
	f.must(invite(f, other))
	list := f.room("shared list", "m.policy")
	f.rule(list, "user", "1", string(spammer.UserID))
	f.start()
	f.hear("Hello")
	f.say("!forseti rooms add " + string(other))
	f.hear("another room")
	f.say("!forseti watch " + string(list))
	f.hear("shared list", "hit 1 present member", string(spammer.UserID), "Watch it?")
	f.react("✅")
	f.hear("Watching the list")
	f.eventually("ban by the watched list", func() bool { return f.membership(other, spammer.UserID) == event.MembershipBan })
	f.say("!forseti unwatch " + string(list) + " --no-confirm")
	f.eventually("free after unwatching", func() bool { return f.membership(other, spammer.UserID) == event.MembershipLeave })
	f.say("!forseti rooms remove " + string(other))
	f.hear("Stop protecting it?")
	f.react("✅")
	f.eventually("leave", func() bool { return f.membership(other, f.bot.UserID) == event.MembershipLeave })
	f.say("!forseti list create coc")
	f.hear("coc")
	for _, ask := range []string{"help", "status", "rooms", "lists", "rules", "match @a:b", "protections", "sync"} {
		before := len(f.heard())
		f.say("!mod " + ask)
		f.eventually("answer "+ask, func() bool { return len(f.heard()) > before })
	}
	t.Logf("all that was said:\n%s", strings.Join(f.heard(), "\n---\n"))
}

func invite(f *fixture, room id.RoomID) error {
	_, err := f.mod.InviteUser(f.t.Context(), room, &mautrix.ReqInviteUser{UserID: f.bot.UserID})
	return err
}

// Only members of the management room are obeyed, and only they answer.
func TestStrangersAreNotObeyed(t *testing.T) {
	f := newFixture(t, 1)
	victim := f.member("victim")
	stranger := f.member("stranger")
	f.start()
	f.hear("Hello")
	_, err := stranger.SendText(t.Context(), f.rooms[0], "!forseti ban "+string(victim.UserID))
	f.must(err)
	asked := f.say("!forseti status")
	var answer *event.Event
	f.eventually("answer", func() bool {
		for _, evt := range f.timeline(f.management) {
			_ = evt.Content.ParseRaw(evt.Type)
			if evt.Sender == f.bot.UserID && evt.Type == event.EventMessage && isAnswer(evt, asked) {
				answer = evt
			}
		}
		return answer != nil
	})
	if to := answer.Content.AsMessage().RelatesTo.GetReplyTo(); to != "" {
		t.Errorf("an answer right below its command quotes %s", to)
	}
	if got := f.membership(f.rooms[0], victim.UserID); got != event.MembershipJoin {
		t.Errorf("a stranger's command led to %s", got)
	}
}

// A command is addressed by prefix, by name, or by a mention. What only looks like
// one is none: an edit, another bot's notice, what is quoted above a reply.
func TestHowTheBotIsCalled(t *testing.T) {
	f := newFixture(t, 1)
	f.must(f.bot.SetDisplayName(t.Context(), "Fair Judge"))
	f.options = func(o *community.Options) { o.Describe = 20 * time.Millisecond }
	f.start()
	f.hear("Hello")
	f.settle()
	link := f.bot.UserID.URI().MatrixToURL()
	text := func(body string, more ...any) map[string]any {
		content := map[string]any{"msgtype": "m.text", "body": body}
		for i := 0; i < len(more); i += 2 {
			content[more[i].(string)] = more[i+1]
		}
		return content
	}
	send := func(content map[string]any) id.EventID {
		t.Helper()
		sent, err := f.mod.SendMessageEvent(t.Context(), f.management, event.EventMessage, content)
		f.must(err)
		return sent.EventID
	}
	first := send(text("!forseti match @one:example.org"))
	for _, content := range []map[string]any{
		text("!mod match @two:example.org"),
		text(string(f.bot.UserID) + ": match @three:example.org"),
		text("Fair Judge: match @four:example.org", "format", "org.matrix.custom.html",
			"formatted_body", `<a href="`+link+`">Fair Judge</a>: match @four:example.org`, "m.mentions", map[string]any{"user_ids": []any{f.bot.UserID}}),
		text("> <@mod:x> !forseti match @quoted:example.org\n\n!forseti match @five:example.org",
			"m.relates_to", map[string]any{"m.in_reply_to": map[string]any{"event_id": first}}),
		text("/match what six is", "m.mentions", map[string]any{"user_ids": []any{f.bot.UserID}}, "org.matrix.msc4391.command",
			map[string]any{"command": "match", "arguments": map[string]any{"entity": "@six:example.org"}}),
	} {
		send(content)
	}
	for _, content := range []map[string]any{
		text("!forseti match @edit:example.org", "m.relates_to", map[string]any{"rel_type": "m.replace", "event_id": first}, "m.new_content", text("!forseti match @edit:example.org")),
		text("!forseti match @notice:example.org", "msgtype", "m.notice"),
		text("> <@mod:x> !forseti match @quoted:example.org\n\nis what I mean", "m.relates_to", map[string]any{"m.in_reply_to": map[string]any{"event_id": first}}),
		text("Fair Judges match @plural:example.org"),
		text("/match", "org.matrix.msc4391.command", map[string]any{"command": "match", "arguments": map[string]any{"entity": "@unaddressed:example.org"}}),
	} {
		send(content)
	}
	for _, user := range []string{"one", "two", "three", "four", "five", "six"} {
		f.hear("No rule matches `@" + user + ":example.org`")
	}
	f.settle()
	for _, user := range []string{"edit", "notice", "quoted", "plural", "unaddressed"} {
		if f.times("@"+user+":example.org") > 0 {
			t.Errorf("obeyed %s", user)
		}
	}
	// Clients are told of the commands, and of what their buttons may do.
	f.eventually("tell clients", func() bool {
		var ban cmdschema.EventContent
		err := f.mod.StateEvent(t.Context(), f.management, event.StateMSC4391BotCommand, (&cmdschema.EventContent{Command: "ban"}).StateKey(f.bot.UserID), &ban)
		return err == nil && ban.Command == "ban" && ban.IsValid()
	})
	var buttons struct {
		Rooms []id.RoomID `json:"protected_room_ids"`
	}
	f.must(f.mod.StateEvent(t.Context(), f.management, event.Type{Type: "org.matrix.msc4333.moderation_config", Class: event.StateEventType}, string(f.bot.UserID), &buttons))
	if !slices.Equal(buttons.Rooms, f.rooms) {
		t.Errorf("buttons are for %v", buttons.Rooms)
	}
}
