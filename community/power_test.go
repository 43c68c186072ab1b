package community_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
	"forseti/internal/faults"
)

// What the bot may not do is told once, with the level that would help and the
// room, also over a restart. Once it may, it does it by itself.
func TestPowerLostAndRegained(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	poor := f.room("poor room", "", f.bot, spammer)
	f.must(f.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": append(f.rooms, poor)}))
	f.start()
	f.hear("Hello")
	f.levelBy(f.bot, poor, f.bot.UserID, 10)
	f.hear("poor room", "give me power level 50 to ban", "I have 10")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.rule(f.list, "server", "2", "evil.example")
	f.banned(spammer.UserID)
	f.settle()
	f.restart()
	f.settle()
	if n := f.times("give me power level"); n != 1 {
		t.Errorf("told %d times: %q", n, f.heard())
	}
	if tries := f.proxy.Requests(faults.In(string(poor), faults.Write)); len(tries) > 0 {
		t.Errorf("%d tries of what cannot be", len(tries))
	}
	f.level(poor, f.bot.UserID, 100)
	f.eventually("ban once it may", func() bool { return f.membership(poor, spammer.UserID) == event.MembershipBan })
	f.eventually("deny once it may", func() bool { return len(f.deny(poor)) == 1 })
	f.say("!forseti status")
	if said := f.hear("Forseti test, up"); strings.Contains(said, "To mend") {
		t.Errorf("all is well, and the bot says %s", said)
	}
}

// A refusal that nothing we know of explains, as by a policy server, is told once,
// tried again, and stops nobody else.
func TestRefusalIsToldOnce(t *testing.T) {
	f := newFixture(t, 2)
	spammer, other := f.member("spammer"), f.member("other")
	f.start()
	f.hear("Hello")
	mended := f.proxy.On(faults.In(string(f.rooms[0]), faults.Ban), faults.Answer(403, "M_FORBIDDEN"))
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.hear("I cannot ban", string(spammer.UserID), "room 0")
	f.rule(f.list, "user", "2", string(other.UserID))
	for _, u := range []id.UserID{spammer.UserID, other.UserID} {
		f.eventually("ban where it may", func() bool { return f.membership(f.rooms[1], u) == event.MembershipBan })
	}
	f.eventually("try again", func() bool { return len(f.proxy.Requests(faults.In(string(f.rooms[0]), faults.Ban))) > 3 })
	mended()
	f.banned(spammer.UserID)
	f.banned(other.UserID)
	if n := f.times("I cannot ban `" + string(spammer.UserID)); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// Neither a rule nor a command touches the bot, a moderator, or who stands as high
// as the bot; all others that they match are hit.
func TestGuards(t *testing.T) {
	f := newFixture(t, 1)
	colleague := f.server.Client(t, "guarded-colleague")
	f.join(f.management, colleague)
	f.join(f.rooms[0], colleague)
	equal, spammer := f.member("guarded-equal"), f.member("guarded-not")
	f.level(f.rooms[0], equal.UserID, 100)
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@guarded-*")
	f.rule(f.list, "user", "2", string(f.bot.UserID))
	f.rule(f.list, "user", "3", string(f.mod.UserID))
	f.rule(f.list, "server", "4", "localhost")
	f.banned(spammer.UserID)
	for _, u := range []id.UserID{colleague.UserID, equal.UserID, f.bot.UserID, f.mod.UserID} {
		f.say("!forseti kick " + string(u) + " out")
	}
	f.settle()
	for _, u := range []id.UserID{colleague.UserID, equal.UserID, f.bot.UserID, f.mod.UserID} {
		f.untouched(u)
	}
	// One who is a moderator no longer is like anybody else.
	_, err := f.mod.KickUser(t.Context(), f.management, &mautrix.ReqKickUser{UserID: colleague.UserID})
	f.must(err)
	f.banned(colleague.UserID)
}

// What changed behind the bot's back, with no event to say so, is found by a look:
// a ban that a state reset lifted, an ACL that is another, a rule that sync left
// out.
func TestLookHealsWhatWasMissed(t *testing.T) {
	f := newFixture(t, 1)
	spammer, unseen := f.member("spammer"), f.member("unseen")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.rule(f.list, "server", "2", "evil.example")
	f.start()
	f.banned(spammer.UserID)
	f.eventually("deny the server", func() bool { return len(f.deny(f.rooms[0])) == 1 })
	deaf := f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) {
		faults.Drop(answer, string(f.rooms[0]))
		faults.Drop(answer, string(f.list))
	}))
	f.say("(ends the poll that is under way)")
	f.eventually("be deaf", func() bool { return len(f.proxy.Requests(faults.Sync)) > 2 })
	_, err := f.mod.UnbanUser(t.Context(), f.rooms[0], &mautrix.ReqUnbanUser{UserID: spammer.UserID})
	f.must(err)
	f.join(f.rooms[0], spammer)
	f.state(f.rooms[0], "m.room.server_acl", "", map[string]any{"allow": []string{"*"}, "deny": []string{}})
	f.rule(f.list, "user", "3", string(unseen.UserID))
	f.settle()
	f.banned(spammer.UserID)
	f.banned(unseen.UserID)
	f.eventually("deny the server again", func() bool { return len(f.deny(f.rooms[0])) == 1 })
	deaf()
}

