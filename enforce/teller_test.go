package enforce

import (
	"errors"
	"slices"
	"testing"
	"time"

	"forseti/acl"
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

// endings are all that a listener was told of how things ended.
type endings struct {
	heard
	all []action.Ending
}

func (e *endings) Ended(end action.Ending, _ time.Time) { e.all = append(e.all, end) }

// What was first tried in vain and is something else by the time it is done is told as it
// was done: else moderators would not hear of what came to it meanwhile.
func TestToldAsItWasDone(t *testing.T) {
	for _, kind := range []action.FailureKind{action.RateLimited, action.Transient, action.Forbidden, action.Broken} {
		now := start
		w := NewWorld("@forseti:own.example", Settings{})
		newRoom(w, "!a:x")
		heard := &endings{}
		r := NewRunner(w, 1, heard)
		key := Key{Lane: action.ACLLane, Room: "!a:x"}
		var job Job
		for n, server := range []string{"one.example", "two.example", "three.example"} {
			_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", server, server, "m.ban"))
			r.Touch(append(w.Follow(slots...), key), Soon)
			now = now.Add(action.LongestPause)
			r.Plan(100, now)
			for job.Action.Verb = ""; job.Action.Verb != action.SetACL; {
				next, ok := r.Next(now)
				if !ok {
					t.Fatalf("%s, try %d: there is nothing to do", kind, n)
				}
				job = next
			}
			if n < 2 {
				r.Landed(job, Attempt{Action: job.Action, Failure: &action.Failure{Kind: kind, Err: errors.New("no")}}, now)
			}
		}
		r.Landed(job, Attempt{Action: job.Action, Result: action.Result{Event: "$acl"}}, now)
		if len(heard.all) != 1 || heard.all[0].Fate != action.Done {
			t.Fatalf("%s: told %+v", kind, heard.all)
		}
		if got := acl.Parse(heard.all[0].Action.State.Content).Deny; len(got) != 3 {
			t.Errorf("%s: told of %q", kind, got)
		}
	}
}
