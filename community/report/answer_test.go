package report_test

import (
	"testing"
	"time"

	"forseti/community/report"
)

// A command's effects stand in its own reply, whatever was said before and comes after.
func TestOneCommandOneReply(t *testing.T) {
	c := newChat()
	a, b := ban("a", "Lobby", rule("$r1", "@a:evil.example")), ban("b", "Lobby", rule("$r2", "@b:evil.example"))
	c.Begin("$c1", c.now)
	c.Rule("$c1", "$r1", c.now)
	c.opened(a)
	c.Answer(report.Answer{Command: "$c1", Text: "The list now bans `a`."}, c.now)
	c.pass(100 * time.Millisecond)
	c.done(a)
	c.pass(0)
	c.Begin("$c2", c.now)
	c.Rule("$c2", "$r2", c.now)
	c.opened(b)
	c.Answer(report.Answer{Command: "$c2", Text: "The list now bans `b`."}, c.now)
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
