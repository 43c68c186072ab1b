package community_test

import "testing"

// What a watched list's rule did is a case, which names who wrote it, and is taken back for whom it hit alone: the rule stays.
func TestListCaseIsUndone(t *testing.T) {
	f := newFixture(t, 1)
	user := f.member("spammer")
	shared := f.room("shared list", "m.policy", f.bot)
	f.start()
	f.hear("Hello")
	f.say("!forseti watch " + string(shared) + " --no-confirm")
	f.hear("Watching the list")
	f.settle()
	f.rule(shared, "user", "1", string(user.UserID))
	f.banned(user.UserID)
	f.hear(string(user.UserID), "case 1.)")
	f.settle()
	f.say("!forseti cases")
	f.hear("the rules of a list: spam")
	f.say("!forseti case 1")
	f.hear("Rules of", string(f.mod.UserID), "What was done", "Banned")
	f.say("!forseti undo 1")
	f.hear("would not count any more for", "Undo it?")
	f.react("✅")
	f.freed(user.UserID)
	f.join(f.rooms[0], user)
	f.settle()
	f.restart()
	f.untouched(user.UserID)
}
