package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/text"
)

// A command that is answered again after a restart gets no second reply, and the first says what is true now.
func TestAnswerAfterARestart(t *testing.T) {
	before := newChat()
	before.Replies.Begin("$c", before.now)
	a, b := ban("a", "Lobby", asked("$c")), ban("b", "Lobby", asked("$c"))
	before.opened(a)
	before.opened(b)
	before.Replies.Answer(report.Answer{Command: "$c", Text: "I ban them."}, before.now)
	before.done(a)
	before.pass(time.Minute)
	if got := before.reply(t, "$c"); !strings.Contains(got, "Still to do: 1 ban") {
		t.Fatal(got)
	}

	after := newChat()
	after.names, after.messages, after.byEvent = before.names, before.messages, before.byEvent
	after.Replies.Resumed("$c", after.now)
	after.opened(b)
	after.Replies.Answer(report.Answer{Command: "$c", Text: "I ban them."}, after.now)
	after.done(b)
	after.pass(time.Minute)
	if got, want := after.reply(t, "$c"), "I ban them. Banned `@b:evil.example` in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(after.answered) != 1 {
		t.Errorf("finished %v", after.answered)
	}
}

// While nothing can be said nothing piles up, and commands are done with all the same; what may be said in clear is.
func TestMute(t *testing.T) {
	c := newChat()
	var done []id.EventID
	for i := range 1000 {
		command := id.EventID(fmt.Sprint("$c", i))
		a := ban(fmt.Sprint("u", i), "Lobby", asked(command))
		c.Replies.Begin(command, c.now)
		c.opened(a)
		c.Replies.Answer(report.Answer{Command: command}, c.now)
		c.done(a)
		b := ban(fmt.Sprint("v", i), "Lobby", rule(id.EventID(fmt.Sprint("$r", i)), "x"))
		c.opened(b)
		c.done(b)
		c.Tell("news")
		c.Say(fmt.Sprint("s", i), action.Message{Markdown: "secret"})
		done = append(done, c.Drop(c.now)...)
	}
	if c.Size() > 0 || len(done) != 1000 {
		t.Errorf("%d things are remembered, %d commands are done", c.Size(), len(done))
	}
	c.Say("alarm", action.Message{Markdown: "The identity was replaced.", Clear: true})
	c.Drop(c.now)
	if got := c.SpeakClear(c.now); len(got) != 1 || got[0].Name != "alarm" {
		t.Errorf("said in clear: %v", got)
	}
	c.Posted("alarm", "$1", c.now)
	if got := c.SpeakClear(c.now); len(got) > 0 {
		t.Errorf("said in clear twice: %v", got)
	}
}

// A homeserver that is away for long: what waits has a bound, and comes in few messages.
func TestBacklogIsBounded(t *testing.T) {
	c := newChat()
	c.down = true
	for i := range 10_000 {
		c.Tell("news")
		c.Say(fmt.Sprint("s", i), action.Message{Markdown: "something"})
		a := ban(fmt.Sprint("u", i), "Lobby", rule("$r", "@u*:evil.example"))
		c.opened(a)
		c.done(a)
		c.pass(time.Second)
	}
	if n := c.Size(); n > 1000 {
		t.Errorf("%d things wait", n)
	}
	c.down = false
	c.pass(time.Hour)
	last := c.messages[len(c.messages)-1].text
	if !strings.Contains(last, " and 9997 more users in Lobby.") || !strings.Contains(last, "And 9992 more pieces of news") {
		t.Errorf("the last message: %s", last)
	}
}

// A message is cut between lines or sentences, never within markup, and small enough for an edit in secret.
func TestLongMessages(t *testing.T) {
	c := newChat()
	long := strings.Repeat("A line with `code` and [a link](https://matrix.to/#/%21a:hs).\n", 1000)
	c.Say("a", action.Message{Markdown: long})
	c.Say("b", action.Message{Markdown: strings.Repeat("A sentence with `code`. ", 1000)})
	c.Say("c", action.Message{Markdown: strings.Repeat("\\", 50_000)})
	c.Say("d", action.Message{Markdown: strings.Repeat("<", 50_000)})
	c.pass(time.Minute)
	for _, m := range c.messages {
		if special := strings.Count(m.text, "<"); len(m.text)+4*special > 12_100 || !strings.HasSuffix(m.text, "… (cut)") || strings.Count(m.text, "`")%2 > 0 {
			t.Errorf("%d bytes, ends with %q", len(m.text), m.text[max(len(m.text)-60, 0):])
		}
	}
	if len(c.messages) != 4 {
		t.Errorf("%d messages", len(c.messages))
	}
}

// However long it is what is said, asked or told, it ends as it did, also once it is edited and where a phone shows it.
func TestLongMessagesKeepTheirEnd(t *testing.T) {
	const how = text.HowToAnswer + "✅ or ❌, or reply yes or no."
	long := strings.Repeat("- a rule of `@somebody:hs` in Lobby, <b>\n", 1000)
	c := newChat()
	asked := text.Asks("I would ban all of them:\n\n"+long+"\nBan them?", how)
	c.Say("question", action.Message{Markdown: asked})
	c.pass(time.Minute)
	c.Say("outcome", action.Message{Markdown: asked, Edits: c.messages[0].event})
	for range 3 {
		c.Found(action.Cause{Kind: action.ByProtection, Protection: strings.Repeat("flooding", 50), Event: "$1"}, report.Finding{Who: text.Code(long), Why: "was found " + long, As: "||" + text.Code(long) + "||"}, true, c.now)
	}
	c.pass(time.Minute)
	if len(c.messages) != 2 || c.messages[0].edits != 1 {
		t.Fatalf("%d messages", len(c.messages))
	}
	for i, want := range []string{"Ban them?\n" + how, report.IdleOffer} {
		said := text.OnScreen(c.messages[i].text, report.MostRows, report.RowLetters)
		if !strings.Contains(said, want) || len(said) > 12_000 {
			t.Errorf("%d bytes, ends with %q", len(said), said[max(len(said)-200, 0):])
		}
	}
}

