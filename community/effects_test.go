package community_test

import (
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// banCrowd has a list ban users, with a yes.
func (f *fixture) banCrowd(list id.RoomID, key, entity string, users []*mautrix.Client) {
	f.t.Helper()
	f.rule(list, "user", key, entity)
	f.reactAs(f.mod, "✅", entity)
	for _, u := range users {
		f.banned(u.UserID)
	}
}

func (f *fixture) allAre(users []*mautrix.Client, want event.Membership, when string) {
	f.t.Helper()
	for _, u := range users {
		if got := f.membership(f.rooms[0], u.UserID); got != want {
			f.t.Errorf("%s, %s is %s", when, u.UserID, got)
		}
	}
}

// Many small rules of a list are one large one: beyond the limit they wait, together
// and in one question, whether they are names or hashes. After a yes they are
// followed. So it is with what was written while we were away.
func TestSingleNamesAddUp(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("many", 6)
	f.start()
	f.hear("Hello")
	for i, u := range users[:4] {
		if i%2 == 0 {
			f.rule(f.list, "user", fmt.Sprint(i), string(u.UserID))
			continue
		}
		f.state(f.list, "m.policy.rule.user", fmt.Sprint(i), map[string]any{"hashes": hashed(string(u.UserID)), "recommendation": "m.ban"})
	}
	f.banned(users[0].UserID)
	f.banned(users[1].UserID)
	f.hear("2 changes", "2 members", "React with")
	f.settle()
	f.allAre(users[2:], event.MembershipJoin, "without a yes")
	f.stopBot()
	last := f.rule(f.list, "user", "4", string(users[4].UserID))
	f.seen(f.list, last)
	f.start()
	f.settle()
	f.allAre(users[2:], event.MembershipJoin, "without a yes, after a restart")
	f.hear("3 changes", "React with")
	f.reactAs(f.mod, "✅", "3 changes")
	for _, u := range users[:5] {
		f.banned(u.UserID)
	}
	f.hear("Yes, said")
	f.untouched(users[5].UserID)
}

// An exemption frees nobody in somebody else's list. In one of ours it waits if it
// frees many, whoever wrote it, and once it is followed its end waits if that bans
// many.
func TestExemptionsThatAreWide(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("crowd", 3)
	shared := f.room("shared list", "m.policy", f.bot)
	f.level(shared, f.bot.UserID, 0)
	f.start()
	f.hear("Hello")
	f.say("!forseti watch " + string(shared))
	f.hear("shared list")
	f.banCrowd(f.list, "crowd", "@crowd*", users)
	exempt := func(list id.RoomID, kind, entity string) {
		f.state(list, "m.policy.rule."+kind, "exempt "+entity, map[string]any{"entity": entity, "recommendation": "fi.mau.meowlnir.unban"})
	}
	exempt(shared, "user", "@*:*")
	exempt(shared, "server", "*")
	f.settle()
	f.allAre(users, event.MembershipBan, "exempted by somebody else's list")
	exempt(f.list, "user", "@*:*")
	f.hear("exemption", "@*:*", "free", "everyone", "React with")
	f.settle()
	f.allAre(users, event.MembershipBan, "without a yes")
	f.reactAs(f.mod, "✅", "exemption")
	for _, u := range users {
		f.freed(u.UserID)
		f.join(f.rooms[0], u)
	}
	f.settle() // an end that came before the news of them would ban nobody, and wait for no yes
	f.state(f.list, "m.policy.rule.user", "exempt @*:*", map[string]any{})
	f.hear("exemption", "is gone", "ban 3 members", "React with")
	f.settle()
	f.allAre(users, event.MembershipJoin, "while the end of an exemption waits")
	f.restart()
	f.settle()
	f.allAre(users, event.MembershipJoin, "while the end of an exemption waits, after a restart")
	f.reactAs(f.mod, "✅", "is gone")
	for _, u := range users {
		f.banned(u.UserID)
	}
}

// The end of a rule that holds many waits like the rule did: blanked, redacted, or
// gone with its list because somebody changed the bot's account data.
func TestEndOfWideRuleWaits(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("crowd", 3)
	f.start()
	f.hear("Hello")
	f.banCrowd(f.list, "crowd", "@crowd*", users)
	f.rule(f.list, "user", "crowd", "")
	f.hear("is gone", "free 3 users", "React with")
	f.settle()
	f.allAre(users, event.MembershipBan, "without a yes")
	f.restart()
	f.settle()
	f.allAre(users, event.MembershipBan, "without a yes, after a restart")
	// It comes back, and the question goes.
	f.rule(f.list, "user", "crowd", "@crowd*")
	f.hear("No longer needed")
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.watched_lists", map[string]any{"references": []string{}}))
	f.hear("taken off the watched lists", "free 3 users", "React with")
	f.settle()
	f.restart()
	f.settle()
	f.allAre(users, event.MembershipBan, "as the list is to go")
	f.reactAs(f.mod, "✅", "taken off the watched lists")
	for _, u := range users {
		f.freed(u.UserID)
	}
}

// A pattern for nearly all servers gets into no ACL unasked, though nobody is here
// whom it matches; and one question is asked, however often it flaps.
func TestBroadServersAndFlapping(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	for range 15 {
		f.rule(f.list, "server", "1", "*.*")
		f.rule(f.list, "user", "1", "@*:*")
		f.rule(f.list, "server", "1", "")
		f.rule(f.list, "user", "1", "")
	}
	f.rule(f.list, "server", "1", "*.*")
	f.hear("new rule: `*.*`", "React with")
	f.settle()
	if denied := f.deny(f.rooms[0]); len(denied) > 0 {
		t.Errorf("without a yes, the ACL denies %q", denied)
	}
	asked := 0
	for _, said := range f.heard() {
		if strings.Contains(said, "React with") {
			asked++
		}
	}
	if asked > 4 {
		t.Errorf("%d questions and edits for one list that flaps", asked)
	}
	f.reactAs(f.mod, "✅", "new rule: `*.*`")
	f.eventually("deny after a yes", func() bool { return len(f.deny(f.rooms[0])) == 1 })
}

// Any other relation than an annotation is no reaction: no client shows who agreed.
func TestOnlyAnnotationsAnswer(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.hear("React with")
	var question id.EventID
	for _, evt := range f.timeline(f.management) {
		if body, _ := evt.Content.Raw["body"].(string); evt.Sender == f.bot.UserID && strings.Contains(body, "React with") {
			question = evt.ID
		}
	}
	_, err := f.mod.SendMessageEvent(t.Context(), f.management, event.EventReaction, map[string]any{
		"m.relates_to": map[string]any{"rel_type": "m.reference", "event_id": question, "key": "✅"},
	})
	f.must(err)
	f.settle()
	f.allAre(users, event.MembershipJoin, "by a reference")
	f.react("✅")
	for _, u := range users {
		f.banned(u.UserID)
	}
}

// What got a no is shown as such, and can be followed after all. What waits can be
// found again.
func TestNoCanBeTakenBack(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.hear("React with")
	f.say("!forseti questions")
	f.hear("1 question waits", "@wide*")
	f.say("!forseti rules")
	f.hear("@wide*", "it waits for a yes")
	f.react("❌")
	f.hear("said no")
	f.say("!forseti questions")
	f.hear("No question waits")
	f.say("!forseti rules")
	f.hear("@wide*", "a moderator said no")
	f.say("!forseti release list")
	f.hear("got a no", "3 present members", "React with")
	f.allAre(users, event.MembershipJoin, "without a yes")
	f.say("!forseti release list --no-confirm")
	for _, u := range users {
		f.banned(u.UserID)
	}
}

// What a rule does later was weighed before: in a room where the bot has no power yet,
// and in one that it was put out of, whose members it has not seen when the rule came.
func TestCrowdWhereTheBotHasNoPowerYet(t *testing.T) {
	long(t)
	f := newFixture(t, 2)
	f.limits(2)
	users := f.crowd("crowd", 3)
	f.start()
	f.hear("Hello")
	f.levelBy(f.bot, f.rooms[0], f.bot.UserID, 10)
	f.hear("give me power level")
	f.levelBy(f.bot, f.rooms[1], f.bot.UserID, 50)
	_, err := f.mod.KickUser(t.Context(), f.rooms[1], &mautrix.ReqKickUser{UserID: f.bot.UserID})
	f.must(err)
	f.hear("I am not in")
	strangers := f.crowd("strange", 3)
	for _, u := range strangers {
		_, err := u.LeaveRoom(t.Context(), f.rooms[0])
		f.must(err)
		f.join(f.rooms[1], u)
	}
	f.settle()
	f.rule(f.list, "user", "1", "@crowd*")
	f.hear("@crowd*", "as soon as power levels allow it", "React with")
	f.rule(f.list, "user", "2", "@strange*")
	f.level(f.rooms[0], f.bot.UserID, 100)
	_, err = f.mod.InviteUser(t.Context(), f.rooms[1], &mautrix.ReqInviteUser{UserID: f.bot.UserID})
	f.must(err)
	f.hear("away from it", "ban 3 members", "React with")
	f.settle()
	f.allAre(users, event.MembershipJoin, "without a yes")
	for _, u := range strangers {
		if got := f.membership(f.rooms[1], u.UserID); got != event.MembershipJoin {
			t.Errorf("without a yes, %s is %s", u.UserID, got)
		}
	}
	f.restart()
	f.settle()
	f.reactAs(f.mod, "✅", "@crowd*")
	f.eventually("follow the rule", func() bool { return f.membership(f.rooms[0], users[2].UserID) == event.MembershipBan })
	f.reactAs(f.mod, "✅", "away from it")
	f.eventually("sweep the room", func() bool { return f.membership(f.rooms[1], strangers[0].UserID) == event.MembershipBan })
}

// A yes to a room's first sweep is one to what was shown. What lists added since, while
// the room was left alone, is asked about anew if it is much.
func TestYesCoversWhatWasShown(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	f.limits(2)
	some, more := f.crowd("someone", 3), f.crowd("another", 7)
	late := f.room("late room", "", f.bot)
	for _, u := range append(some, more...) {
		_, err := u.LeaveRoom(t.Context(), f.rooms[0])
		f.must(err)
		f.join(late, u)
	}
	f.rule(f.list, "user", "1", "@someone*")
	f.start()
	f.hear("Hello")
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": append(f.rooms, late)}))
	f.hear("is new here", "ban 3 members", "React with")
	f.seen(f.list, f.rule(f.list, "user", "2", "@another*"))
	f.reactAs(f.mod, "✅", "ban 3 members")
	f.hear("grown much since I asked")
	f.hear("is new here", "ban 10 members", "React with")
	if got := f.membership(late, some[0].UserID); got != event.MembershipJoin {
		t.Errorf("after a yes to fewer, somebody is %s", got)
	}
	f.reactAs(f.mod, "✅", "ban 10 members")
	f.eventually("sweep the room", func() bool { return f.membership(late, more[6].UserID) == event.MembershipBan })
}
