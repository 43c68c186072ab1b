package matrix

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"forseti/action"
)

// ban bans a user. Some homeservers put the user's name and picture into the event; written
// as a piece of state it has what we write. A homeserver that does not take that bans by the
// usual way: to ban is what matters.
//
// A ban may ask homeservers to remove what its user wrote. Those that do not know that take it for
// any other ban, and few that know it say so: whether ours did it shows afterwards.
//
// https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3roomsroomidban
// https://github.com/matrix-org/matrix-spec-proposals/pull/4293
func ban(ctx context.Context, s *Session, a action.Action) (action.Result, error) {
	if err := putOut(ctx, s, a); err != nil {
		return action.Result{}, err
	}
	return action.Result{Removed: wentWithBan(ctx, s, a)}, nil
}

func putOut(ctx context.Context, s *Session, a action.Action) error {
	if a.Nameless {
		content := map[string]any{"membership": event.MembershipBan}
		if a.Reason != "" {
			content["reason"] = a.Reason
		}
		if len(a.Removes) > 0 {
			content["org.matrix.msc4293.redact_events"] = true
		}
		_, err := s.client.SendStateEvent(ctx, a.Room, event.StateMember, string(a.User), content)
		refusals := []action.FailureKind{action.Unsupported, action.Invalid, action.Gone}
		if err == nil || !slices.Contains(refusals, failure(err, time.Now()).Kind) {
			return err
		}
		s.log.Warn().Err(err).Stringer("room", a.Room).Msg("The homeserver does not take a ban as state; it is made with the profile in it")
	}
	_, err := s.client.BanUser(ctx, a.Room, &mautrix.ReqBanUser{UserID: a.User, Reason: a.Reason, MSC4293RedactEvents: len(a.Removes) > 0})
	return err
}

// wentWithBan looks whether what a ban was to remove is gone, and by the ban: what somebody removed
// by itself says nothing of the others.
func wentWithBan(ctx context.Context, s *Session, a action.Action) bool {
	for _, evt := range a.Removes {
		because, err := redactedBecause(ctx, s, a.Room, evt)
		if err != nil || because.Text("type") != event.StateMember.Type {
			return false
		}
	}
	return len(a.Removes) > 0
}
