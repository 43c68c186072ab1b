package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

func answerTo(command id.EventID) report.Answer { return report.Answer{Command: command} }

// A command's effects stand in its own reply, whatever was said before and comes after.
func TestOneCommandOneReply(t *testing.T) {
	c := newChat()
	a, b := ban("a", "Lobby", rule("$r1", "@a:evil.example")), ban("b", "Lobby", rule("$r2", "@b:evil.example"))
	c.Replies.Begin("$c1", c.now)
	c.Replies.Rule("$c1", "$r1", c.now)
	c.opened(a)
	c.Replies.Answer(report.Answer{Command: "$c1", Text: "The list now bans `a`."}, c.now)
	c.pass(100 * time.Millisecond)
	c.done(a)
	c.pass(0)
	c.Replies.Begin("$c2", c.now)
	c.Replies.Rule("$c2", "$r2", c.now)
	c.opened(b)
	c.Replies.Answer(report.Answer{Command: "$c2", Text: "The list now bans `b`."}, c.now)
	c.done(b)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c1"), "The list now bans `a`. Banned `@a:evil.example` in Lobby."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := c.reply(t, "$c2"), "The list now bans `b`. Banned `@b:evil.example` in Lobby."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(c.messages) != 2 || len(c.answered) != 2 {
		t.Errorf("%d messages, answered %v:\n%s", len(c.messages), c.answered, c.log.String())
	}
	// Later effects of the rule are news.
	c.opened(a)
	c.done(a)
	c.pass(time.Minute)
	if len(c.messages) != 3 || c.messages[2].replyTo != "" || c.messages[0].edits != 0 {
		t.Errorf("after the end:\n%s", c.log.String())
	}
}

// What happens once and was wanted by two is told once, by the command, whichever was
// first. After a crash a command's unban and that of the rule it removed are such two.
func TestWhatHappensOnceIsToldOnce(t *testing.T) {
	for _, ruleFirst := range []bool{true, false} {
		c := newChat()
		asked, follows := ban("a", "Lobby", action.Cause{Kind: action.ByModerator, Event: "$c"}), ban("a", "Lobby", rule("$r", "@a:evil.example"))
		asked.Verb, follows.Verb = action.Unban, action.Unban
		other := ban("b", "Lobby", rule("$r", "@b:evil.example"))
		c.Replies.Resumed("$c", c.now)
		c.opened(other)
		wanted := []action.Action{asked, follows}
		if ruleFirst {
			slices.Reverse(wanted)
		}
		c.opened(wanted[0])
		c.opened(wanted[1])
		c.done(asked, follows, other)
		c.Replies.Answer(report.Answer{Command: "$c", Text: "Removed 1 rule."}, c.now)
		c.pass(time.Minute)
		if got, want := c.reply(t, "$c"), "Removed 1 rule. Unbanned `@a:evil.example` in Lobby."; got != want {
			t.Errorf("rule first: %t: %s, want %s", ruleFirst, got, want)
		}
		if len(c.messages) != 2 || strings.Contains(c.messages[1].text, "@a:evil.example") || c.Size() != 0 {
			t.Errorf("rule first: %t: %d left:\n%s", ruleFirst, c.Size(), c.log.String())
		}
	}
}

