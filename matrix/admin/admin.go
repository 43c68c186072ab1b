// Package admin is what an administrator of a homeserver may do to accounts and rooms,
// behind one small interface with an implementation for each kind of homeserver. It
// decides nothing.
package admin

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Admin does what only an administrator may. Errors are of requests, or of kind
// [action.Unsupported] where this homeserver cannot.
type Admin interface {
	// Suspend keeps an account from doing anything but read, or ends that.
	Suspend(ctx context.Context, user id.UserID, on bool) error
	// Lock keeps an account from doing anything at all, or ends that.
	Lock(ctx context.Context, user id.UserID, on bool) error
	// Deactivate ends an account for good.
	Deactivate(ctx context.Context, user id.UserID) error
	// Quarantine keeps the media of a message from everybody.
	Quarantine(ctx context.Context, room id.RoomID, evt id.EventID) error
	// ShutDown removes everybody here from a room and keeps them out.
	ShutDown(ctx context.Context, room id.RoomID) error
}

// None is a homeserver that offers nothing of it to us.
type None struct{}

var errNone = errors.New("this homeserver cannot, or does not let the bot")

func unable(what string) error {
	return &action.Failure{Kind: action.Unsupported, Err: fmt.Errorf("%s: %w", what, errNone)}
}

// Suspend is not offered.
func (None) Suspend(context.Context, id.UserID, bool) error { return unable("suspend an account") }

// Lock is not offered.
func (None) Lock(context.Context, id.UserID, bool) error { return unable("lock an account") }

// Deactivate is not offered.
func (None) Deactivate(context.Context, id.UserID) error { return unable("deactivate an account") }

// Quarantine is not offered.
func (None) Quarantine(context.Context, id.RoomID, id.EventID) error {
	return unable("quarantine media")
}

// ShutDown is not offered.
func (None) ShutDown(context.Context, id.RoomID) error { return unable("shut down a room") }

// Do carries out one of the verbs of administration.
func Do(ctx context.Context, as Admin, a action.Action) error {
	switch a.Verb {
	case action.Suspend, action.Unsuspend:
		return as.Suspend(ctx, a.User, a.Verb == action.Suspend)
	case action.Lock, action.Unlock:
		return as.Lock(ctx, a.User, a.Verb == action.Lock)
	case action.Deactivate:
		return as.Deactivate(ctx, a.User)
	case action.Quarantine:
		return as.Quarantine(ctx, a.Room, a.Event)
	case action.ShutDown:
		return as.ShutDown(ctx, a.Room)
	default:
		return unable(string(a.Verb))
	}
}
