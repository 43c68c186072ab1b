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
// https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3roomsroomidban
func ban(ctx context.Context, s *Session, a action.Action) error {
	if a.Nameless {
		content := map[string]any{"membership": event.MembershipBan}
		if a.Reason != "" {
			content["reason"] = a.Reason
		}
		_, err := s.client.SendStateEvent(ctx, a.Room, event.StateMember, string(a.User), content)
		refusals := []action.FailureKind{action.Unsupported, action.Invalid, action.Gone}
		if err == nil || !slices.Contains(refusals, failure(err, time.Now()).Kind) {
			return err
		}
		s.log.Warn().Err(err).Stringer("room", a.Room).Msg("The homeserver does not take a ban as state; it is made with the profile in it")
	}
	_, err := s.client.BanUser(ctx, a.Room, &mautrix.ReqBanUser{UserID: a.User, Reason: a.Reason})
	return err
}
