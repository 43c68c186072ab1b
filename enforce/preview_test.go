package enforce

import (
	"fmt"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
)

// A preview says what following would do, and leaves no trace.
func TestPreviewIsEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 20)
		evt := drawRule(t)
		key := "new"
		evt.StateKey = &key
		r, ok := policy.Parse(testList, evt)
		if !ok {
			t.Skip("no rule")
		}
		before := describe(w, w.Keys())
		preview := w.Scales.Preview([]policy.Rule{r}, nil)
		if got := describe(w, w.Keys()); !slices.Equal(got, before) {
			t.Fatalf("a preview left %v of %v", got, before)
		}
		_, slots, _ := w.ApplyRule(testList, evt)
		e := w.Scales.Weigh(slots...)
		if len(slots) > 0 && (!slices.Equal(preview.Banned, e.Banned) && !e.Everyone || !slices.Equal(preview.Freed, e.Freed) ||
			!slices.Equal(preview.Allowed, e.Allowed) || !slices.Equal(preview.Denied, e.Denied) || preview.Everyone != e.Everyone) {
			t.Fatalf("preview %+v\neffect  %+v", preview, e)
		}
		w.Follow(slots...)
		// And of taking it back.
		rules := slices.Collect(w.Rules.Rules(testList))
		i := slices.IndexFunc(rules, func(r policy.Rule) bool { return r.Event == evt.ID })
		if i < 0 {
			t.Fatal("the rule is not there")
		}
		before = describe(w, w.Keys())
		preview = w.Scales.Preview(nil, rules[i:i+1])
		dropped := w.Scales.PreviewDrop(testList)
		w.Scales.PreviewExempting(testList, false)
		elsewhere := rules[0]
		elsewhere.List = "!other:x"
		aside := policy.Aside{Users: rapid.Bool().Draw(t, "users aside"), Servers: rapid.Bool().Draw(t, "servers aside")}
		w.Scales.PreviewList("!other:x", []policy.Rule{elsewhere}, true, aside)
		PreviewAside(w, testList, aside)
		if got := describe(w, w.Keys()); !slices.Equal(got, before) {
			t.Fatalf("a preview left %v of %v", got, before)
		}
		bans, unbans := wanted(w)
		_, slots, _ = w.ApplyRule(testList, stateEvent(evt.Type.Type, key, evt.Sender, map[string]any{}))
		e = w.Scales.Weigh(slots...)
		if len(slots) > 0 && (!slices.Equal(preview.Banned, e.Banned) || !slices.Equal(preview.Freed, e.Freed) || !slices.Equal(preview.Allowed, e.Allowed)) {
			t.Fatalf("preview of the removal %+v\neffect %+v", preview, e)
		}
		w.DropRules(testList)
		nowBans, nowUnbans := wanted(w)
		for u := range nowUnbans {
			if !unbans[u] && !dropped.FreesEveryone && !slices.Contains(dropped.Freed, u) {
				t.Fatalf("%s is freed with the list, and not in %+v", u, dropped)
			}
		}
		for u := range nowBans {
			if !bans[u] && !slices.Contains(dropped.Banned, u) {
				t.Fatalf("%s is banned as the list goes, and not in %+v", u, dropped)
			}
		}
	})
}

// Whom an exemption frees is known of a ban that matches them, if it counts.
func TestPreviewKnowsTheExempt(t *testing.T) {
	const free, spam, away = id.UserID("@spam-not:evil.example"), id.UserID("@spam:evil.example"), id.UserID("@spam-away:evil.example")
	for _, counts := range []bool{false, true} {
		w := NewWorld(self, Settings{ServerMembers: true})
		newRoom(w, "!a:x")
		for _, u := range []id.UserID{free, spam} {
			w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
		}
		w.SetExempting(testList, counts)
		for i, u := range []id.UserID{free, away} {
			_, slots, _ := w.ApplyRule(testList, ruleEvent("user", fmt.Sprint(i), string(u), "fi.mau.meowlnir.unban"))
			w.Follow(slots...)
		}
		want := []id.UserID(nil)
		if counts {
			want = []id.UserID{free}
		}
		for _, r := range []policy.Rule{
			{Kind: policy.User, Entity: string(free)}, {Kind: policy.User, Entity: "@spam*:*"}, {Kind: policy.Server, Entity: "evil.example"},
		} {
			r.List, r.Recommendation = testList, policy.Ban
			e, exempt := w.Scales.Preview([]policy.Rule{r}, nil), w.Scales.Exempt([]policy.Rule{r})
			if !slices.Equal(exempt, want) || counts && slices.Contains(e.Banned, free) {
				t.Errorf("exemptions count: %v. A ban of %s bans %v, and %v are exempt", counts, r.Entity, e.Banned, exempt)
			}
		}
		other := policy.Rule{Kind: policy.User, Entity: string(spam), List: testList, Recommendation: policy.Ban}
		if exempt := w.Scales.Exempt([]policy.Rule{other}); len(exempt) > 0 {
			t.Errorf("by a ban of another %v are exempt", exempt)
		}
	}
}
