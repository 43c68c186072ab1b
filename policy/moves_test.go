package policy

import (
	"maps"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Who takes in what moved has the server rules that may decide, whatever came between.
func TestMovesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		told := map[Rule]bool{}
		take := func(r Rule, in bool) {
			if told[r] == in {
				t.Fatalf("%+v moves twice in a row, in: %v", r, in)
			}
			if told[r] = in; !in {
				delete(told, r)
			}
		}
		m.x.Recount()
		for range rapid.IntRange(1, 60).Draw(t, "changes") {
			switch rapid.IntRange(0, 9).Draw(t, "look") {
			case 0:
				m.x.Recount()
				clear(told)
			case 1:
				m.x.moves.short(-1000)
			case 2, 3:
				m.x.Moved(rapid.IntRange(1, 3).Draw(t, "most"), take)
			}
			m.change(t)
		}
		m.x.Moved(math.MaxInt, take)
		want := map[Rule]bool{}
		for r := range m.x.Servers() {
			want[r] = true
		}
		if !maps.Equal(told, want) || m.x.Moves() > 0 {
			t.Fatalf("told of %+v, want %+v", told, want)
		}
	})
}

// A rule that flaps is not remembered each time.
func TestMovesAreBounded(t *testing.T) {
	x := NewIndex()
	x.Recount()
	x.Apply("!a:x", state("m.policy.rule.server", "1", "$1", ruleContent("evil.example", "m.ban")))
	for i := range 10_000 {
		x.Hold("$1", i%2 == 0)
	}
	if n := x.Moves(); n > 2000 {
		t.Errorf("%d moves of one rule", n)
	}
}