// It is told by whom it was asked for by name, and not by whoever took up the room.
func TestWhoAskedTellsIt(t *testing.T) {
	c := newChat()
	c.Replies.Place("$add", "!Lobby:hs", c.now)
	byRule := ban("a", "Lobby", rule("$r", "@a:evil.example"))
	c.opened(byRule)
	// For the journal, so that the reply counts it after a crash too.
	if got := c.For(byRule); got != "$add" {
		t.Errorf("a ban of a rule in a room that was taken up is for %q", got)
	}
	if got := c.For(ban("b", "Dev", rule("$r", "@b:evil.example"))); got != "" {
		t.Errorf("what nobody wants is for %q", got)
	}
	byName := ban("a", "Lobby", asked("$ban"))
	c.Replies.Begin("$ban", c.now)
	c.opened(byName)
	c.Replies.Answer(report.Answer{Command: "$add", Text: "I look after Lobby."}, c.now)
	c.Replies.Answer(report.Answer{Command: "$ban", Text: "Of course."}, c.now)
	c.done(byName, byRule)
	c.pass(time.Minute)
	for command, want := range map[id.EventID]string{"$add": "I look after Lobby.", "$ban": "Of course. Banned `@a:evil.example` in Lobby."} {
		if got := c.reply(t, command); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if len(c.messages) != 2 || c.Size() != 0 {
		t.Errorf("%d left:\n%s", c.Size(), c.log.String())
	}
}

// What a list that is watched, or a room that is taken up, leads to stands in the answer to that.
func TestPlacesBelongToTheirCommand(t *testing.T) {
	c := newChat()
	c.Replies.Place("$watch", "!coc:hs", c.now)
	byList := ban("a", "Lobby", rule("$r", "@a:evil.example"))
	c.opened(byList)
	c.Replies.Answer(report.Answer{Command: "$watch", Text: "I follow coc."}, c.now)
	c.done(byList)
	c.pass(time.Minute)
	c.Replies.Place("$add", "!New:hs", c.now)
	there := ban("b", "New", rule("$other", "@b:evil.example"))
	c.opened(there)
	elsewhere := ban("b", "Lobby", rule("$other", "@b:evil.example"))
	c.opened(elsewhere)
	c.Replies.Answer(report.Answer{Command: "$add", Text: "I look after New."}, c.now)
	c.done(there, elsewhere)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$watch"), "I follow coc. Banned `@a:evil.example` in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := c.reply(t, "$add"), "I look after New. Banned `@b:evil.example` in New."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(c.messages) != 3 {
		t.Errorf("in all:\n%s", c.log.String())
	}
}

// Who is taken out of a room is told of as that, and not as a message is.
func TestKickedFrom(t *testing.T) {
	c := newChat()
	c.Replies.Answer(report.Answer{Command: "$kick", Text: "Kicking."}, c.now)
	for _, room := range []string{"Lobby", "Dev", "Art"} {
		a := ban("a", room, asked("$kick"))
		a.Verb = action.Kick
		c.opened(a)
		if room == "Art" {
			c.ended(a, action.Refused, "no power")
			continue
		}
		c.done(a)
	}
	c.pass(time.Minute)
	if got, want := c.reply(t, "$kick"), "Kicking. Kicked `@a:evil.example` from 2 rooms. Did not kick `@a:evil.example` from Art: no power."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A rule that one command wrote and another takes away again: each has its own.
func TestBanAndUnbanOfOneRule(t *testing.T) {
	c := newChat()
	bans := []action.Action{ban("a", "Lobby", rule("$r", "x")), ban("a", "Dev", rule("$r", "x"))}
	c.Replies.Begin("$ban", c.now)
	c.Replies.Rule("$ban", "$r", c.now)
	c.opened(bans[0])
	c.opened(bans[1])
	c.Replies.Answer(report.Answer{Command: "$ban", Text: "Ban."}, c.now)
	c.done(bans[0])
	c.pass(10 * time.Second)
	free := bans[0]
	free.Verb = action.Unban
	c.Replies.Following("$unban", c.now)
	c.opened(free)
	c.Replies.Following("", c.now)
	c.ended(bans[1], action.Superseded, "")
	c.Replies.Answer(report.Answer{Command: "$unban", Text: "Unban."}, c.now)
	c.done(free)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$ban"), "Ban. Banned `@a:evil.example` in Lobby. Did not ban `@a:evil.example` in Dev: something newer took its place."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := c.reply(t, "$unban"), "Unban. Unbanned `@a:evil.example` in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Somebody else blanks a rule of which a command still waits: that is not the command's.
	c.Replies.Begin("$ban2", c.now)
	c.Replies.Rule("$ban2", "$r2", c.now)
	other := ban("b", "Lobby", rule("$r2", "y"))
	c.opened(other)
	c.opened(ban("b", "Dev", rule("$r2", "y")))
	c.Replies.Answer(report.Answer{Command: "$ban2", Text: "Ban."}, c.now)
	c.done(other)
	other.Verb = action.Unban
	c.opened(other)
	c.done(other)
	c.ended(ban("b", "Dev", rule("$r2", "y")), action.Superseded, "")
	c.pass(time.Minute)
	if got := c.reply(t, "$ban2"); strings.Contains(got, "Unbanned") {
		t.Errorf("the answer to a ban: %s", got)
	}
	if last := c.messages[len(c.messages)-1].text; last != "Unbanned `@b:evil.example` in Lobby. (The rule `y` in coc does not hold them any more.)" {
		t.Errorf("the notice: %s", last)
	}
}

// What takes long says how far it is in its own reply, which its answer completes.
func TestLongCommandSaysHowFarItIs(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$long", c.now)
	c.Replies.Begin("$quick", c.now)
	c.Replies.Progress("$long", "Looking: 1 of 3 rooms read.", c.now)
	c.Replies.Answer(report.Answer{Command: "$quick", Text: "Quick."}, c.now)
	c.pass(10 * time.Second)
	if got := c.reply(t, "$long"); !strings.Contains(got, "1 of 3") || len(c.answered) != 1 {
		t.Errorf("said %q, answered %v", got, c.answered)
	}
	c.Replies.Progress("$long", "Looking: 2 of 3 rooms read.", c.now)
	c.pass(10 * time.Second)
	if got := c.reply(t, "$long"); !strings.Contains(got, "2 of 3") || len(c.answered) != 1 {
		t.Errorf("said %q, answered %v", got, c.answered)
	}
	c.Replies.Answer(report.Answer{Command: "$long", Text: "Removing 5 messages."}, c.now)
	c.Replies.Progress("$long", "Looking: 3 of 3 rooms read.", c.now)
	c.pass(10 * time.Second)
	if got := c.reply(t, "$long"); got != "Removing 5 messages." || len(c.answered) != 2 || len(c.messages) != 2 {
		t.Errorf("said %q, answered %v, %d messages", got, c.answered, len(c.messages))
	}
}

// A command that said how far it was, and then asks, leaves no reply that waits for ever.
func TestProgressThatBecomesAQuestion(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$ask", c.now)
	if c.Replies.Dismiss("$ask", c.now) || c.Replies.Dismiss("$unknown", c.now) {
		t.Error("there is no reply yet")
	}
	c.Replies.Progress("$ask", "Looking: 1 of 3 rooms read.", c.now)
	c.pass(10 * time.Second)
	if !c.Replies.Dismiss("$ask", c.now) {
		t.Error("its reply is forgotten")
	}
	c.pass(10 * time.Second)
	if got := c.reply(t, "$ask"); !strings.Contains(got, "I ask about it below") || len(c.answered) != 1 {
		t.Errorf("said %q, answered %v", got, c.answered)
	}
	// After the yes it is the same reply.
	c.Replies.Resumed("$ask", c.now)
	c.Replies.Answer(report.Answer{Command: "$ask", Text: "Removing 5 messages."}, c.now)
	c.pass(10 * time.Second)
	if got := c.reply(t, "$ask"); got != "Removing 5 messages." || len(c.messages) != 1 {
		t.Errorf("said %q in %d messages", got, len(c.messages))
	}
}

// What began before anybody knew that it was a command's belongs to it all the same, as the echo of a rule may be faster
// than the answer to its sending.
func TestEffectsBeforeTheirCommand(t *testing.T) {
	c := newChat()
	free, byRule := ban("a", "Lobby", asked("$c")), ban("b", "Lobby", rule("$r", "x"))
	free.Verb = action.Unban
	c.opened(free)
	c.opened(byRule)
	c.done(free)
	c.Replies.Begin("$c", c.now)
	c.Replies.Rule("$c", "$r", c.now)
	c.Replies.Answer(answerTo("$c"), c.now)
	c.done(byRule)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "Banned `@b:evil.example` in Lobby. Unbanned `@a:evil.example` in Lobby."; got != want || len(c.messages) != 1 {
		t.Errorf("%s, want %s; in all:\n%s", got, want, c.log.String())
	}
}

// Of two commands that took up the same list, the newer one is told.
func TestNewestCommandIsTold(t *testing.T) {
	c := newChat()
	for _, command := range []id.EventID{"$1", "$2", "$3", "$4"} {
		c.Replies.Place(command, "!coc:hs", c.now)
		if command != "$4" { // which is being taken in
			c.opened(ban("open", "Lobby", asked(command)))
			c.Replies.Answer(answerTo(command), c.now)
		}
		c.pass(time.Second)
	}
	a := ban("a", "Lobby", rule("$r", "x"))
	c.opened(a)
	c.done(a)
	c.Replies.Answer(answerTo("$4"), c.now)
	for _, command := range []id.EventID{"$1", "$2", "$3"} {
		c.done(ban("open", "Lobby", asked(command)))
	}
	c.pass(time.Minute)
	for command, want := range map[id.EventID]string{
		"$1": "Banned `@open:evil.example` in Lobby.", "$3": "Banned `@open:evil.example` in Lobby.", "$4": "Banned `@a:evil.example` in Lobby.",
	} {
		if got := c.reply(t, command); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
}

// A command that gets no reply is told as a notice.
func TestDismissedCommand(t *testing.T) {
	c := newChat()
	a, b := ban("a", "Lobby", asked("$c")), ban("b", "Lobby", asked("$c"))
	c.Replies.Begin("$c", c.now)
	c.opened(a)
	c.opened(b)
	c.done(a)
	c.Replies.Dismiss("$c", c.now)
	c.done(b)
	c.pass(time.Minute)
	if got, want := c.log.String(), "Banned `@a:evil.example` and `@b:evil.example` in Lobby. (Asked for by `@mod:hs`.)\n"; len(c.messages) != 1 || !strings.HasSuffix(got, want) {
		t.Errorf("said:\n%s", got)
	}
	// Where nobody knows any more who asked, nobody is named.
	c.Replies.Begin("$d", c.now)
	c.opened(ban("c", "Lobby", asked("$d")))
	c.done(ban("c", "Lobby", asked("$d")))
	c.Replies.Dismiss("$d", c.now)
	c.pass(time.Minute)
	if got := c.messages[len(c.messages)-1].text; got != "Banned `@c:evil.example` in Lobby." {
		t.Error(got)
	}
}

// Whoever waits behind a command that takes long is heard at once, and then it is that command's turn to say what there is.
func TestNobodyWaitsBehindALongCommand(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$long", c.now)
	c.opened(ban("a", "Lobby", asked("$long")))
	c.Replies.Answer(answerTo("$long"), c.now)
	c.pass(0)
	if len(c.messages) > 0 {
		t.Fatalf("it did not wait for its effects:\n%s", c.log.String())
	}
	c.Replies.Answer(report.Answer{Command: "$quick", Text: "Quick."}, c.now)
	c.pass(0)
	if len(c.messages) != 2 || c.messages[0].replyTo != "$long" || c.messages[1].replyTo != "$quick" {
		t.Errorf("at once:\n%s", c.log.String())
	}
}
