package enforce

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// byName hears how work ends, by its entry.
type byName struct {
	heard
	ends map[string]action.Fate
}

func (b *byName) Ended(e action.Ending, _ time.Time) { b.ends[e.Action.ID] = e.Fate }

// What a command asked for and is taken back is not begun any more, and what is under way not tried again; what somebody
// else asks for as well is done.
func TestHalt(t *testing.T) {
	for name, tt := range map[string]struct {
		failure *action.Failure
		first   action.Fate
	}{
		"under way, and it happens":    {nil, action.Done},
		"under way, without an answer": {&action.Failure{Kind: action.Transient}, action.Dropped},
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWorld(self, Settings{})
			newRoom(w, "!a:x")
			l := &byName{ends: map[string]action.Fate{}}
			r := NewRunner(w, 1, l)
			at := now.Add(time.Hour)
			want := func(name string, command, message id.EventID) {
				r.Want(action.Action{ID: name, Verb: action.Redact, Room: "!a:x", Event: message, Cause: action.Cause{Kind: action.ByModerator, Event: command}}, at)
			}
			for _, m := range []id.EventID{"$1", "$2", "$3"} {
				want("of"+string(m), "$command", m)
			}
			want("other", "$other", "$3")
			job, ok := r.Next(at)
			if !ok {
				t.Fatal("nothing begins")
			}
			Halt(r, "$command", "it was undone", at)
			r.Landed(job, Attempt{Action: job.Action, Failure: tt.failure}, at)
			for range 50 {
				at = at.Add(time.Minute)
				if job, ok := r.Next(at); ok {
					r.Landed(job, Attempt{Action: job.Action}, at)
				}
			}
			for of, want := range map[string]action.Fate{"of$1": tt.first, "of$2": action.Dropped, "of$3": action.Done, "other": action.Done} {
				if got := l.ends[of]; got != want {
					t.Errorf("%s ends %v, want %v", of, got, want)
				}
			}
			if !r.Idle() {
				t.Error("something is left")
			}
		})
	}
}
