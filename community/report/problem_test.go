package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/community/report"
)

func power(room string) report.Key {
	return report.Key{Kind: report.Power, Room: id.RoomID("!" + room + ":hs")}
}

func TestProblemIsToldOnce(t *testing.T) {
	c := newChat()
	for range 30 { // as somebody who takes our power away and gives it back
		c.Problems.Tell(power("Lobby"), "Lobby: give me 50.", c.now)
		c.pass(5 * time.Second)
		c.Problems.Solved(power("Lobby"))
		c.pass(5 * time.Second)
	}
	if c.sends != 1 {
		t.Errorf("told %d times:\n%s", c.sends, c.log.String())
	}
	c.pass(time.Hour)
	c.Problems.Tell(power("Lobby"), "Lobby: give me 50.", c.now)
	c.pass(time.Minute)
	if n := strings.Count(c.log.String(), "give me 50"); n != 2 {
		t.Errorf("an hour later it is news again: told %d times", n)
	}
	// Another text is another fact.
	c.Problems.Tell(power("Lobby"), "Lobby: give me 100.", c.now)
	c.pass(time.Minute)
	if !strings.Contains(c.log.String(), "give me 100") {
		t.Error("a change is not told")
	}
}

// Whoever writes a list cannot have us talk at length about rules that no ACL follows:
// what they are by now is told when it is no flapping any more. Nor can anybody else by
// changing what is wrong.
func TestProblemsThatFlap(t *testing.T) {
	for kind, most := range map[report.Kind]int{report.ShutOut: 2, report.Tombstone: 4, report.Presence: 4, report.Power: 4, report.ACL: 4} {
		c := newChat()
		key := report.Key{Kind: kind, Subject: "flap"}
		for i := range 300 {
			if i%3 == 2 {
				c.Problems.Solved(key)
			} else {
				c.Problems.Tell(key, fmt.Sprintf("I do not follow `server%d.example`.", i), c.now)
			}
			c.pass(2 * time.Second)
		}
		c.Problems.Tell(key, "I do not follow the last.", c.now)
		if got := c.Problems.All(); !slices.Equal(got, []string{"I do not follow the last."}) {
			t.Errorf("%s: stands: %q", kind, got)
		}
		c.pass(15 * time.Minute)
		if !strings.Contains(c.log.String(), "the last") {
			t.Errorf("%s: what stands in the end is never told:\n%s", kind, c.log.String())
		}
		if c.sends > most {
			t.Errorf("%s: %d messages:\n%s", kind, c.sends, c.log.String())
		}
		// What is solved meanwhile is not told.
		sent := c.sends
		c.Problems.Tell(key, "Another.", c.now)
		for i := range 5 {
			c.pass(time.Second)
			c.Problems.Tell(key, fmt.Sprint("Another ", i), c.now)
		}
		c.Problems.Solved(key)
		c.pass(time.Hour)
		if strings.Contains(c.log.String(), "Another 4") || c.sends > sent+most-1 || len(c.Problems.All()) > 0 {
			t.Errorf("%s: what was solved is told:\n%s", kind, c.log.String())
		}
	}
}

func TestProblemOverARestart(t *testing.T) {
	c := newChat()
	c.Problems.Tell(power("Lobby"), "Lobby: give me 50.", c.now)
	changes := c.Problems.Changes()
	if len(changes) != 1 || changes[0].Text == "" || c.Problems.Changes() != nil {
		t.Fatalf("to store: %v", changes)
	}
	again := newChat()
	key, ok := report.ParseKey(changes[0].Key.String())
	if !ok || key != power("Lobby") {
		t.Fatalf("%q is read as %v", changes[0].Key.String(), key)
	}
	again.Problems.Note(key, changes[0].Text)
	again.Problems.Tell(power("Lobby"), "Lobby: give me 50.", again.now)
	again.pass(time.Minute)
	if len(again.messages) != 0 || !slices.Equal(again.Problems.All(), []string{"Lobby: give me 50."}) {
		t.Errorf("told again:\n%s", again.log.String())
	}
}

func TestProblemKeyIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := report.Key{
			Kind: rapid.SampledFrom([]report.Kind{report.Power, report.Presence, report.Other}).Draw(t, "kind"),
			Room: id.RoomID(rapid.String().Draw(t, "room")), Subject: rapid.String().Draw(t, "subject"),
		}
		if got, ok := report.ParseKey(want.String()); !ok || got != want {
			t.Fatalf("%q is read as %q", want, got)
		}
	})
	for _, odd := range []string{"", "room", "blocked !a:b @u", "shut out", "x y z", "power %zz "} {
		if k, ok := report.ParseKey(odd); ok && odd != "blocked !a:b @u" {
			t.Errorf("%q is read as %v", odd, k)
		}
	}
}

