package community_test

import (
	"testing"

	"maunium.net/go/mautrix/event"
)

// A rule goes, and whom it banned stays banned, also over a restart, until somebody lifts that;
// whom another rule holds as well is freed when that goes.
func TestRuleGoesAndBansStay(t *testing.T) {
	f := newFixture(t, 2)
	rude, both, later := f.member("rude"), f.member("both"), f.member("later")
	bothered := f.member("bothered") // banned by a rule of theirs that goes, and then held by a pattern
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "rude", string(rude.UserID))
	f.rule(f.list, "user", "one", string(both.UserID))
	f.banned(rude.UserID)
	f.banned(both.UserID)
	f.rule(f.list, "user", "three", string(bothered.UserID))
	f.banned(bothered.UserID)
	f.rule(f.list, "user", "two", "@both*:"+both.UserID.Homeserver())
	f.settle()
	f.rule(f.list, "user", "three", "")
	f.settle()
	f.say("!forseti rule remove " + string(rude.UserID))
	f.hear("Removed 1 rule", "stays banned until somebody lifts that: `"+string(rude.UserID)+"`")
	f.say("!forseti rule remove " + string(both.UserID))
	f.hear("Removed 1 rule")
	f.settle()
	for _, u := range []string{"again", "after a restart"} {
		if !f.everywhere(rude.UserID, event.MembershipBan)() || !f.everywhere(both.UserID, event.MembershipBan)() {
			t.Errorf("%s: somebody is freed", u)
		}
		if u == "again" {
			f.restart()
			f.settle()
		}
	}
	f.say("!forseti unban " + string(both.UserID) + " --no-confirm")
	f.freed(both.UserID)
	f.freed(bothered.UserID)
	f.hear("Removed 1 rule", "Unbanned `", "`"+string(both.UserID)+"`", "`"+string(bothered.UserID)+"`", "in 2 rooms", "(Case")
	f.say("!forseti unban " + string(rude.UserID))
	f.freed(rude.UserID)
	f.untouched(later.UserID)
}
