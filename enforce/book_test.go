package enforce

import (
	"testing"

	"maunium.net/go/mautrix/event"
	"pgregory.net/rapid"

	"forseti/policy"
)

// What is said to wait is what a list says and what was followed before, whatever
// happened since.
func TestWhatWaitsIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			chance(t, w)
			kept := 0
			for h := range w.Book.Held("") {
				if h.New.Event != "" {
					if r, ok := w.Rules.Rule(h.New.Event); !ok || r != h.New || !w.Rules.Held(r.Event) {
						t.Fatalf("%+v waits; its list says %+v", h, r)
					}
				}
				if h.Old.Event != "" {
					kept++
					if r, ok := w.Book.kept.Rule(h.Old.Event); !ok || r != h.Old {
						t.Fatalf("%+v is followed on; kept is %+v", h, r)
					}
				}
				if h.Old.Event == "" && h.New.Event == "" {
					t.Fatalf("nothing waits: %+v", h)
				}
			}
			if n := w.Book.kept.Len(); n != kept {
				t.Fatalf("%d rules are followed on, for %d that wait", n, kept)
			}
			for r := range w.Rules.Rules("") {
				if h, waits := w.Book.Waiting(slotOf(r)); w.Rules.Held(r.Event) && (!waits || h.New.Event != r.Event) {
					t.Fatalf("%+v is held for ever", r)
				}
			}
		}
	})
}

// A rule that is kept is the rule that it was.
func TestKeptRuleIsTheRule(t *testing.T) {
	for _, evt := range []*event.Event{
		ruleEvent("user", "a", "@spam*:*", "m.ban"),
		ruleEvent("server", "b", "evil.example", "org.matrix.mjolnir.ban"),
		ruleEvent("user", "c", "@x:y", "fi.mau.meowlnir.unban"),
		stateEvent("m.room.rule.user", "d", "@author:list.example", map[string]any{
			"hashes": map[string]any{"sha256": "Ezv0sT2nFzYV4zM1u2m7oPq3ZwWkLk2Yk0b0yOe0h0U="}, "recommendation": "m.takedown", "reason": "`x`"}),
	} {
		r, ok := policy.Parse(testList, evt)
		if !ok {
			t.Fatalf("%v is no rule", evt.Content.Raw)
		}
		again, ok := policy.Parse(testList, eventOf(r))
		if !ok || again != r {
			t.Errorf("%+v became %+v", r, again)
		}
	}
}
