package commands

import (
	"strings"
	"testing"

	"forseti/policy"
	"forseti/protections/kit"
)

// An upgrade is asked about, with what it would do; a room that does not stand for the old one is
// left again; a list keeps how it is watched, and one of ours its rules.
func TestUpgrade(t *testing.T) {
	w := newWorld()
	w.lists[1].How = HowWatched{NoACL: true}
	if a := expect(t, w, "upgrade theirs", nil, "was replaced by [Next \\*one\\*]", "as `@boss:else.example` wrote there", "would free 1 user: `@f:g`", "Go over to it?"); len(a.Plan.Otherwise) != 1 || a.Plan.Weight.Freed != 1 {
		t.Errorf("on a no %+v, weighs %+v", a.Plan.Otherwise, a.Plan.Weight)
	}
	expect(t, w, "upgrade theirs --no-confirm", []string{`watch !next:else.example {"no_acl":true} else.example as number 2`, "unwatch !theirs:else.example"}, "I follow [Next")
	expect(t, w, "upgrade !dev:ours.example", []string{"leave !next:else.example"}, "It does not say so. So I do not go there.")
	expect(t, w, "upgrade !nothing:ours.example", nil, "neither a list that I watch nor a room that I protect")
	expect(t, w, "upgrade !lost:ours.example", nil, "was not replaced")

	// Rules that it has are not written twice, and none writes over another one.
	for _, entity := range []string{"@there:else.example", "@same-key:else.example", "@moves:else.example", "@bad:else.example:80\x00", "@kept:else.example"} {
		w.rule("!coc:ours.example", policy.User, entity)
	}
	w.rules[2].Until = 4_000_000_000_000
	w.lists[0].Default = true
	expect(t, w, "upgrade coc", nil, "I would move 2 rules of the old one there.", "1 rule that waits for a yes, or got a no, would stay behind: `!forseti rules !coc:ours.example` shows which.")
	a := expect(t, w, "upgrade coc --no-confirm", []string{
		"watch !next:else.example else.example as number 1",
		`rule user "@moves:else.example" in !next:else.example because "spam", sure true`,
		`rule user "@same-key:else.example" in !next:else.example because "spam", sure true`,
		"default_list !next:else.example", "unwatch !coc:ours.example",
	}, "Moved 2 rules.")
	for _, s := range a.Plan.Steps {
		if s.Do != nil && (s.Do.State.Key == "@same-key:else.example" || strings.Contains(string(s.Do.State.Content), "moves") != strings.Contains(string(s.Do.State.Content), policy.UntilKey)) {
			t.Errorf("writes %s: %s", s.Do.State.Key, s.Do.State.Content)
		}
	}

	// What is set in a protected room holds in the new one.
	w.protections[0].Rooms = []LocalProtection{
		{Room: "!lobby:ours.example", Mode: kit.Shadow, Switched: true, Settings: []kit.Setting{{Name: "messages", Value: "3"}}},
		{Room: "!dev:ours.example", Mode: kit.Off, Switched: true},
	}
	expect(t, w, "upgrade #lobby:ours.example", nil, "I would join it and protect it too", "Protect it?")
	expect(t, w, "upgrade #lobby:ours.example --no-confirm", []string{"protect !next:else.example else.example", "shadow !next:else.example flooding", "configure !next:else.example flooding messages 3"},
		"which I go on protecting: `!forseti rooms remove !lobby:ours.example` ends that")
}
