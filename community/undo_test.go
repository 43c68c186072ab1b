package community_test

import (
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
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

// A command is undone that is half done, by two moderators at once: what was done is taken back, what was not is not done any
// more, and the one who comes second hears that it is undone.
func TestUndoOfWhatIsHalfDoneByTwo(t *testing.T) {
	f := newFixture(t, 2)
	user := f.member("user")
	helper := f.server.Client(t, "helper")
	f.join(f.management, helper)
	f.start()
	f.hear("Hello")
	work := f.proxy.On(faults.In(string(f.rooms[1]), faults.Ban), faults.Answer(503, "M_UNKNOWN"))
	f.say("!forseti ban " + string(user.UserID) + " --room " + string(f.rooms[0]) + " --room " + string(f.rooms[1]) + " out")
	f.eventually("ban in one room", func() bool { return f.membership(f.rooms[0], user.UserID) == event.MembershipBan })
	f.settle() // that it was done is written down
	f.say("!forseti undo 1 --dry-run")
	f.hear("leaves undone what is still to do of it: 1 ban", "lifts the ban of `"+string(user.UserID)+"` in")
	var both sync.WaitGroup
	for _, who := range []*mautrix.Client{f.mod, helper} {
		both.Go(func() {
			_, err := who.SendText(t.Context(), f.management, "!forseti undo 1 --no-confirm")
			f.must(err)
		})
	}
	both.Wait()
	said := func(words string) (n int) {
		for _, m := range f.messages() {
			if strings.Contains(m.body, words) {
				n++
			}
		}
		return n
	}
	f.eventually("one is told that it is undone, and one that it was", func() bool {
		return said("Case 1 is undone.") == 1 && said("Case 1 was undone already, by") == 1
	})
	f.eventually("free them", func() bool { return f.membership(f.rooms[0], user.UserID) == event.MembershipLeave })
	f.hear("Case 1 is undone. What was still to do of it is not done any more: 1 ban.", "Unbanned `"+string(user.UserID)+"` in room 0.")
	work()
	f.join(f.rooms[0], user)
	f.settle()
	f.untouched(user.UserID)
	for _, r := range f.proxy.Requests(faults.Unban) {
		if strings.Contains(r.Path, string(f.rooms[1])) {
			t.Error("who was not banned is unbanned")
		}
	}
}
