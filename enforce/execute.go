package enforce

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/worker"
)

// Journal is where actions are written down: before they are tried, so that a
// crash in between is known of, and after.
type Journal interface {
	// Begin gives the action an ID unless it has one, and returns once it is stored.
	Begin(ctx context.Context, a action.Action) (action.Action, error)
	Settle(ctx context.Context, id string, o action.Outcome) error
	// Managed stores which deny entries of a room's ACL are ours.
	Managed(ctx context.Context, room id.RoomID, entries []string) error
}

// Witness tells whether an action of ours happened, from what the room says now.
// Doors that can look implement it.
type Witness interface {
	Happened(ctx context.Context, a action.Action) (action.Result, bool, error)
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

// Err is Failure, for those who look for what is in it.
func (t Attempt) Err() error {
	if t.Failure == nil {
		return nil
	}
	return t.Failure
}

// Execute journals, acts and settles: one try of one job that has passed the guards.
// A failure that time or a change in the room can mend leaves the entry open for the
// next try. If we break over it, nobody knows how far it got.
func Execute(ctx context.Context, j Journal, door Actor, job Job) (t Attempt) {
	a := job.Action
	err := worker.Try(func() error {
		t = execute(ctx, j, door, job, &a)
		return nil
	})
	if err != nil {
		return Attempt{Action: a, Failure: action.FailureOf(err)}
	}
	return t
}

// execute keeps in begun what is in the journal.
func execute(ctx context.Context, j Journal, door Actor, job Job, begun *action.Action) Attempt {
	a := job.Action
	if job.Dry {
		door = DryRun{door}
	}
	if a.Verb.Speech() {
		// Speech changes nothing that must be known after a crash.
		result, err := door.Act(ctx, a)
		return Attempt{Action: a, Result: result, Failure: action.FailureOf(err)}
	}
	a, err := j.Begin(ctx, a)
	if err == nil {
		*begun = a
	}
	if before, ok := errors.AsType[Settled](err); ok {
		return settledBefore(ctx, door, a, before.Settled())
	}
	if err == nil && job.Claimed != nil {
		// Written first: after a crash in between, entries must not be taken for
		// somebody else's and kept for ever.
		err = j.Managed(ctx, a.Room, job.Claimed)
	}
	if err != nil {
		return Attempt{Action: a, Lost: err, Failure: &action.Failure{Kind: action.Unwritten, Err: err}}
	}
	result, err := act(ctx, door, a, job.Doubt)
	if err != nil && ctx.Err() != nil {
		// Cut short by our own end: whether it happened is for the next start to see.
		return Attempt{Action: a, Failure: action.FailureOf(err), Lost: ctx.Err()}
	}
	failure := action.FailureOf(err)
	if result.Was == nil {
		result.Was = job.Before
	}
	lost := j.Settle(ctx, a.ID, outcome(result, failure))
	if job.Claimed != nil && failure == nil && !result.Dry {
		lost = errors.Join(lost, j.Managed(ctx, a.Room, job.Plan.Managed))
	}
	if lost != nil {
		lost = fmt.Errorf("after %s: %w", a.Verb, lost)
	}
	return Attempt{Action: a, Result: result, Failure: failure, Lost: lost}
}

// Settled is the error of beginning an entry that is settled: what a command's plan was
// about when the process ended.
type Settled interface {
	error
	Settled() action.Outcome
}

// settledBefore answers for what was done before a crash as the homeserver did then.
func settledBefore(ctx context.Context, door Actor, a action.Action, o action.Outcome) Attempt {
	if o.Dropped || o.Failure != "" {
		return Attempt{Action: a, Failure: &action.Failure{Kind: action.Invalid, Err: errors.New("it was given up before")}}
	}
	t := Attempt{Action: a, Result: action.Result{Event: o.Event, Was: o.Was}}
	if witness, able := door.(Witness); able {
		// The room that was made or joined is not in the journal.
		if seen, happened, err := witness.Happened(ctx, a); err == nil && happened {
			t.Result.Room = seen.Room
		}
	}
	return t
}

// act tries the action, unless an earlier try whose answer was lost did it.
func act(ctx context.Context, door Actor, a action.Action, doubt bool) (action.Result, error) {
	if witness, able := door.(Witness); able && doubt {
		if result, happened, err := witness.Happened(ctx, a); err != nil || happened {
			return result, err
		}
	}
	return door.Act(ctx, a)
}

func outcome(result action.Result, f *action.Failure) action.Outcome {
	switch {
	case f == nil && result.Dry:
		return action.Outcome{Dropped: true}
	case f == nil:
		return action.Outcome{Done: true, Event: result.Event, Was: result.Was}
	case f.Final():
		return action.Outcome{Done: true, Failure: f.Error()}
	default:
		return action.Outcome{Failure: f.Error()}
	}
}
