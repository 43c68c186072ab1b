package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/store"
)

// desk is where one command asks and acts. It runs in a goroutine of its own:
// what it reads and changes of the community goes through the owner, what it
// asks of the homeserver does not.
type desk struct {
	c     *Community
	order store.Command
}

var _ commands.Bot = (*desk)(nil)

// errDryRun answers what would change something.
var errDryRun error = refusal("This is a dry run, in which I change nothing. Write `!forseti dry-run off` first")

const (
	deskTries = 5
	joinTries = 3 // a refusal can look like one that comes before the invite
	deskPause = time.Second
	longWait  = 30 * time.Second
)

// act carries out one action now, as a moderator waits for it, with a few tries.
func (k *desk) act(ctx context.Context, a action.Action) (action.Result, error) {
	a.Cause = k.cause()
	tries := deskTries
	if a.Verb == action.Join {
		tries = joinTries
	}
	for try := range tries {
		var door enforce.Actor
		var refused error
		if err := k.c.do(ctx, func() { door, refused = k.c.door, k.c.world.Guard(a) }); err != nil {
			return action.Result{}, err
		}
		if refused != nil {
			return action.Result{}, refused
		}
		t := enforce.Execute(ctx, k.c.store, door, a)
		f := t.Failure
		switch {
		case f == nil && t.Result.Dry:
			return t.Result, errDryRun
		case f == nil:
			return t.Result, nil
		case !f.Temporary() || try == tries-1 || f.RetryAfter > longWait:
			k.c.log.Warn().Err(f).Msg("Command's action failed")
			return action.Result{}, &failure{f}
		}
		a = t.Action
		select {
		case <-time.After(max(f.RetryAfter, deskPause<<try)):
		case <-ctx.Done():
			return action.Result{}, ctx.Err()
		}
	}
	panic("unreachable")
}

func (k *desk) cause() action.Cause {
	return action.Cause{Kind: action.ByModerator, Moderator: k.order.Sender, Event: k.order.Event}
}

// see runs f in the owner goroutine.
func (k *desk) see(f func()) {
	// Its error says that the bot is ending; what f would have filled in stays
	// empty, and the command's answer is never sent.
	_ = k.c.do(k.c.ctx, f)
}

// failure is an action.Failure in words for moderators.
type failure struct{ f *action.Failure }

func (e *failure) Error() string { return explain(e.f) }
func (e *failure) Unwrap() error { return e.f }

// asked is an action that a moderator asked for directly.
func (k *desk) asked(a action.Action) action.Action {
	a.Cause = k.cause()
	return a
}

// refusal is an error that is a sentence to a moderator, and begins like one.
type refusal string

func (r refusal) Error() string    { return string(r) }
func (r refusal) Sentence() string { return string(r) }

func refuse(format string, args ...any) error { return refusal(fmt.Errorf(format, args...).Error()) }

func wrapped(doing string, err error) error {
	if err == nil || errors.Is(err, errDryRun) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}
