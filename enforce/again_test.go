package enforce

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A look at everything finds by itself what there is to do, also if settings change while it
// is under way.
func TestAgainIsFullPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 40)
		few := w.backlog.few
		w.backlog = newBacklog()
		w.backlog.few = few
		due := w.Again()
		for range rapid.IntRange(0, 3).Draw(t, "changes of settings") {
			for range rapid.IntRange(0, 4).Draw(t, "looks between") {
				due = append(due, w.Backlog(1)...)
			}
			to := w.Settings
			to.ServerMembers = !to.ServerMembers
			due = append(due, w.SetSettings(to)...)
		}
		for w.Behind() {
			due = append(due, w.Backlog(rapid.IntRange(1, 3).Draw(t, "looked at"))...)
		}
		if got, want := describe(w, due), describe(w, w.Keys()); !slices.Equal(got, want) {
			t.Fatalf("a look at everything %v\nfull plan            %v", got, want)
		}
	})
}
