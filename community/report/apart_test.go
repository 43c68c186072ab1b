package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/community/report"
)

// Where there is a room besides for what asks nothing of anybody, that is said there and nothing
// else: each thing once, in one of the two, and what waits for moderators is never in it.
func TestWhatAsksNothingIsSaidApart(t *testing.T) {
	for _, apart := range []bool{false, true} {
		c := newChat()
		c.Apart(apart)
		c.Found(action.Cause{Kind: action.ByProtection, Protection: "names", Event: "$x"}, report.Finding{Who: "`@note:hs`", Why: "is noted", Note: true}, true, c.now)
		c.Found(action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$y"}, report.Finding{Who: "`@flood:hs`", Why: "floods"}, true, c.now)
		c.Tell("a telling")
		c.Note("a line that asks nothing")
		c.Problems.Tell(report.Key{Kind: report.Protection, Subject: "x"}, "a problem", c.now)
		bans, refused := ban("done", "Lobby", rule("$r", "done")), ban("refused", "Lobby", rule("$s", "refused"))
		for _, a := range []action.Action{bans, refused} {
			c.opened(a)
		}
		c.done(bans)
		c.Ended(action.Ending{Action: refused, Fate: action.Refused, Why: "no power"}, c.now)
		said := map[bool]string{}
		for range 200 {
			for _, s := range c.Speak(c.now) {
				said[s.Aside] += s.Message.Markdown + "\n"
				c.Posted(s.Name, "$said", c.now)
				for _, found := range []string{"@note:hs", "@flood:hs"} { // each is answered where it is said
					if strings.Contains(s.Message.Markdown, found) && !strings.Contains(s.Message.Markdown, report.WrongSign) {
						t.Errorf("no answer is offered: %s", s.Message.Markdown)
					}
				}
			}
			c.now = c.now.Add(time.Second)
		}
		for part, aside := range map[string]bool{"@note:hs": true, "asks nothing": true, "@done:evil": true, "@flood:hs": false, "a telling": false, "a problem": false, "@refused:evil": false} {
			in := aside && apart
			if n := strings.Count(said[in], part); n == 0 || strings.Contains(said[!in], part) {
				t.Errorf("apart %v: %s is said %d times there, in\n%s\nand besides\n%s", apart, part, n, said[false], said[true])
			}
		}
	}
}

// However much waits, nothing of it is lost by being said apart.
func TestNothingIsLostByBeingSaidApart(t *testing.T) {
	c := newChat()
	c.Apart(true)
	for n := range 500 {
		if n%2 == 0 {
			c.Note(fmt.Sprintf("quiet %d", n))
		} else {
			c.Tell(fmt.Sprintf("loud %d", n))
		}
	}
	said := map[bool]string{}
	for range 200 {
		for _, s := range c.Speak(c.now) {
			said[s.Aside] += s.Message.Markdown
			c.Posted(s.Name, "$said", c.now)
		}
		c.now = c.now.Add(time.Second)
	}
	if !strings.Contains(said[false], "392 more pieces of news") || !strings.Contains(said[true], "92 more pieces of news") || strings.Contains(said[false], "quiet") || strings.Contains(said[true], "loud") {
		t.Errorf("%s\n\n%s", said[false], said[true])
	}
}
