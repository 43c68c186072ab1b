package community_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A rule for everybody waits, however few are here now; one that would shut us out
// is never followed. Both are told, and other rules go on working.
func TestRulesForEveryone(t *testing.T) {
	f := newFixture(t, 1)
	innocent, spammer := f.member("innocent"), f.member("spammer")
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@*:*")
	f.hear("@*:*", "everyone", "2 members", "React with")
	f.rule(f.list, "server", "1", "*")
	f.hear("I do not follow the server rule `*`", "our own server")
	f.rule(f.list, "server", "2", "evil.example")
	f.rule(f.list, "user", "2", string(spammer.UserID))
	f.banned(spammer.UserID)
	f.eventually("deny the other server", func() bool { return slices.Equal(f.deny(f.rooms[0]), []string{"evil.example"}) })
	if got := f.membership(f.rooms[0], innocent.UserID); got != event.MembershipJoin {
		t.Fatalf("a rule for everyone led to %s", got)
	}
	f.react("❌")
	f.hear("said no", "I do not follow this rule")
	late := f.member("late")
	f.say("!forseti sync")
	f.hear("Nothing new is to be done")
	if got := f.membership(f.rooms[0], late.UserID); got != event.MembershipJoin {
		t.Errorf("a rejected rule led to %s for a newcomer", got)
	}
}

// Whatever a command's line holds, the answer says what is wrong with it, nothing
// else happens, and the next command is obeyed.
func TestCommandsThatCannotBe(t *testing.T) {
	f := newFixture(t, 1)
	member := f.member("member")
	f.start()
	f.hear("Hello")
	for _, tt := range []struct{ line, answer string }{
		{"ban *", "would shut us out of our own rooms"},
		{"ban localhost", "would shut us out of our own rooms"},
		{"ban @*:*", "It matches everyone"},
		{"ban @*:localhost", "everyone on our own server"},
		{"ban " + string(f.bot.UserID), "I cannot ban myself"},
		{"ban " + string(f.mod.UserID), "whom I spare"},
		{"ban @nobody", "no user ID: the server is missing"},
		{"ban nobody", "nobody"},
		{"ban @:", "@:"},
		{"ban @nobody:", "@nobody:"},
		{"ban @" + strings.Repeat("x", 300) + ":localhost", "255"},
		{"kick @no body", "no user ID"},
		{"kick " + string(f.mod.UserID), "moderator"},
		{"ban " + strings.Repeat("a", 50<<10), "a command may have at most 4 kB"},
		{"ban @x:y --everything", "no option"},
		{"match", "missing"},
		{"xyzzy", "no command"},
	} {
		before := len(f.heard())
		f.say("!forseti " + tt.line)
		f.eventually("answer "+tt.line[:min(len(tt.line), 60)], func() bool { return len(f.heard()) > before })
		if got := f.heard()[before]; !strings.Contains(got, tt.answer) || len(got) > 4000 {
			t.Errorf("%.60s\nwas answered without %q:\n%.4000s", tt.line, tt.answer, got)
		}
	}
	f.say("!forseti rules")
	f.hear("no rules in any list")
	if got := f.membership(f.rooms[0], member.UserID); got != event.MembershipJoin {
		t.Errorf("a member is %s", got)
	}
}

// Rules that no server or user could have are shown or passed over, and stop no
// other rule.
func TestMalformedRules(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	for i, content := range []map[string]any{
		{"entity": "@", "recommendation": "m.ban", "reason": "x"},
		{"entity": "nobody", "recommendation": "m.ban", "reason": "x"},
		{"entity": "@a:b\n@c:d\u202e", "recommendation": "m.ban", "reason": "\n\n# big"},
		{"entity": "@" + strings.Repeat("*?", 500) + ":x", "recommendation": "m.ban"},
		{"entity": 5, "recommendation": "m.ban", "reason": []string{}},
		{"entity": string(spammer.UserID), "recommendation": 7},
		{"entity": string(spammer.UserID), "recommendation": "m.hug", "reason": "x"},
		{"hashes": map[string]any{"sha256": 5}, "recommendation": "m.ban"},
	} {
		_, err := f.mod.SendStateEvent(t.Context(), f.list, event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}, fmt.Sprint("bad", i), content)
		f.must(err)
	}
	f.say("!forseti match " + string(spammer.UserID))
	f.hear("m.hug")
	if got := f.membership(f.rooms[0], spammer.UserID); got != event.MembershipJoin {
		t.Fatalf("a rule that is none led to %s", got)
	}
	f.rule(f.list, "user", "good", string(spammer.UserID))
	f.banned(spammer.UserID)
}

// A room that cannot be joined, and one that is no list, are refused in words, and
// what is looked after stays so.
func TestRoomsThatCannotBe(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	private, err := f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "private", Preset: "private_chat"})
	f.must(err)
	chat := f.room("chat", "", f.bot)
	f.start()
	f.hear("Hello")
	for _, tt := range []struct{ line, answer string }{
		{"rooms add " + string(private.RoomID), "I cannot join that room"},
		{"rooms add !nowhere:localhost", "I cannot join that room"},
		{"rooms add #nowhere:localhost", "There is no room"},
		{"rooms add nowhere", "nowhere"},
		{"rooms add " + string(f.rooms[0]), "I protect it already"},
		{"rooms remove " + string(chat), "do not protect"},
		{"watch " + string(private.RoomID), "I cannot join that room"},
		{"watch " + string(chat), "no policy list"},
		{"watch " + string(f.list), " already"},
		{"unwatch " + string(chat), "I watch no list"},
	} {
		before := len(f.heard())
		f.say("!forseti " + tt.line)
		f.eventually("answer "+tt.line, func() bool { return len(f.heard()) > before })
		if got := f.heard()[before]; !strings.Contains(got, tt.answer) {
			t.Errorf("%s\nwas answered without %q:\n%s", tt.line, tt.answer, got)
		}
	}
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
}

// Another program may have left anything in the account data. What is no room is
// told or passed over once, and the rest is looked after.
func TestAccountDataThatCannotBe(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{
		"rooms": []any{"", 5, "nonsense", "!nowhere:localhost", f.rooms[0]},
	}))
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.watched_lists", map[string]any{
		"references": []any{"", 5, "https://example.org", id.RoomID("!nolist:localhost").URI().MatrixToURL(), f.list.URI().MatrixToURL()},
	}))
	f.start()
	f.hear("!nowhere:localhost")
	f.hear("!nolist:localhost")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
	f.hear("Banned", string(spammer.UserID))
	said := len(f.heard())
	f.stopBot()
	f.start()
	f.say("!forseti status")
	f.hear("To mend", "!nowhere:localhost", "!nolist:localhost")
	if more := f.heard()[said:]; len(more) != 1 {
		t.Errorf("a restart told it again: %q", more)
	}
}
