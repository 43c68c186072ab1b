package enforce

import (
	"slices"
	"testing"
	"time"

	"forseti/action"
)

// notes is a listener that writes down what it is told, in order.
type notes []string

func (n *notes) Opened(a action.Action, _ time.Time) {
	*n = append(*n, "opened "+string(a.Cause.Event))
}
func (n *notes) Ended(e action.Ending, _ time.Time) {
	*n = append(*n, string(e.Fate)+" "+string(e.Action.Cause.Event))
}
func (n *notes) Hindered(h action.Hindrance, _ time.Time) { *n = append(*n, "hindered") }
func (n *notes) Freed(action.Action, time.Time)           { *n = append(*n, "freed") }
func (n *notes) Settle(entry string, _ action.Outcome)    { *n = append(*n, "settled "+entry) }

// Whoever wants something hears once that it is open and once how it ended, and what
// stands in the way is over once.
func TestTellerTellsOnce(t *testing.T) {
	n := &notes{}
	tell := &teller{listener: n, hindered: map[Key]action.Action{}}
	first, second := asks(action.Ban, "@spam:x", "$1"), asks(action.Ban, "@spam:x", "$2")
	w := newWorks().of(KeyOf(first))
	for _, a := range []action.Action{first, second} {
		tell.meet(w, &wish{action: a}, start)
		tell.expect(w, a, start)
	}
	if len(w.wishes) != 1 {
		t.Fatalf("%d wishes for one ban", len(w.wishes))
	}
	tell.hinder(w, action.Hindrance{Action: first}, start)
	tell.freed(w.key, start)
	tell.freed(w.key, start)
	tell.close(w, w.wishes[0], action.Ending{Fate: action.Done}, action.Outcome{Done: true}, start)
	tell.end(w, all, nothingToDo(), start)
	want := []string{"opened $1", "opened $2", "hindered", "freed", "settled $1", "settled $2", "done $1", "done $2"}
	if !slices.Equal(*n, want) {
		t.Errorf("told %q", *n)
	}
}
