package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// The fifth law: the effect of a change is the difference between the plan before
// and the plan after it. And weighing leaves no trace.
func TestEffectIsDifferenceOfPlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		_, slots, _ := w.ApplyRule(testList, drawRule(t))
		bans, unbans := wanted(w) // while it waits
		held := describe(w, w.Keys())
		e := w.Scales.Weigh(slots...)
		if got := describe(w, w.Keys()); !slices.Equal(got, held) {
			t.Fatalf("weighing left %v of %v", got, held)
		}
		w.Follow(slots...)
		nowBans, nowUnbans := wanted(w)
		for u := range nowBans {
			if !bans[u] && !e.Everyone && !slices.Contains(e.Banned, u) {
				t.Fatalf("%s is banned, and not in %+v", u, e)
			}
		}
		for _, u := range e.Banned {
			if (!nowBans[u] || bans[u]) && !e.Everyone {
				t.Fatalf("%s is not banned by this, and in %+v", u, e)
			}
		}
		for u := range nowUnbans {
			if !unbans[u] && !e.FreesEveryone && !slices.Contains(e.Freed, u) {
				t.Fatalf("%s is freed, and not in %+v", u, e)
			}
		}
		for u := range bans {
			if !nowBans[u] && !e.FreesEveryone && !slices.Contains(e.Freed, u) {
				t.Fatalf("%s is not banned any more, and not in %+v", u, e)
			}
		}
	})
}

func TestWide(t *testing.T) {
	l := Limits{Members: 3, Percent: 10}
	four := []id.UserID{"@a:x", "@b:x", "@c:x", "@d:x"}
	for name, tt := range map[string]struct {
		e    Effect
		wide bool
	}{
		"nothing":               {Effect{}, false},
		"as many as may be":     {Effect{Hit: 3, Percent: 10}, false},
		"one more":              {Effect{Hit: 4}, true},
		"freed":                 {Effect{Users: Users{Freed: four}}, true},
		"banned and freed":      {Effect{Hit: 2, Users: Users{Freed: four[:2]}}, true},
		"a share of a room":     {Effect{Hit: 1, Percent: 11}, true},
		"entries that go":       {Effect{Allowed: []string{"a", "b", "c", "d"}}, true},
		"entries that come":     {Effect{Denied: []string{"a", "b", "c", "d"}}, false},
		"everybody":             {Effect{Everyone: true}, true},
		"everybody is freed":    {Effect{FreesEveryone: true}, true},
		"nearly everybody":      {Effect{Broad: []string{"*.com"}}, true},
		"more than was counted": {Effect{Bound: 4}, true},
	} {
		if l.Wide(tt.e) != tt.wide {
			t.Errorf("%s is wide: %v", name, !tt.wide)
		}
	}
}
