package community

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// Cases and the history say whose messages went, whichever field of the action has it, and for whom rules
// are, also one that keeps it secret, and one that is gone.
func TestDeedsNameWhoseTheyAre(t *testing.T) {
	rule := func(verb action.Verb, content, was string) action.Action {
		return action.Action{Verb: verb, Room: "!list:hs", Was: json.RawMessage(was), State: &action.State{Type: event.StatePolicyUser, Content: json.RawMessage(content)}}
	}
	done := func(a action.Action) store.Entry { return store.Entry{Action: a, State: store.EntryDone} }
	entries := []store.Entry{
		done(action.Action{Verb: action.Redact, Room: benchRoom, User: "@a:hs", Event: "$1"}),
		done(action.Action{Verb: action.Redact, Room: benchRoom, By: "@b:hs", Event: "$2"}),
		done(action.Action{Verb: action.Redact, Room: benchRoom, By: "@b:hs", Event: "$3"}),
		done(action.Action{Verb: action.Redact, Room: benchRoom, User: "@b:hs", Event: "$4", Of: action.ToProfile}),
		done(rule(action.WriteRule, `{"entity":"@a:hs"}`, "")),
		done(rule(action.WriteRule, `{"hashes":{"sha256":"AQI="}}`, "")),
		done(rule(action.RemoveRule, `{}`, `{"entity":"@b:hs"}`)),
		done(action.Action{Verb: action.Ban, Room: benchRoom, User: "@a:hs"}),
	}
	for _, tt := range []struct{ of, want string }{
		{"", "Removed message 3 [@a:hs @b:hs] []; Removed profile 1 [@b:hs] []; Wrote the rule  2 [] [@a:hs sha256:user:AQI=]; Removed the rule  1 [] [@b:hs]; Banned  1 [] []; "},
		{"@a:hs", "Removed message 3 [] []; Wrote the rule  2 [] [@a:hs sha256:user:AQI=]; Removed the rule  1 [] [@b:hs]; Banned  1 [] []; "},
	} {
		var all []commands.Deed
		for _, e := range entries {
			all = addDeed(all, e, id.UserID(tt.of))
		}
		var said strings.Builder
		for _, did := range all {
			said.WriteString(fmt.Sprintf("%s %s %d %v %v; ", did.Did, did.What, did.Count, did.Users, did.For))
		}
		if said.String() != tt.want {
			t.Errorf("of %q: %s", tt.of, said.String())
		}
	}
	var past pastDeeds
	var said strings.Builder
	for _, e := range entries {
		past.add(e, benchModerator, 7)
	}
	for _, did := range past.all {
		said.WriteString(fmt.Sprintf("%s %s %d %s %v; ", did.Did, did.What, did.Count, did.User, did.For))
	}
	if said.String() != "Removed message 1 @a:hs []; Removed message 2 @b:hs []; Removed profile 1 @b:hs []; Wrote the rule  2  [@a:hs sha256:user:AQI=]; Removed the rule  1  [@b:hs]; Banned  1 @a:hs []; " {
		t.Error(said.String())
	}
}
