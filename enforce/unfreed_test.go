package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// What exemptions that count no more kept from being banned or shut out is known, and
// once the rules are held back that do it, they do it no more.
func TestUnfreed(t *testing.T) {
	const a, b, c, other = id.UserID("@spam-a:one.example"), id.UserID("@spam-b:two.example"), id.UserID("@calm:two.example"), id.UserID("@spam-c:three.example")
	for _, tc := range []struct {
		name     string
		settings Settings
		exempt   policy.Rule
		banned   []id.UserID
		shut     []id.UserID
		rules    []string
	}{
		{name: "a name", exempt: policy.Rule{Kind: policy.User, Entity: string(a)}, banned: []id.UserID{a}, rules: []string{"@spam*", string(a)}},
		{name: "a pattern", exempt: policy.Rule{Kind: policy.User, Entity: "@*:t*.example"}, banned: []id.UserID{b, other}, rules: []string{"@spam*"}},
		{name: "a server", exempt: policy.Rule{Kind: policy.Server, Entity: "two.example"}, banned: []id.UserID{b, other}, shut: []id.UserID{c}, rules: []string{"@spam*", "t*.example"}},
		{name: "with its members", settings: Settings{ServerMembers: true}, exempt: policy.Rule{Kind: policy.Server, Entity: "two.example"}, banned: []id.UserID{c, b, other}, rules: []string{"@spam*", "t*.example"}},
		{name: "nobody here", exempt: policy.Rule{Kind: policy.User, Entity: "@away:two.example"}},
	} {
		w := NewWorld(self, tc.settings)
		newRoom(w, "!a:x")
		for _, u := range []id.UserID{a, b, c, other} {
			w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
		}
		for _, evt := range []*event.Event{ruleEvent("user", "1", "@spam*", "m.ban"), ruleEvent("user", "2", string(a), "m.ban"), ruleEvent("server", "3", "t*.example", "m.ban"), ruleEvent("user", "4", "@nobody:x", "m.ban")} {
			_, slots, _ := w.ApplyRule(testList, evt)
			w.Follow(slots...)
		}
		tc.exempt.Recommendation = policy.Allow
		e, rules := w.Scales.Unfreed([]policy.Rule{tc.exempt})
		var entities []string
		for _, r := range rules {
			entities = append(entities, r.Entity)
		}
		slices.Sort(entities)
		slices.Sort(tc.rules)
		if !slices.Equal(e.Banned, tc.banned) || !slices.Equal(e.Shut, tc.shut) || e.Hit != len(tc.banned)+len(tc.shut) || !slices.Equal(entities, tc.rules) {
			t.Errorf("%s: bans %v and shuts out %v by %v", tc.name, e.Banned, e.Shut, entities)
		}
		for _, r := range rules {
			w.HoldBack(r.Event)
		}
		if e, rules := w.Scales.Unfreed([]policy.Rule{tc.exempt}); e.Hit > 0 || len(rules) > 0 {
			t.Errorf("%s: held back, they still hit %v and %v", tc.name, e.Banned, e.Shut)
		}
		for _, u := range append(tc.banned, tc.shut...) {
			if p := w.Plan(Key{0, "!a:x", string(u)}, now); p.Action.Verb != "" {
				t.Errorf("%s: %s of %s is planned", tc.name, p.Action.Verb, u)
			}
		}
	}
}
