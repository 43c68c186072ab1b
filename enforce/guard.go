package enforce

import (
	"errors"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
)

// ErrGuarded is an action that is refused whoever asks for it.
var ErrGuarded = errors.New("refused")

// spared is who is never acted on.
func (w *World) spared(u id.UserID) bool { return u == w.Self || w.moderators[u] }

// Guard looks at an action just before it is tried, wherever it came from. Its
// error is meant for moderators. Plans pass through it too, so that a mistake in
// planning cannot do what a guard forbids.
func (w *World) Guard(a action.Action) error {
	switch a.Verb {
	case action.Ban, action.Kick:
		return w.guardMember(a)
	case action.SetACL:
		return w.guardACL(a)
	}
	return nil
}

func (w *World) guardMember(a action.Action) error {
	switch {
	case a.User == w.Self:
		return fmt.Errorf("%w: that is me", ErrGuarded)
	case w.moderators[a.User]:
		return fmt.Errorf("%w: %s is a moderator here", ErrGuarded, a.User)
	}
	r := w.rooms[a.Room]
	if r == nil {
		return nil
	}
	refusal := r.CanBan(w.Self, a.User)
	if a.Verb == action.Kick {
		refusal = r.CanKick(w.Self, a.User)
	}
	if !refusal.OK() {
		return fmt.Errorf("%w: %s", ErrGuarded, refusal)
	}
	return nil
}

func (w *World) guardACL(a action.Action) error {
	if err := acl.Lockout(a.State.Content, w.protectedServers()); err != nil {
		return fmt.Errorf("%w: %w", ErrGuarded, err)
	}
	return nil
}
