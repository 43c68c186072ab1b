package matrix

import (
	"context"
	"encoding/json"
	"errors"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// mostDoubts is how many state events of a room are asked for one by one. More
// are for a full look, which is one request.
const mostDoubts = 20

// confirm asks what is in force of the state that sync says was in force at the
// start of a timeline. After a fork that start is older than what we have seen:
// a message that was under way when its sender was banned comes with the sender's
// membership of before the ban. Homeservers with MSC4222 tell the state after it,
// and are not asked.
//
// What came in a gap that was filled is news, and as good as the timeline. A room of
// which the rest cannot be found out has a gap.
func (s *Session) confirm(ctx context.Context, room *RoomBatch) {
	news := make(map[id.EventID]bool, len(room.Timeline))
	for _, evt := range room.Timeline {
		news[evt.ID] = evt.ID != ""
	}
	var sure, doubts []*event.Event
	for _, evt := range room.start {
		if news[evt.ID] {
			sure = append(sure, evt)
		} else {
			doubts = append(doubts, evt)
		}
	}
	room.start, room.State = nil, append(sure, room.State...)
	if len(doubts) > mostDoubts {
		room.Gap = true
		return
	}
	for _, doubt := range doubts {
		evt, err := s.stateEvent(ctx, doubt)
		switch {
		case errors.Is(err, mautrix.MNotFound): // no such state, for now
		case err != nil:
			s.log.Warn().Err(err).Stringer("room", room.Room).Str("type", doubt.Type.Type).Msg("State in doubt not read")
			room.Gap = true
			return
		default:
			room.State = append(room.State, evt)
		}
	}
}

// stateEvent reads what is in force in the place of a state event.
func (s *Session) stateEvent(ctx context.Context, of *event.Event) (*event.Event, error) {
	var raw json.RawMessage
	query := map[string]string{"format": "event"}
	if err := s.read(ctx, &raw, query, "v3", "rooms", of.RoomID, "state", of.Type.Type, *of.StateKey); err != nil {
		return nil, err
	}
	evt, ok := Decode(of.RoomID, raw)
	if !ok || evt.Type != of.Type || evt.StateKey == nil || *evt.StateKey != *of.StateKey {
		return nil, errPartial
	}
	return evt, nil
}
