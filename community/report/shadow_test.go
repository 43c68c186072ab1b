package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// would is what a protection would do about a user.
func (c *chat) would(protection string, user id.UserID) {
	cause := action.Cause{Kind: action.ByProtection, Protection: protection, Event: "$x"}
	c.Shadow(protection, user, []action.Action{
		{Verb: action.Ban, Room: "!Lobby:hs", User: user, Cause: cause},
		{Verb: action.Redact, Room: "!Lobby:hs", User: user, Event: "$x", Cause: cause},
	}, c.now)
}

func TestShadowIsTold(t *testing.T) {
	c := newChat()
	c.would("flooding", "@u:hs")
	c.would("flooding", "@u:hs")
	c.pass(time.Minute)
	want := "Would ban `@u:hs` in Lobby. Would remove 2 messages in Lobby. `flooding` is in shadow, so nothing was done. `!forseti enable flooding` has it act."
	if len(c.messages) != 1 || c.messages[0].text != want {
		t.Fatalf("%d messages, the first: %s", len(c.messages), c.messages[0].text)
	}
	c.Shadow("flooding", "@u:hs", nil, c.now)
	c.pass(time.Hour)
	if len(c.messages) != 1 {
		t.Errorf("told of nothing: %s", c.messages[1].text)
	}
	c.would("flooding", "@v:hs")
	c.pass(time.Minute)
	if len(c.messages) != 2 || strings.Contains(c.messages[1].text, "@u:hs") {
		t.Errorf("%d messages: what was told is told again", len(c.messages))
	}
}

// However much a protection in shadow finds, moderators hear of it every ten minutes at
// most, and of each finding in one sum.
func TestShadowIsBounded(t *testing.T) {
	c := newChat()
	const users = 20_000
	for n := range users {
		c.would("flooding", id.UserID(fmt.Sprintf("@u%05d:hs", n)))
		c.pass(90 * time.Millisecond)
	}
	c.pass(time.Hour)
	if n := len(c.messages); n < 2 || n > 5 {
		t.Errorf("%d messages in half an hour", n)
	}
	for _, m := range c.messages[1:] {
		if !strings.Contains(m.text, "997 more users") || !strings.Contains(m.text, "more findings") || m.edits > 0 {
			t.Errorf("%d edits of %s", m.edits, m.text)
		}
	}
}

// Each protection is told apart, and none of what may not be said is kept.
func TestShadowsApart(t *testing.T) {
	c := newChat()
	c.would("a", "@u:hs")
	c.would("b", "@u:hs")
	c.pass(time.Minute)
	if len(c.messages) != 1 || strings.Count(c.messages[0].text, "is in shadow") != 2 {
		t.Errorf("%d messages", len(c.messages))
	}
	c.would("c", "@u:hs")
	c.Drop(c.now)
	c.pass(time.Hour)
	if len(c.messages) != 1 {
		t.Errorf("%s", c.messages[1].text)
	}
}
