package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

// The first word about limits comes at once, before all else; then at most one edit in a while; then what was done.
func TestLimitsAreTold(t *testing.T) {
	c := newChat()
	var bans []action.Action
	for i := range 91 {
		bans = append(bans, ban(fmt.Sprint("spam", i), "Lobby", rule("$r", "@spam*:evil.example")))
		c.opened(bans[i])
	}
	c.done(bans[:10]...)
	c.Limited(map[action.Lane]int{action.MemberLane: 81}, c.now.Add(5*time.Second), c.now)
	if due := c.Due(c.now); due.After(c.now) {
		t.Errorf("the first word is due only at %v", due)
	}
	c.pass(0)
	first := c.messages[0]
	for _, part := range []string{"The homeserver slows me down: 81 bans wait, about 7 minutes", "forseti check"} {
		if !strings.Contains(first.text, part) {
			t.Errorf("%s lacks %s", first.text, part)
		}
	}
	for i := 10; i < 91; i++ {
		c.pass(5 * time.Second)
		c.done(bans[i])
		c.Limited(map[action.Lane]int{action.MemberLane: 90 - i}, c.now.Add(5*time.Second), c.now)
		if i == 31 && !strings.Contains(first.text, "about 5 minutes") && !strings.Contains(first.text, "about 6 minutes") {
			t.Errorf("the estimate: %s", first.text)
		}
	}
	c.pass(10 * time.Minute)
	if want := "The homeserver slowed me down for 6 minutes. Done meanwhile: 81 bans."; first.text != want {
		t.Errorf("the end: %s, want %s", first.text, want)
	}
	if most := 405/50 + 2; first.edits > most {
		t.Errorf("edited %d times, more than %d", first.edits, most)
	}
	if len(c.messages) != 2 || !strings.Contains(c.messages[1].text, " and 88 more users in Lobby.") {
		t.Errorf("in all:\n%s", c.log.String())
	}
}

func TestLimitsOfSpeechAloneAreNoNews(t *testing.T) {
	c := newChat()
	c.Dry(true) // nothing else is sent
	c.opened(ban("a", "Lobby", rule("$r", "x")))
	c.Limited(map[action.Lane]int{action.MemberLane: 1}, c.now.Add(5*time.Second), c.now)
	c.pass(time.Second)
	if len(c.messages) > 0 {
		t.Errorf("said in a dry run:\n%s", c.log.String())
	}
	c = newChat()
	c.Limited(map[action.Lane]int{action.SpeechLane: 3}, c.now.Add(5*time.Second), c.now)
	c.pass(time.Minute)
	if len(c.messages) > 0 || c.Size() > 0 {
		t.Errorf("said:\n%s", c.log.String())
	}
	c.Limited(map[action.Lane]int{action.ACLLane: 1}, c.now.Add(5*time.Second), c.now)
	c.pass(0)
	if len(c.messages) != 1 || !strings.Contains(c.messages[0].text, "1 server ACL waits") {
		t.Errorf("said:\n%s", c.log.String())
	}
}

// A long command shows how far it is, in its own reply and not too often.
func TestProgress(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$c", c.now)
	var all []action.Action
	for i := range 600 {
		a := action.Action{Verb: action.Redact, Room: "!Lobby:hs", Event: id.EventID(fmt.Sprint("$m", i)), Cause: asked("$c")}
		all = append(all, a)
		c.opened(a)
	}
	c.Replies.Answer(report.Answer{Command: "$c", Text: "Found 600 messages."}, c.now)
	for _, a := range all {
		c.pass(100 * time.Millisecond)
		c.done(a)
		if a.Event == "$m300" {
			got := c.reply(t, "$c")
			if !strings.Contains(got, "Removed 2") || !strings.Contains(got, "redactions, about 40 seconds") {
				t.Errorf("half way: %s", got)
			}
		}
	}
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); got != "Found 600 messages. Removed 600 messages in Lobby." {
		t.Errorf("in the end: %s", got)
	}
	if n := c.messages[0].edits; n < 5 || n > 13 {
		t.Errorf("%d edits in a minute", n)
	}
}

