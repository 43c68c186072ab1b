package enforce

import (
	"context"

	"forseti/action"
)

// Actor carries out one action. Its errors are *action.Failure.
type Actor interface {
	Act(ctx context.Context, a action.Action) (action.Result, error)
}

// DryRun is an Actor that says what would be done and does none of it: speech
// passes, everything else succeeds without a request. It is a decorator and not
// a flag, so that no path can forget to ask.
type DryRun struct{ Actor Actor }

var _ Actor = DryRun{}

// Act lets speech through and answers any other action with Result.Dry.
func (d DryRun) Act(ctx context.Context, a action.Action) (action.Result, error) {
	if a.Verb.Speech() {
		return d.Actor.Act(ctx, a)
	}
	return action.Result{Dry: true}, nil
}
