package community_test

import (
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
)

// What comes new into a list that is reviewed waits for a moderator, also over a restart: a wave of rules is asked about at
// once, a single one is not. What the list takes away ends at once.
func TestReviewedList(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	known, late, later := f.member("known"), f.member("late"), f.member("later")
	shared := f.room("shared list", "m.policy", f.bot)
	f.seen(shared, f.rule(shared, "user", "known", string(known.UserID)))
	f.start()
	f.hear("Hello")
	f.say("!forseti watch " + string(shared) + " --review --no-confirm")
	f.hear("shared list", "what is new in it waits for your yes")
	f.banned(known.UserID)
	f.rule(shared, "user", "late", string(late.UserID))
	for n := range 10 {
		f.rule(shared, "server", fmt.Sprint(n), fmt.Sprintf("s%d.example", n))
	}
	f.hear("11 rules of the list", "wait for your word", string(late.UserID), "s0.example")
	f.settle()
	f.untouched(late.UserID)
	if denied := f.deny(f.rooms[0]); len(denied) > 0 {
		t.Errorf("the ACL denies %q", denied)
	}
	f.restart()
	f.settle()
	f.untouched(late.UserID)
	f.say("!forseti list show \"shared list\"")
	f.hear("What is new in it waits for your yes.", "11 changes of it wait")
	f.reactAs(f.mod, "✅", "11 rules of the list")
	f.banned(late.UserID)
	f.eventually("server ACL", func() bool { return len(f.deny(f.rooms[0])) == 10 })
	// One more is told with the next day's; what goes is gone.
	f.rule(shared, "user", "later", string(later.UserID))
	f.rule(shared, "user", "known", "")
	f.freed(known.UserID)
	f.settle()
	f.untouched(later.UserID)
	if got := f.membership(f.rooms[0], late.UserID); got != event.MembershipBan {
		t.Errorf("whom a yes was about is %s", got)
	}
	questions := 0
	for _, m := range f.messages() {
		if strings.Contains(m.body, "your word") {
			questions++
		}
	}
	if questions != 1 {
		t.Errorf("asked %d times", questions)
	}
}
