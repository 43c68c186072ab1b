package action

import (
	"errors"
	"time"

	"forseti/worker"
)

// FailureKind sorts the ways an action can fail by what helps.
type FailureKind string

// The kinds of failure.
const (
	RateLimited  FailureKind = "rate_limited" // wait for RetryAfter; all other requests would be refused too
	Transient    FailureKind = "transient"    // try again later: timeout, 5xx, cut connection
	Broken       FailureKind = "broken"       // we broke over it, and nobody knows how far it got; trying again rarely helps
	Unwritten    FailureKind = "unwritten"    // the journal could not be written, so nothing was tried; try again later
	Forbidden    FailureKind = "forbidden"    // refused: power, membership, a policy server; try again when the room changes
	Gone         FailureKind = "gone"         // nothing to do it to: user not in the room, event or room unknown
	Already      FailureKind = "already"      // it is as wanted, so there is nothing to do
	TooLarge     FailureKind = "too_large"    // the event would exceed 65,536 bytes
	Unsupported  FailureKind = "unsupported"  // this homeserver does not know the request
	Unauthorized FailureKind = "unauthorized" // our access token is no longer good: nothing will work
	Invalid      FailureKind = "invalid"      // the request itself is wrong; trying again will not help
)

// Failure is the error of an action that was not carried out.
type Failure struct {
	Kind FailureKind
	// RetryAfter is how long the homeserver asked us to wait; zero if it did not say.
	// How long is waited is Pause.
	RetryAfter time.Duration
	Err        error
}

// How long a homeserver's word keeps us waiting at most. Whoever promised to be back in
// an hour may be back before, and a proxy in maintenance says it of a ban.
const (
	LongestLimit = 5 * time.Minute // of a homeserver that wants fewer requests
	LongestPause = time.Minute     // of one that is away
)

// Pause is how long to wait for the homeserver's sake before the same is tried again;
// zero if it did not say.
func (f *Failure) Pause() time.Duration {
	longest := LongestPause
	if f.Kind == RateLimited {
		longest = LongestLimit
	}
	return min(max(f.RetryAfter, 0), longest)
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Temporary reports whether the same action can succeed later with nothing
// changed but time.
func (f *Failure) Temporary() bool {
	return f.Kind == RateLimited || f.Kind == Transient || f.Kind == Unwritten
}

// Unanswered reports whether what was tried may have happened all the same.
func (f *Failure) Unanswered() bool { return f.Kind == Transient || f.Kind == Broken }

// FailureOf returns the Failure within err. A panic counts as Broken, and any other
// error as Transient: unknown is not final.
func FailureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	if _, ok := errors.AsType[*worker.Panic](err); ok {
		return &Failure{Kind: Broken, Err: err}
	}
	return &Failure{Kind: Transient, Err: err}
}

// Final reports whether trying the same action again is of no use, whatever
// happens in the room.
func (f *Failure) Final() bool {
	switch f.Kind {
	case Gone, Already, TooLarge, Unsupported, Invalid:
		return true
	default:
		return false
	}
}
