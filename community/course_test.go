package community

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// stepper notes changes, and has the bot die at one of them: before it is made, or after.
type stepper struct {
	did   *[]string
	dies  int // at which step; -1 for never
	after bool
	stop  func()
	fails string // a change that cannot be made
}

func (stepper) Do(context.Context, action.Action, bool) (action.Result, error) {
	return action.Result{}, nil
}

func (stepper) Step(int, int) {}

func (stepper) Want(context.Context, []action.Action, []any) error { return nil }

func (s stepper) Change(_ context.Context, c commands.Change) error {
	name := fmt.Sprint(c.Kind, " ", c.Number)
	if name == s.fails {
		return errors.New("refused")
	}
	dies := len(*s.did) == s.dies
	if (!dies || s.after) && !slices.Contains(*s.did, name) { // to make it again changes nothing
		*s.did = append(*s.did, name)
	}
	if dies {
		s.stop()
		return context.Canceled
	}
	return nil
}

// courseOf has a bot carry out several commands of one message, which dies at a step and is
// started again. It gives what was done and what was told of it.
func courseOf(t *testing.T, dies int, after bool, fails string, body ...string) (did []string, told string) {
	t.Helper()
	kept := openStore(t)
	var order store.Command
	for start := range 2 {
		r := newReader(t, kept, 0)
		go r.loop.Run(func() time.Duration { return time.Hour })
		r.loop.See(func() { r.world.SetModerator("@mod:hs", true) })
		s := stepper{did: &did, dies: dies, after: after, stop: func() { r.loop.Stop(errors.New("it dies")) }, fails: fails}
		if start > 0 {
			s.dies = -1
		}
		r.orders.executor = func(run) commands.Executor { return s }
		if start == 0 {
			line := "!forseti " + strings.Join(body, "\n!forseti ")
			evt := uttered("!management:hs", "$c", "@mod:hs", line)
			var out store.Commit
			r.loop.See(func() { r.hearing.messages.takeWord(evt, &out); r.store(out) })
			order = out.Commands[0]
			r.orders.carry(t.Context(), order)
		}
		open, err := kept.Commands.Open(t.Context())
		if err != nil || len(open) != 1 {
			t.Fatal(open, err)
		}
		if start > 0 {
			r.orders.carry(t.Context(), open[0])
			if open, err = kept.Commands.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var last recorded
		if err := json.Unmarshal(open[0].Plan, &last); err == nil {
			told = last.answer(last.said())
		}
		r.loop.See(func() {})
		r.loop.Stop(nil)
	}
	return did, told
}

// Lines are carried out one after another. Stopped anywhere, they go on at the line that they
// were at, and none is done twice.
func TestLinesGoOnAfterACrash(t *testing.T) {
	body := []string{"limits set members 5", "lists", "limits set members 6", "limits set within 7"}
	want, said := courseOf(t, -1, false, "", body...)
	if !slices.Equal(want, []string{"members 5", "members 6", "within 7"}) || strings.Count(said, "**") != 8 || !strings.HasPrefix(said, "**1.** ") {
		t.Fatalf("%q: %s", want, said)
	}
	for dies := range 3 {
		for _, after := range []bool{false, true} {
			did, told := courseOf(t, dies, after, "", body...)
			if !slices.Equal(did, want) || told != said {
				t.Errorf("stopped at %d: %q, %s", dies, did, told)
			}
		}
	}
}

// What rests on what failed is not done.
func TestLinesStopAtAFailure(t *testing.T) {
	did, said := courseOf(t, -1, false, "members 6", "limits set members 5", "limits set members 6", "limits set within 7", "lists")
	if !slices.Equal(did, []string{"members 5"}) || !strings.Contains(said, "**2.** I could not do that: refused.\n\nSo I did not go on. Not done: `limits set within 7` and `lists`.") {
		t.Errorf("%q: %s", did, said)
	}
}

// Of several lines none is carried out if one is not understood.
func TestNoLineIsDoneIfOneIsWrong(t *testing.T) {
	if did, said := courseOf(t, -1, false, "", "limits set members 5", "limit set within 7"); len(did) > 0 || !strings.HasPrefix(said, "I did nothing, for one line is not right.\n\n**2.** ") {
		t.Errorf("%q: %s", did, said)
	}
}
