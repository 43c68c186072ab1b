package report_test

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/community/report"
)

// That a chat with somebody was left that is done with is no news; that it could not be is.
func TestLeavingAChatIsNoNews(t *testing.T) {
	for fate, told := range map[action.Fate]int{action.Done: 0, action.Refused: 1} {
		c := newChat()
		a := action.Action{Verb: action.Leave, Room: "!chat:hs", Cause: action.Cause{Kind: action.ByForseti}}
		c.opened(a)
		c.ended(a, fate, "no")
		c.pass(time.Minute)
		if len(c.messages) != told || c.Size() != 0 {
			t.Errorf("%v: %s", fate, c.log.String())
		}
	}
}

// That a door was set is told by who asked for it, in words of its own; that it was not, in the reply, or as a notice once
// that is done with.
func TestDoorsAreToldOnce(t *testing.T) {
	for _, verb := range []action.Verb{action.SetJoinRule, action.SetVoice} {
		a := action.Action{Verb: verb, Room: "!Lobby:hs", For: "$lock", Cause: action.Cause{Kind: action.ByForseti}, State: &action.State{Type: event.StateJoinRules}}
		for name, tt := range map[string]struct {
			late bool // after the reply
			fate action.Fate
			told bool
		}{
			"done":               {false, action.Done, false},
			"done late":          {true, action.Done, false},
			"refused":            {false, action.Refused, true},
			"refused late":       {true, action.Refused, true},
			"nothing left to do": {true, action.Dropped, false},
		} {
			t.Run(string(verb)+" "+name, func(t *testing.T) {
				c := newChat()
				c.Replies.Begin("$lock", c.now)
				if !tt.late {
					c.opened(a)
				}
				c.Replies.Answer(report.Answer{Command: "$lock", Text: "Closing Lobby."}, c.now)
				c.pass(10 * time.Second)
				if tt.late {
					c.opened(a)
				}
				c.ended(a, tt.fate, "no power")
				c.pass(time.Minute)
				reply, notices := c.reply(t, "$lock"), len(c.messages)-1
				if strings.Contains(reply, "no power") != (tt.told && !tt.late) || notices > 0 != (tt.told && tt.late) || strings.Contains(c.log.String(), "Changed") {
					t.Error(c.log.String())
				}
				if c.Size() != 0 {
					t.Errorf("remembers %d", c.Size())
				}
			})
		}
	}
}