// Rooms whose IDs begin alike are not one room.
func TestSolvedRoom(t *testing.T) {
	c := newChat()
	for _, room := range []id.RoomID{"!a:example.org", "!a:example.org.uk"} {
		c.Problems.Tell(report.Key{Kind: report.Power, Room: room}, "Power in "+string(room), c.now)
		c.Hindered(action.Hindrance{Action: ban("x", "y", rule("$r", "x")), Kind: action.Forbidden, Why: "no"}, c.now)
	}
	c.Problems.SolvedRoom("!a:example.org")
	got := c.Problems.All()
	if len(got) != 2 || got[0] != "Power in !a:example.org.uk" {
		t.Errorf("left: %q", got)
	}
}

// One reason in one room is one sentence, however many it keeps.
func TestHindrances(t *testing.T) {
	c := newChat()
	var all []action.Action
	for _, u := range []string{"a", "b", "c"} {
		a := ban(u, "Lobby", rule("$r", "@*:evil.example"))
		all = append(all, a)
		c.opened(a)
		c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "the homeserver refuses it"}, c.now)
		c.pass(15 * time.Minute)
	}
	want := "I cannot ban `@a:evil.example`, `@b:evil.example` and `@c:evil.example` in Lobby: the homeserver refuses it."
	if got := c.Problems.All(); len(got) != 1 || got[0] != want {
		t.Errorf("stands: %q", got)
	}
	if len(c.messages) != 1 {
		t.Errorf("told more than once:\n%s", c.log.String())
	}
	for _, a := range all {
		c.Freed(a)
		c.done(a)
	}
	c.pass(time.Minute)
	if got := c.Problems.All(); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	if got := c.messages[len(c.messages)-1].text; !strings.HasPrefix(got, "Banned `@a:evil.example`, `@b:evil.example` and `@c:evil.example`") {
		t.Errorf("in the end: %s", got)
	}
}

// What is wrong with a room as a whole says it for all that it keeps us from.
func TestOneFactOneSentence(t *testing.T) {
	c := newChat()
	c.Problems.Tell(power("Lobby"), "Lobby: give me power level 50 to ban; I have 0.", c.now)
	a := ban("a", "Lobby", rule("$r", "@a:evil.example"))
	c.opened(a)
	c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "I need power level 50 to ban and have 0"}, c.now)
	c.ended(a, action.Refused, "I need power level 50 to ban and have 0")
	c.pass(time.Minute)
	if got := c.Problems.All(); len(got) != 1 || c.log.String() != "      0s  $0: Lobby: give me power level 50 to ban; I have 0.\n" {
		t.Errorf("stands %q; said:\n%s", got, c.log.String())
	}
}

// What is only slow is no problem, and never "I cannot".
func TestSlowIsNoProblem(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", asked("$c"))
	c.Replies.Begin("$c", c.now)
	c.opened(a)
	c.Replies.Answer(report.Answer{Command: "$c"}, c.now)
	c.Hindered(action.Hindrance{Action: a, Kind: action.RateLimited, Why: "the homeserver limits me"}, c.now)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); len(c.Problems.All()) != 0 || strings.Contains(got, "cannot") || !strings.Contains(got, "Still to do: 1 ban") {
		t.Errorf("%s; %q", got, c.Problems.All())
	}
	c.done(a)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); got != "Banned `@a:evil.example` in Lobby." {
		t.Errorf("in the end: %s", got)
	}
}

// A command that waits for somebody to change something is answered, and told when it happens.
func TestCommandThatIsStuck(t *testing.T) {
	c := newChat()
	a, b := ban("a", "Lobby", asked("$c")), ban("a", "Dev", asked("$c"))
	c.Replies.Begin("$c", c.now)
	c.opened(a)
	c.opened(b)
	c.Replies.Answer(report.Answer{Command: "$c"}, c.now)
	c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "it stands too high"}, c.now)
	c.done(b)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "Banned `@a:evil.example` in Dev. I cannot ban `@a:evil.example` in Lobby: it stands too high. I go on when that changes."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !slices.Equal(c.answered, []id.EventID{"$c"}) {
		t.Error("the command is not done with")
	}
	c.pass(time.Hour)
	c.done(a)
	c.pass(time.Minute)
	if last := c.messages[len(c.messages)-1]; len(c.messages) != 2 || last.text != "Banned `@a:evil.example` in Lobby. (Asked for by `@mod:hs`.)" {
		t.Errorf("later:\n%s", c.log.String())
	}
}

// After a restart what kept single actions from being done is no news, and no problem unless it still does.
func TestObstacleOverARestart(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", rule("$r", "@a:evil.example"))
	c.opened(a)
	c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "the homeserver refuses it"}, c.now)
	changes := c.Problems.Changes()
	again := newChat()
	for _, change := range changes {
		key, ok := report.ParseKey(change.Key.String())
		if !ok || change.Text == "" {
			t.Fatalf("stored as %q: %q", change.Key, change.Text)
		}
		again.Problems.Restore(key, change.Text, again.now)
	}
	if got := again.Problems.All(); len(got) > 0 {
		t.Errorf("stands, though nobody knows: %q", got)
	}
	if got := again.Problems.Changes(); len(got) != 1 || got[0].Text != "" {
		t.Errorf("stored for ever: %v", got)
	}
	again.opened(a)
	again.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "the homeserver refuses it"}, again.now)
	again.pass(time.Minute)
	if got := again.Problems.All(); len(got) != 1 || len(again.messages) != 0 {
		t.Errorf("stands %q; told:\n%s", got, again.log.String())
	}
}

