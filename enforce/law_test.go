package enforce

import (
	"maps"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// The first law: what events touch is all that can have changed. Keys that were
// left over, of work not done yet, those just touched and those that were behind and
// come a few at a time plan to the same as a look at everything.
func TestIncrementalPlanIsFullPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		due := w.Keys()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			due = append(due, chance(t, w)...)
			if rapid.IntRange(0, 9).Draw(t, "look at all") == 0 {
				due = append(due, w.Again()...)
			}
			if rapid.IntRange(0, 4).Draw(t, "work") == 0 {
				due = carry(w, due)
			}
			due = append(due, w.Backlog(rapid.IntRange(0, 5).Draw(t, "looked at"))...)
			if rapid.Bool().Draw(t, "catch up") {
				for w.Behind() {
					due = append(due, w.Backlog(2)...)
				}
			}
			if w.Behind() {
				continue
			}
			if got, want := describe(w, due), describe(w, w.Keys()); !slices.Equal(got, want) {
				t.Fatalf("incremental plan %v\nfull plan        %v", got, want)
			}
		}
	})
}

// The second law: a plan that has been carried out plans to nothing.
func TestCarriedOutPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 30)
		carry(w, w.Keys())
		for _, k := range w.Keys() {
			p := w.Plan(k, now)
			if p.Wanted() {
				t.Fatalf("still wanted: %s %s %s", p.Action.Verb, p.Action.Room, p.Action.User)
			}
		}
	})
}

// What no plan may ever hold, whatever the lists say.
func TestPlansSpare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			chance(t, w)
			for _, k := range w.Keys() {
				p := w.Plan(k, now)
				if p.Action.Verb == action.Ban && (p.Action.User == self || w.Moderator(p.Action.User)) {
					t.Fatalf("plans to ban %s", p.Action.User)
				}
				if p.Wanted() {
					if err := w.Guard(p.Action); err != nil {
						t.Fatalf("the plan passes no guard: %v", err)
					}
				}
			}
		}
	})
}

// The order of lists says whose reason is given, and changes nobody's lot.
func TestOrderChangesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			chance(t, w)
		}
		w.Rules.SetOrder([]id.RoomID{testList, theirs})
		bans, unbans := wanted(w)
		w.Rules.SetOrder([]id.RoomID{theirs, testList})
		nowBans, nowUnbans := wanted(w)
		if !maps.Equal(bans, nowBans) || !maps.Equal(unbans, nowUnbans) {
			t.Fatalf("bans %v, then %v; unbans %v, then %v", bans, nowBans, unbans, nowUnbans)
		}
	})
}
