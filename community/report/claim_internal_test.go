package report

import (
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// What happens to what a command named is its effect, and nothing else is.
func TestClaims(t *testing.T) {
	var c claim
	if c.unsettled() {
		t.Error("waits for ACLs without a server")
	}
	c.rule("$r")
	c.lift("$gone")
	c.write(Entry{"!own", "@evil:x"})
	c.place("!list")
	c.place("!room")
	c.server("evil.example", false)
	rule := func(rule, list, room string) action.Action {
		return action.Action{Verb: action.Ban, Room: id.RoomID(room), Cause: action.Cause{Kind: action.ByRule, Rule: id.EventID(rule), List: id.RoomID(list)}}
	}
	c.free("@Let-*:*")
	c.hit("@back:x")
	of := func(verb action.Verb, user id.UserID) action.Action {
		return action.Action{Verb: verb, Room: "!x", User: user, Cause: action.Cause{Kind: action.ByRule, Rule: "$another", List: "!other"}}
	}
	freed := rule("$r", "!other", "!x")
	freed.Verb = action.Unban
	lifted := rule("$gone", "!other", "!x")
	lifted.Verb = action.Unban
	written, another, other, ended := rule("$unknown", "!own", "!x"), rule("$unknown", "!own", "!x"), rule("$unknown", "!other", "!x"), rule("$unknown", "!own", "!x")
	written.Cause.Entity, another.Cause.Entity, other.Cause.Entity, ended.Cause.Entity = "@evil:x", "@other:x", "@evil:x", "@evil:x"
	ended.Verb = action.Unban
	asked := rule("$r", "!list", "!room")
	asked.Cause.Kind = action.ByModerator
	for name, tt := range map[string]struct {
		a     action.Action
		holds bool
	}{
		"its rule bans":                          {rule("$r", "!other", "!x"), true},
		"its rule frees":                         {freed, false}, // somebody took it away
		"a rule that it took away":               {lifted, true},
		"what that rule did":                     {rule("$gone", "!other", "!x"), false},
		"a list that it took up":                 {rule("$s", "!list", "!x"), true},
		"a room that it took up":                 {rule("$s", "!other", "!room"), true},
		"a rule that it writes":                  {written, true},
		"another of that list":                   {another, false},
		"the like of another list":               {other, false},
		"the end of what it writes":              {ended, false},
		"another rule elsewhere":                 {rule("$s", "!other", "!x"), false},
		"what another moderator wants":           {asked, false},
		"whom it frees of what another rule did": {of(action.Unban, "@let-go:x"), true},
		"whom another rule bans meanwhile":       {of(action.Ban, "@let-go:x"), false},
		"whom another frees":                     {of(action.Unban, "@other:x"), false},
		"whom others' rules hit again":           {of(action.Ban, "@back:x"), true},
		"who is let off and not hit":             {of(action.Unban, "@back:x"), false},
		"nobody":                                 {of(action.Unban, ""), false},
	} {
		if got := c.holds(tt.a); got != tt.holds {
			t.Errorf("%s: %t", name, got)
		}
	}
	if !c.wants("evil.example", false) || c.wants("evil.example", true) || c.wants("other.example", false) {
		t.Error("it wants another entry than the one that it named")
	}
	c.settled = true
	c.server("more.example", true)
	if !c.unsettled() {
		t.Error("a server that was named later is settled already")
	}
}
