package community_test

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
)

func TestRuleOfALandsEverywhereAndLiftsAgain(t *testing.T) {
	f := newFixture(t, 3)
	spammer := f.member("spammer")
	bystander := f.member("bystander")
	f.start()
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.eventually("ban the spammer everywhere", f.everywhere(spammer.UserID, event.MembershipBan))
	f.hear("Banned", string(spammer.UserID), "3 rooms")
	if !f.everywhere(bystander.UserID, event.MembershipJoin)() {
		t.Error("the bystander was hit")
	}
	f.rule(f.list, "user", "1", "")
	f.eventually("free the spammer", f.everywhere(spammer.UserID, event.MembershipLeave))
	f.hear("Unbanned", string(spammer.UserID))
}

func TestServerRuleBecomesACL(t *testing.T) {
	f := newFixture(t, 2)
	f.start()
	f.rule(f.list, "server", "1", "Evil.example")
	for _, room := range f.rooms {
		f.eventually("deny the server", func() bool { return slices.Equal(f.deny(room), []string{"evil.example"}) })
	}
	f.hear("Shut out", "evil.example", "2 rooms")
}

func TestBanSurvivesRestartsAndIsStillOurs(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	f.start()
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.eventually("ban", f.everywhere(spammer.UserID, event.MembershipBan))
	f.stopBot()
	f.start()
	f.rule(f.list, "user", "1", "")
	f.eventually("free after a restart", f.everywhere(spammer.UserID, event.MembershipLeave))
}

func TestListedUserIsBannedAtTheDoor(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.server.Client(t, "spammer")
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.start()
	f.hear("Hello")
	f.join(f.rooms[0], spammer)
	f.eventually("ban at the door", func() bool {
		return f.membership(f.rooms[0], spammer.UserID) == event.MembershipBan
	})
}

// A moderator's own ban is not ours to lift, whatever the lists say.
func TestForeignBanIsKept(t *testing.T) {
	f := newFixture(t, 2)
	spammer := f.member("spammer")
	_, err := f.mod.BanUser(t.Context(), f.rooms[0], banOf(spammer.UserID))
	f.must(err)
	f.start()
	f.rule(f.list, "user", "1", string(spammer.UserID))
	f.eventually("ban", f.everywhere(spammer.UserID, event.MembershipBan))
	f.rule(f.list, "user", "1", "")
	f.eventually("free where the ban was ours", func() bool {
		return f.membership(f.rooms[1], spammer.UserID) == event.MembershipLeave
	})
	if got := f.membership(f.rooms[0], spammer.UserID); got != event.MembershipBan {
		t.Errorf("the moderator's ban is now %s", got)
	}
}
