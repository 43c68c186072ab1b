package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// What a quiet list changes is told once an hour, and nothing of it is lost; what other lists
// change is told as ever.
func TestQuietListsAreSummedUp(t *testing.T) {
	c := newChat()
	c.serverLists = map[string]id.RoomID{"bad.example": "!quiet:hs"}
	c.freedLists = map[string]id.RoomID{"good.example": "!quiet:hs"}
	c.cases = map[caseKey]int64{{"!quiet:hs", false}: 7, {"!quiet:hs", true}: 8}
	quiet := func(n int) action.Action {
		cause := rule("$q", "@spam*:*")
		cause.List = "!quiet:hs"
		return ban(fmt.Sprintf("spam%02d", n), "Lobby", cause)
	}
	for n := range 30 {
		a := quiet(n)
		c.opened(a)
		c.done(a)
		c.pass(time.Minute)
	}
	c.setACL("Lobby", nil, aclOf("bad.example"), action.Done)
	c.setACL("Lobby", aclOf("bad.example", "good.example"), aclOf("bad.example"), action.Done)
	c.pass(time.Minute)
	if len(c.messages) != 0 {
		t.Fatalf("told at once: %s", c.messages[0].text)
	}
	loud := ban("loud", "Lobby", rule("$loud", "@loud:evil.example"))
	c.opened(loud)
	c.done(loud)
	c.pass(time.Minute)
	if len(c.messages) != 1 || !strings.Contains(c.messages[0].text, "@loud:evil.example") || strings.Contains(c.messages[0].text, "spam") {
		t.Fatalf("another list is told as %+v", c.messages)
	}
	c.pass(time.Hour)
	if len(c.messages) != 2 {
		t.Fatalf("%d messages", len(c.messages))
	}
	for _, want := range []string{"In the last hour, by quiet, cases 7 and 8: Banned", "27 more users", "Shut out `bad.example`", "Let in again `good.example`"} {
		if !strings.Contains(c.messages[1].text, want) {
			t.Errorf("no %q in %s", want, c.messages[1].text)
		}
	}
	c.pass(3 * time.Hour)
	if len(c.messages) != 2 {
		t.Errorf("it is told again: %s", c.messages[2].text)
	}
	if n := c.Size(); n != 0 {
		t.Errorf("%d things are kept", n)
	}
}