// The look comes by the clock too.
func TestLookComesByTheClock(t *testing.T) {
	f := newFixture(t, 1)
	f.options = func(o *community.Options) { o.FullLook = "@every 1s" }
	spammer := f.member("spammer")
	f.start()
	f.hear("Hello")
	f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) { faults.Drop(answer, string(f.list)) }))
	f.say("(ends the poll that is under way)")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.banned(spammer.UserID)
}

// A moderator who bans anew whom we banned takes the ban over: it is not ours to
// lift, also after a restart.
func TestRebanTakesOver(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.start()
	f.banned(spammer.UserID)
	f.hear("Banned")
	_, err := f.mod.BanUser(t.Context(), f.rooms[0], &mautrix.ReqBanUser{UserID: spammer.UserID, Reason: "and stay out"})
	f.must(err)
	f.settle()
	f.restart()
	f.rule(f.list, "user", "1", "")
	f.eventually("free where the ban was ours", func() bool { return f.membership(f.rooms[1], spammer.UserID) == event.MembershipLeave })
	f.settle()
	if got := f.membership(f.rooms[0], spammer.UserID); got != event.MembershipBan {
		t.Errorf("the moderator's ban is now %s", got)
	}
}

// The bot was down while a moderator lifted one of our bans and made it anew.
func TestRebanWhileDownTakesOver(t *testing.T) {
	f := newFixture(t, 1)
	spammer := f.member("spammer")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.start()
	f.banned(spammer.UserID)
	f.hear("Banned")
	f.settle()
	f.stopBot()
	_, err := f.mod.UnbanUser(t.Context(), f.rooms[0], &mautrix.ReqUnbanUser{UserID: spammer.UserID})
	f.must(err)
	_, err = f.mod.BanUser(t.Context(), f.rooms[0], banOf(spammer.UserID))
	f.must(err)
	f.rule(f.list, "user", "1", "")
	f.start()
	f.settle()
	if got := f.membership(f.rooms[0], spammer.UserID); got != event.MembershipBan {
		t.Errorf("the moderator's ban is now %s", got)
	}
}

// Those at the door are banned like those inside.
func TestInvitedAndKnocking(t *testing.T) {
	f := newFixture(t, 1)
	invited := f.server.Client(t, "invited")
	_, err := f.mod.InviteUser(t.Context(), f.rooms[0], &mautrix.ReqInviteUser{UserID: invited.UserID})
	f.must(err)
	f.start()
	f.hear("Hello")
	f.remote(f.rooms[0], "@knocking:evil.example", "knock")
	f.rule(f.list, "user", "1", string(invited.UserID))
	f.rule(f.list, "user", "2", "@knocking:*")
	for _, u := range []id.UserID{invited.UserID, "@knocking:evil.example"} {
		f.eventually("ban "+string(u), func() bool { return f.membership(f.rooms[0], u) == event.MembershipBan })
	}
	// And by the rules that are there when they come to the door.
	f.remote(f.rooms[0], "@knocking:worse.example", "knock")
	f.eventually("ban who knocks", func() bool { return f.membership(f.rooms[0], "@knocking:worse.example") == event.MembershipBan })
}

// Who hit and ran is banned by setting, if it was not long ago.
func TestRecentLeavers(t *testing.T) {
	for _, within := range []time.Duration{0, time.Hour} {
		t.Run(fmt.Sprint(within), func(t *testing.T) {
			f := newFixture(t, 1)
			f.options = func(o *community.Options) { o.Settings.RecentLeavers = within }
			runner, present := f.member("runner"), f.member("runner")
			f.start()
			f.hear("Hello")
			_, err := runner.LeaveRoom(t.Context(), f.rooms[0])
			f.must(err)
			f.rule(f.list, "user", "1", "@runner*")
			f.banned(present.UserID)
			f.settle()
			want := event.MembershipLeave
			if within > 0 {
				want = event.MembershipBan
				f.banned(runner.UserID)
			}
			if got := f.membership(f.rooms[0], runner.UserID); got != want {
				t.Errorf("who left is %s", got)
			}
		})
	}
}