// However long what a command says is, what came of it is not what is cut.
func TestLongAnswerKeepsItsEnd(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", asked("$c"))
	c.Replies.Begin("$c", c.now)
	c.opened(a)
	c.Replies.Answer(report.Answer{Command: "$c", Text: strings.Repeat("A line of a long preview.\n", 300)}, c.now)
	c.pass(time.Minute)
	c.done(a)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); len(got) > 6_100 || !strings.HasSuffix(got, "Banned `@a:evil.example` in Lobby.") {
		t.Errorf("%d bytes, ends with %q", len(got), got[max(len(got)-80, 0):])
	}
}

func TestLongAnswerWithoutEffectsIsLeftAlone(t *testing.T) {
	c := newChat()
	c.Replies.Answer(report.Answer{Command: "$c", Text: strings.Repeat("A rule of a list.\n", 500)}, c.now)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); len(got) < 8_000 || c.messages[0].edits > 0 || len(c.answered) != 1 {
		t.Errorf("%d bytes, edited %d times", len(got), c.messages[0].edits)
	}
}

// Digests begin with what hit most people, whatever else there is, and count all that they do not show.
func TestDigestBeginsWithTheLargest(t *testing.T) {
	c := newChat()
	tell := func(n int, verb action.Verb, evt string) {
		for i := range n {
			a := ban(fmt.Sprint(evt, i), "Lobby", rule(id.EventID("$"+evt), evt))
			a.Verb = verb
			c.opened(a)
			defer c.done(a)
		}
	}
	c.Tell("First.")
	c.pass(0)
	// One user, in many ways.
	for _, verb := range []action.Verb{action.Ban, action.Kick, action.Mute} {
		tell(1, verb, "one")
	}
	tell(1001, action.Ban, "many")
	for i := range 7 {
		tell(1, action.Unban, fmt.Sprint("freed", i))
	}
	tell(3, action.Kick, "kicked")
	c.setACL("Lobby", aclOf("a.example", "b.example"), aclOf(), action.Done)
	c.pass(time.Minute)
	last := c.messages[len(c.messages)-1].text
	if !strings.Contains(last, " and 998 more users in ") {
		t.Errorf("it begins with %.60s", last)
	}
	if want := "And by 3 more decisions: unbanned `@freed50:evil.example` and `@freed60:evil.example` and let in again `a.example` and `b.example`."; !strings.Contains(last, want) {
		t.Errorf("%s\nlacks %s", last, want)
	}
}

// What is said keeps the order in which it was asked for: replies and what others say alike.
func TestOrderOfWhatIsSaid(t *testing.T) {
	c := newChat()
	c.Say("first", action.Message{Markdown: "First."})
	c.Replies.Answer(report.Answer{Command: "$1", Text: "Second."}, c.now)
	c.Say("third", action.Message{Markdown: "Third."})
	c.Replies.Answer(report.Answer{Command: "$2", Text: "Fourth."}, c.now)
	c.pass(0)
	var got []string
	for _, m := range c.messages {
		got = append(got, m.text)
	}
	if want := "First. Second. Third. Fourth."; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// How a command ended is said before news.
func TestEndsComeBeforeNews(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", asked("$c"))
	c.Replies.Begin("$c", c.now)
	c.opened(a)
	c.Replies.Answer(answerTo("$c"), c.now)
	c.pass(3 * time.Second)
	c.Tell("News.")
	c.done(a)
	c.pass(0)
	log := c.log.String()
	if end, news := strings.Index(log, "Banned `@a"), strings.Index(log, "News."); end < 0 || news < end {
		t.Errorf("said:\n%s", log)
	}
}

// A reply that cannot be sent at all was all that could be said: its command is done with, and what comes later is told.
func TestReplyThatCannotBeSent(t *testing.T) {
	c := newChat()
	a := ban("a", "Lobby", asked("$c"))
	c.Replies.Begin("$c", c.now)
	c.opened(a)
	c.Replies.Answer(answerTo("$c"), c.now)
	sent := c.Speak(c.now.Add(time.Minute))
	if len(sent) != 1 {
		t.Fatalf("sent %v", sent)
	}
	if done := c.Posted(sent[0].Name, "", c.now); len(done) != 1 || done[0] != "$c" {
		t.Errorf("done: %v", done)
	}
	c.done(a)
	c.pass(time.Minute)
	if last := c.messages[len(c.messages)-1]; len(c.messages) != 1 || last.replyTo != "" || !strings.HasPrefix(last.text, "Banned `@a") {
		t.Errorf("said:\n%s", c.log.String())
	}
}

// What did not happen to people weighs nothing, however many they are.
func TestDigestBeginsWithWhatHappened(t *testing.T) {
	c := newChat()
	c.Tell("First.")
	c.pass(0)
	for i := range 20 {
		a := ban(fmt.Sprint("u", i), "Lobby", rule("$refused", "refused"))
		c.opened(a)
		c.ended(a, action.Refused, "no power")
	}
	for _, u := range []string{"a", "b"} {
		a := ban(u, "Lobby", rule("$done", "done"))
		c.opened(a)
		c.done(a)
	}
	c.pass(time.Minute)
	if last := c.messages[len(c.messages)-1].text; !strings.HasPrefix(last, "Banned `@a:evil.example` and `@b:evil.example`") || !strings.Contains(last, " and 17 more users in ") {
		t.Errorf("it begins with %.100s", last)
	}
}
