package community_test

import "testing"

// What a watched list's rule did is a case, which names who wrote it, and is taken back for whom it hit alone: the rule stays. Of servers it is told likewise.
func TestListCaseIsUndone(t *testing.T) {
	long(t)
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
	f.hear(string(user.UserID), "case 2.)")
	f.settle()
	f.say("!forseti cases")
	f.hear("the rules of a list: spam")
	f.say("!forseti case 2")
	f.hear("Rules of", string(f.mod.UserID), "What was done", "Banned")
	f.say("!forseti undo 2")
	f.hear("would not count any more for", "Undo it?")
	f.react("✅")
	f.freed(user.UserID)
	f.join(f.rooms[0], user)
	f.settle()
	f.restart()
	f.untouched(user.UserID)

	// Servers that a list shuts out, and lets in again as its rule goes, are told with their cases, and `acl` parts them from what
	// somebody put in by hand.
	f.state(f.rooms[0], "m.room.server_acl", "", map[string]any{"allow": []string{"*"}, "deny": []string{"byhand.example"}})
	f.rule(shared, "server", "2", "evil.example")
	f.hear("Shut out `evil.example`", ", case 3.)")
	f.say("!forseti acl " + string(f.rooms[0]))
	f.hear("2 entries", "By hand or by another bot, 1: `byhand.example`", "By rules: 1 of", "Put in:", string(f.mod.UserID))
	f.rule(shared, "server", "2", "")
	f.hear("Let in again `evil.example`", "does not shut it out any more, case 4.)")

	// To watch a list is a case of the moderator's.
	f.say("!forseti undo 1")
	f.hear("stops watching", "Undo it?")
	f.react("✅")
	f.hear("Case 1 is undone")
	f.settle()
	f.say("!forseti lists")
	f.hear("I watch 1 list")
}
