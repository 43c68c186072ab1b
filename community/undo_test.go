package community_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// What a command did to many is a case, and undone as a whole, also if the bot ends in the middle:
// whom it banned by a pattern is free, with the innocent among them, and who was banned before and by
// another rule stays so.
func TestUndoIsExact(t *testing.T) {
	f := newFixture(t, 2)
	spammers := []id.UserID{f.member("spam1").UserID, f.member("spam2").UserID}
	innocent, other := f.member("spamalot").UserID, f.member("spamother").UserID
	f.start()
	f.hear("Hello")
	f.say("!forseti ban " + string(other) + " a reason of its own")
	f.banned(other)
	f.hear("now bans the user", string(other), "(Case 1.)")
	f.say("!forseti why " + string(other))
	f.hear("1 rule matches them", "by me, as `"+string(f.mod.UserID)+"` said on ")
	f.say("!forseti ban @spam*:* wave --no-confirm")
	all := append(spammers, innocent)
	for _, u := range all {
		f.banned(u)
	}
	f.hear("now bans the user", "(Case 2.)")
	f.say("!forseti cases")
	f.hear("2 cases of the last", "* 2, ", "with `ban`: wave", "* 1, ")
	f.say("!forseti undo")
	f.hear("Case 2 (", "would be undone", "removes the rule for `@spam*:*`", string(innocent), "Undo it?")
	gate := faults.NewGate()
	open := f.proxy.On(faults.Unban, gate.Fault)
	f.react("✅")
	<-gate.Held()
	f.stopBot()
	open()
	f.start()
	for _, u := range all {
		f.freed(u)
	}
	f.hear("Case 2 is undone")
	f.settle()
	for _, room := range f.rooms {
		if got := f.membership(room, other); got != event.MembershipBan {
			t.Errorf("who was banned before is %s", got)
		}
	}
	f.say("!forseti undo 2")
	f.hear("Case 2 was undone already, by", string(f.mod.UserID))
	f.say("!forseti history " + string(innocent))
	f.hear("Unbanned `"+string(innocent)+"` in 2 rooms", "Banned `"+string(innocent)+"` in 2 rooms", "(case 2)")
	f.say("!forseti case 2")
	f.hear("It was undone by", "Wrote the rule for `@spam*:*` in", "Banned (3 times) in room 0", "Removed the rule for `@spam*:*` in", "Unbanned (3 times) in room 1")
	if said := strings.Join(f.heard(), "\n"); strings.Contains(said, "Case 3") {
		t.Error("what is undone is a case of its own")
	}
}
