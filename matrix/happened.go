package matrix

import (
	"context"
	"encoding/json"
	"errors"

	"forseti/action"
	"forseti/wire"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Happened looks whether an action whose answer was lost took place: whether the member
// event of its user is as it would have made it, and ours. A user who was removed and
// has come back since counts as removed: their event is another than the one that the
// action was meant for.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidstateeventtypestatekey
func (s *Session) Happened(ctx context.Context, a action.Action) (action.Result, bool, error) {
	switch {
	case a.Verb == action.CreateRoom:
		room, err := made(ctx, s, a.ID)
		if err != nil {
			return action.Result{}, false, wrap(err, "look for a room that was made")
		}
		return action.Result{Room: room}, room != "", nil
	case a.Verb == action.Redact:
		return removed(ctx, s, a)
	case a.Verb.Row().Lane != action.MemberLane:
		return action.Result{}, false, nil // to do it again changes nothing
	}
	var raw json.RawMessage
	// Not every homeserver knows the parameter; then the content comes alone, and does
	// not say whose it is.
	err := s.read(ctx, &raw, map[string]string{"format": "event"}, "v3", "rooms", a.Room, "state", "m.room.member", a.User)
	if errors.Is(err, mautrix.MNotFound) {
		return action.Result{}, false, nil
	}
	if err != nil {
		return action.Result{}, false, wrap(err, "look at "+string(a.User)+" in "+string(a.Room))
	}
	answer := wire.Read(raw)
	evt, sender := id.EventID(answer.Text("event_id")), id.UserID(answer.Text("sender"))
	is := event.Membership(answer.Object("content").Text("membership"))
	ours := sender == s.client.UserID
	row := a.Verb.Row()
	if row.Once && a.Seen != "" && evt != "" && evt != a.Seen && is == event.MembershipJoin && cameBack(answer) {
		return action.Result{Past: true}, true, nil
	}
	return action.Result{Event: evt}, ours && is == row.Leads, nil
}

// removed looks whether a message is gone, by whomever.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomideventeventid
func removed(ctx context.Context, s *Session, a action.Action) (action.Result, bool, error) {
	because, err := redactedBecause(ctx, s, a.Room, a.Event)
	switch {
	case errors.Is(err, mautrix.MNotFound), errors.Is(err, mautrix.MForbidden):
		return action.Result{}, false, nil // the redaction itself says what is wrong
	case err != nil:
		return action.Result{}, false, wrap(err, "look at "+string(a.Event)+" in "+string(a.Room))
	}
	return action.Result{Event: id.EventID(because.Text("event_id")), WithBan: because.Text("type") == event.StateMember.Type}, because.Text("type") != "", nil
}

// redactedBecause gives what removed a message; empty if nothing did.
func redactedBecause(ctx context.Context, s *Session, room id.RoomID, evt id.EventID) (wire.Object, error) {
	var raw json.RawMessage
	err := s.read(ctx, &raw, nil, "v3", "rooms", room, "event", evt)
	return wire.Read(raw).Object("unsigned").Object("redacted_because"), err
}

// cameBack tells a join from a change of profile.
func cameBack(member wire.Object) bool {
	return member.Object("unsigned").Object("prev_content").Text("membership") != string(event.MembershipJoin)
}
