package community

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/policy"
)

// What follows from a rule that a command writes or takes away is its effect, whichever rule made a ban or bans again: it
// frees by an exemption that comes and by a ban that goes, and hits again by the end of an exemption.
func TestWhomARuleMoves(t *testing.T) {
	r := handing(t, openStore(t))
	r.begin(nil)
	replies := r.speaker.report.Replies
	w := &ruleWrites{self: benchSelf, loop: r.loop, intake: r.intake}
	rule := func(kind policy.Kind, entity string, as policy.Recommendation) policy.Rule {
		return policy.Rule{Kind: kind, Entity: entity, Recommendation: as, List: readFrom, Type: "m.policy.rule." + kind.String(), StateKey: "k", Event: "$k"}
	}
	writes := func(of policy.Rule, recommendation string) action.Action {
		content, _ := json.Marshal(map[string]string{"entity": of.Entity, "recommendation": recommendation})
		return action.Action{Verb: action.WriteRule, Room: readFrom, State: &action.State{Type: event.Type{Type: of.Type, Class: event.StateEventType}, Key: "k", Content: content}}
	}
	for name, tt := range map[string]struct {
		a           action.Action
		frees, hits []string
	}{
		"a ban that goes":                {commands.RemoveRule(rule(policy.User, "@spam*:*", policy.Ban)), []string{"@spam*:*"}, nil},
		"a ban of a server that goes":    {commands.RemoveRule(rule(policy.Server, "evil.example", policy.Ban)), []string{"@*:evil.example"}, nil},
		"an exemption that goes":         {commands.RemoveRule(rule(policy.User, "@a:b", policy.Exempt)), nil, []string{"@a:b"}},
		"an exemption that comes":        {writes(rule(policy.User, "@a:b", policy.Ban), "fi.mau.meowlnir.unban"), []string{"@a:b"}, nil},
		"a ban that comes":               {writes(rule(policy.User, "@a:b", policy.Ban), "m.ban"), nil, nil},
		"a rule about a room that goes":  {commands.RemoveRule(rule(policy.RoomKind, "!a:b", policy.Ban)), nil, nil},
		"an exemption of a server comes": {writes(rule(policy.Server, "good.example", policy.Ban), "fi.mau.meowlnir.unban"), []string{"@*:good.example"}, nil},
	} {
		command := id.EventID("$" + name)
		w.writing(run{command: command}, tt.a)
		if got := replies.Claims(command); !slices.Equal(got.Frees, tt.frees) || !slices.Equal(got.Hits, tt.hits) {
			t.Errorf("%s: frees %q and hits %q", name, got.Frees, got.Hits)
		}
	}
}

// Who exempts a server that nothing shuts out is told so, once it is known, and not that an ACL waits.
func TestExemptionOfAServerThatNothingShutsOut(t *testing.T) {
	r := handing(t, openStore(t))
	r.begin(nil)
	w := &ruleWrites{self: benchSelf, loop: r.loop, intake: r.intake}
	content := json.RawMessage(`{"entity":"good.example","recommendation":"fi.mau.meowlnir.unban"}`)
	a := action.Action{Verb: action.WriteRule, Room: readFrom, State: &action.State{Type: event.Type{Type: "m.policy.rule.server", Class: event.StateEventType}, Key: "k", Content: content}}
	by := run{command: "$exempt"}
	now, told := time.Now(), r.speaker.report
	w.writing(by, a)
	w.name(by, a, "$rule")
	told.Replies.Answer(report.Answer{Command: "$exempt", Text: "It is exempt."}, now)
	if got := told.Replies.Claims("$exempt"); !slices.Equal(got.Lets, []string{"good.example"}) || len(got.Servers) > 0 {
		t.Errorf("it lets in %q and shuts out %q", got.Lets, got.Servers)
	}
	told.ACLsSettled()
	var said strings.Builder
	for _, s := range told.Speak(now.Add(time.Minute)) {
		said.WriteString(s.Message.Markdown)
	}
	if said.String() != "It is exempt. No ACL shut out `good.example`." {
		t.Errorf("said %q", said.String())
	}
}
