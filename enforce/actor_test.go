package enforce

import (
	"context"
	"slices"
	"testing"

	"forseti/action"
)

type recorder struct{ verbs []action.Verb }

func (r *recorder) Act(_ context.Context, a action.Action) (action.Result, error) {
	r.verbs = append(r.verbs, a.Verb)
	return action.Result{Event: "$real"}, nil
}

func TestDryRunOnlySpeaks(t *testing.T) {
	var real recorder
	dry := DryRun{&real}
	for _, v := range action.Verbs() {
		res, err := dry.Act(t.Context(), action.Action{Verb: v})
		if err != nil {
			t.Fatal(err)
		}
		if res.Dry == (v == action.Say) {
			t.Errorf("%s: dry is %v", v, res.Dry)
		}
	}
	if !slices.Equal(real.verbs, []action.Verb{action.Say}) {
		t.Errorf("a dry run did %v", real.verbs)
	}
}
