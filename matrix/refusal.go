package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"forseti/action"

	"forseti/wire"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// reclassify looks again at why an action was refused. Homeservers refuse what
// needs no doing each in a way of its own, Dendrite by 400 and 403 as if the
// request were wrong or power missing. Waiting for power would then be for ever.
func (s *Session) reclassify(ctx context.Context, a action.Action, err error) error {
	f := failure(err, time.Now())
	if f.Kind != action.Forbidden && f.Kind != action.Invalid {
		return err
	}
	var needless []event.Membership
	switch a.Verb {
	case action.Join:
		// Dendrite, when a room is joined before it has taken in our invite.
		if answer, ok := errors.AsType[mautrix.RespError](err); ok && strings.Contains(answer.Err, "InputWasRejected") {
			return &action.Failure{Kind: action.Transient, Err: err}
		}
		return err
	case action.Unban:
		needless = []event.Membership{"", event.MembershipLeave, event.MembershipJoin, event.MembershipInvite, event.MembershipKnock}
	case action.Kick, action.TellOut, action.Uninvite:
		needless = []event.Membership{"", event.MembershipLeave, event.MembershipBan}
	case action.Invite:
		needless = []event.Membership{event.MembershipJoin, event.MembershipInvite}
	default:
		return err
	}
	if is, known := s.membership(ctx, a); known && slices.Contains(needless, is) {
		return &action.Failure{Kind: action.Gone, Err: err}
	}
	return err
}

// membership asks for that of the user of a; it is empty for a stranger to the room.
func (s *Session) membership(ctx context.Context, a action.Action) (is event.Membership, known bool) {
	var content map[string]json.RawMessage
	err := s.read(ctx, &content, nil, "v3", "rooms", a.Room, "state", "m.room.member", a.User)
	if err != nil {
		return "", errors.Is(err, mautrix.MNotFound)
	}
	is = event.Membership(wire.Text(content["membership"]))
	return is, is != ""
}
