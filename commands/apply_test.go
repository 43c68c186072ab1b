package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// ledger is an executor with a journal, which a crash leaves behind: what is in it is not
// done again.
type ledger struct {
	journal []string // IDs and changes, each as often as it was done
	crashIn int      // after so many more things
}

var errCrash = errors.New("crash")

func (l *ledger) tick() error {
	if l.crashIn--; l.crashIn < 0 {
		return errCrash
	}
	return nil
}

func (l *ledger) Do(_ context.Context, a action.Action, _ bool) (action.Result, error) {
	if slices.Contains(l.journal, a.ID) {
		return action.Result{Event: id.EventID("$" + a.ID)}, nil
	}
	if err := l.tick(); err != nil {
		return action.Result{}, err
	}
	l.journal = append(l.journal, a.ID)
	if a.Verb == action.CreateRoom {
		return action.Result{Room: "!made:ours.example"}, nil
	}
	return action.Result{Event: id.EventID("$" + a.ID)}, nil
}

func (l *ledger) Want(_ context.Context, actions []action.Action, _ []any) error {
	if err := l.tick(); err != nil {
		return err
	}
	for _, a := range actions {
		if !slices.Contains(l.journal, a.ID) {
			l.journal = append(l.journal, a.ID)
		}
	}
	return nil
}

func (l *ledger) Change(_ context.Context, c Change) error {
	if err := l.tick(); err != nil {
		return err
	}
	// To make a change twice is to make it once.
	if change := fmt.Sprint(c); !slices.Contains(l.journal, change) {
		l.journal = append(l.journal, change)
	}
	return nil
}

func (*ledger) Step(done, all int) {
	if done < 0 || done >= all {
		panic("a step that is none")
	}
}

// Stopped after any number of steps, and started again as often as it takes, a plan is
// carried out once and in order, and answered the same.
func TestPlansGoOnFromEveryStep(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@held:calm.example")
	w.rule("!coc:ours.example", policy.User, "@held:*")
	w.banned["@held:calm.example"] = []id.RoomID{"!lobby:ours.example", "!dev:ours.example"}
	s := newSet(w)
	for _, line := range []string{"unban @held:calm.example --invite --no-confirm", "kick @*:evil.example --glob --no-confirm", "redact @spam1:evil.example", "ban @u:hs coc spam", "ban @u:hs @v:hs evil.test coc spam", "kick @spam1:evil.example @rude:calm.example", "watch #few:else.example --no-confirm", "dry-run on"} {
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		raw, err := json.Marshal(p)
		if err != nil || len(p.Steps) == 0 {
			t.Fatalf("%s: %+v, %v", line, p, err)
		}
		whole := &ledger{crashIn: 1000}
		want := s.Apply(t.Context(), p, whole)
		for at := range len(p.Steps) + 1 {
			l := &ledger{crashIn: at}
			var got Answer
			for range len(p.Steps) + 2 {
				var kept Plan
				if err := json.Unmarshal(raw, &kept); err != nil {
					t.Fatal(err)
				}
				if got = s.Apply(t.Context(), kept, l); !got.Failed {
					break
				}
				l.crashIn = max(at, 1)
			}
			if got.Failed || got.Markdown != want.Markdown || !slices.Equal(l.journal, whole.journal) {
				t.Errorf("%s, stopped after %d: %q, want %q; said %q", line, at, l.journal, whole.journal, got.Markdown)
			}
		}
	}
}