// What a room as a whole kept us from, and something else still does, is shown once the room is mended.
func TestObstacleBehindAnother(t *testing.T) {
	c := newChat()
	c.Problems.Tell(power("Lobby"), "Lobby: give me 50.", c.now)
	a := ban("a", "Lobby", rule("$r", "@a:evil.example"))
	c.opened(a)
	c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "it stands too high"}, c.now)
	if got := c.Problems.Of("!Lobby:hs"); len(got) != 1 || got[0] != "give me 50." {
		t.Errorf("before: %q", got)
	}
	c.Problems.Solved(power("Lobby"))
	if got := c.Problems.Of("!Lobby:hs"); len(got) != 1 || !strings.Contains(got[0], "it stands too high") {
		t.Errorf("after: %q", got)
	}
	c.Problems.SolvedRoom("!Lobby:hs")
	if got := c.Problems.All(); len(got) > 0 {
		t.Errorf("of a room that is given up: %q", got)
	}
}

// What stands as a problem is told as one, and only that: a refusal for another reason is news, and to who asked it is
// always said.
func TestRefusalOfWhatIsHindered(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$c", c.now)
	for _, a := range []action.Action{ban("a", "Lobby", rule("$r", "x")), ban("b", "Lobby", rule("$r", "x")), ban("c", "Lobby", asked("$c"))} {
		c.opened(a)
		c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "it stands too high"}, c.now)
	}
	c.Replies.Answer(answerTo("$c"), c.now)
	c.ended(ban("a", "Lobby", rule("$r", "x")), action.Refused, "it stands too high")
	c.ended(ban("b", "Lobby", rule("$r", "x")), action.Refused, "it is a moderator")
	c.ended(ban("c", "Lobby", asked("$c")), action.Refused, "it stands too high")
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "Did not ban `@c:evil.example` in Lobby: it stands too high."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	notice := c.messages[len(c.messages)-1].text
	if !strings.Contains(notice, "Did not ban `@b:evil.example` in Lobby: it is a moderator.") || strings.Contains(notice, "Did not ban `@a") || len(c.messages) != 2 {
		t.Errorf("said:\n%s", c.log.String())
	}
}

// What was done after all stands in nobody's way, whoever notices it first.
func TestDoneIsNotHindered(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", rule("$r", "x"))
	c.opened(a)
	c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "no"}, c.now)
	c.done(a)
	if got := c.Problems.All(); len(got) > 0 {
		t.Errorf("stands: %q", got)
	}
}

// Of what is wanted twice of one place and of what is hindered for another reason, each is told as it is now.
func TestHindranceChanges(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", rule("$r", "x"))
	c.opened(a)
	for _, why := range []string{"it stands too high", "the homeserver refuses it"} {
		c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: why}, c.now)
	}
	if got := c.Problems.All(); len(got) != 1 || !strings.Contains(got[0], "the homeserver refuses it") {
		t.Errorf("stands: %q", got)
	}
	c.Replies.Begin("$c", c.now)
	c.opened(ban("a", "Lobby", asked("$c"))) // the same place
	c.Replies.Answer(answerTo("$c"), c.now)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); !strings.HasPrefix(got, "I cannot ban `@a:evil.example` in Lobby: the homeserver refuses it.") || len(c.answered) != 1 {
		t.Errorf("%s; answered %v", got, c.answered)
	}
}

// What was mended before anybody heard of it is not told, and is news if it comes again.
func TestSolvedBeforeItWasTold(t *testing.T) {
	c := newChat()
	c.Problems.Tell(power("Lobby"), "Lobby: give me 50.", c.now)
	c.Problems.Solved(power("Lobby"))
	c.pass(time.Minute)
	if c.sends > 0 {
		t.Errorf("said:\n%s", c.log.String())
	}
	c.Problems.Tell(power("Lobby"), "Lobby: give me 50.", c.now)
	c.pass(time.Minute)
	if c.sends != 1 {
		t.Errorf("told %d times", c.sends)
	}
}

// A reply names each thing in its way, unless they are very many.
func TestManyThingsInTheWay(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$c", c.now)
	for i := range 501 {
		a := ban(fmt.Sprint("u", i), fmt.Sprint("Room", i), asked("$c"))
		c.opened(a)
		c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: fmt.Sprint("reason ", i)}, c.now)
	}
	c.Replies.Answer(answerTo("$c"), c.now)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "501 things cannot be done now: `!forseti status` says why. I go on when that changes."; got != want {
		t.Errorf("%.200s, want %s", got, want)
	}
}
