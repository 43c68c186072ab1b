package enforce

import (
	"context"
	"fmt"

	"forseti/action"
)

// Journal is where actions are written down: before they are tried, so that a
// crash in between is known of, and after.
type Journal interface {
	// Begin gives the action an ID unless it has one, and returns once it is stored.
	Begin(ctx context.Context, a action.Action) (action.Action, error)
	Settle(ctx context.Context, id string, o action.Outcome) error
}

// Attempt is one try of an action.
type Attempt struct {
	Action action.Action // with its ID
	Result action.Result
	// Failure is why it did not happen; nil if it did.
	Failure *action.Failure
	// Lost is a journal that could not be written. If Failure is nil, the action
	// happened all the same.
	Lost error
}

// Execute journals, acts and settles: one try of one action that has passed the
// guards. A failure that time or a change in the room can mend leaves the entry
// open for the next try.
func Execute(ctx context.Context, j Journal, door Actor, a action.Action) Attempt {
	if a.Verb.Speech() {
		// Speech changes nothing that must be known after a crash.
		result, err := door.Act(ctx, a)
		return Attempt{Action: a, Result: result, Failure: action.FailureOf(err)}
	}
	a, err := j.Begin(ctx, a)
	if err != nil {
		return Attempt{Action: a, Lost: err, Failure: &action.Failure{Kind: action.Transient, Err: err}}
	}
	result, err := door.Act(ctx, a)
	if err != nil && ctx.Err() != nil {
		// Cut short by our own end: whether it happened is for the next start to see.
		return Attempt{Action: a, Failure: action.FailureOf(err), Lost: ctx.Err()}
	}
	failure := action.FailureOf(err)
	if err := j.Settle(ctx, a.ID, outcome(result, failure)); err != nil {
		return Attempt{Action: a, Result: result, Failure: failure, Lost: fmt.Errorf("after %s: %w", a.Verb, err)}
	}
	return Attempt{Action: a, Result: result, Failure: failure}
}

func outcome(result action.Result, f *action.Failure) action.Outcome {
	switch {
	case f == nil && result.Dry:
		return action.Outcome{Dropped: true}
	case f == nil:
		return action.Outcome{Done: true, Event: result.Event}
	case f.Final():
		return action.Outcome{Done: true, Failure: f.Error()}
	default:
		return action.Outcome{Failure: f.Error()}
	}
}