// A dry run in the middle of a job: what was done is told as done, and what waits as waiting.
func TestDryRunInTheMiddle(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$c", c.now)
	var all []action.Action
	for i := range 630 {
		a := action.Action{Verb: action.Redact, Room: "!Lobby:hs", Event: id.EventID(fmt.Sprint("$m", i)), Cause: asked("$c")}
		all = append(all, a)
		c.opened(a)
	}
	c.Replies.Answer(report.Answer{Command: "$c"}, c.now)
	c.done(all[:517]...)
	c.pass(2 * time.Second) // it says how long the rest takes
	c.Dry(true)
	c.pass(0)
	if got, want := c.reply(t, "$c"), "Removed 517 messages in Lobby. 113 redactions wait for the end of the dry run."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.pass(time.Minute)
	c.Dry(false)
	c.pass(0)
	// Nobody knows yet how fast it goes.
	if got, want := c.reply(t, "$c"), "Removed 517 messages in Lobby. Still to do: 113 redactions."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.done(all[517:]...)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "Removed 630 messages in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What was only looked at in a dry run is told apart from what was done, also once the dry run is over.
func TestPartlyDry(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$c", c.now)
	a, b := ban("a", "Lobby", asked("$c")), ban("b", "Lobby", asked("$c"))
	c.opened(a)
	c.opened(b)
	c.Replies.Answer(report.Answer{Command: "$c"}, c.now)
	c.Dry(true)
	c.ended(a, action.Would, "")
	c.Dry(false)
	c.done(b)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "Banned `@b:evil.example` in Lobby. Would ban `@a:evil.example` in Lobby. (Dry run: what I would do was not done.)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Where one message is let through in five seconds, an answer does not wait behind news that were refused: they follow it,
// each once, and what is edited says in the end what holds then.
func TestAnswersGoBeforeNewsThatWereRefused(t *testing.T) {
	c := newChat()
	bans := []action.Action{ban("a", "Lobby", rule("$r", "@spam*:evil.example")), ban("b", "Lobby", rule("$r", "@spam*:evil.example"))}
	for _, b := range bans {
		c.opened(b)
	}
	c.Limited(map[action.Lane]int{action.MemberLane: 91}, c.now.Add(5*time.Second), c.now)
	c.pass(0) // the word about the limit
	for _, step := range []struct {
		name    string
		refused func()
	}{
		{"an edit", func() {
			c.Limited(map[action.Lane]int{action.MemberLane: 40}, c.now.Add(5*time.Second), c.now)
			c.now = c.now.Add(2 * time.Minute)
		}},
		{"a notice", func() {
			c.done(bans...)
			c.Limited(nil, time.Time{}, c.now)
			c.now = c.now.Add(10 * time.Minute)
		}},
	} {
		name := step.name
		step.refused()
		said := c.Speak(c.now)
		if len(said) != 1 || c.Pressing(c.now) && said[0].Message.Edits != "" {
			t.Fatalf("%s: %+v", name, said)
		}
		command := id.EventID("$" + name)
		c.Replies.Begin(command, c.now)
		c.Replies.Answer(report.Answer{Command: command, Text: "Here I am, after " + name + "."}, c.now)
		c.Failed(said[0].Name, c.now.Add(5*time.Second))
		c.now = c.now.Add(5 * time.Second)
		if !c.Pressing(c.now) {
			t.Errorf("%s: nobody waits", name)
		}
		answer := c.Speak(c.now)
		if len(answer) != 1 || answer[0].Message.ReplyTo != command {
			t.Fatalf("%s: %+v goes before the answer", name, answer)
		}
		c.send(answer[0])
		c.pass(time.Minute)
	}
	c.pass(time.Hour)
	all := c.log.String()
	if n := strings.Count(all, "and 1 more user") + strings.Count(all, "`@b:evil.example`"); strings.Count(all, "Banned") != 1 || n > 1 {
		t.Errorf("the news are told otherwise than once:\n%s", all)
	}
	if !strings.Contains(c.messages[0].text, "slowed me down") {
		t.Errorf("the word about the limit ends with %s", c.messages[0].text)
	}
}
