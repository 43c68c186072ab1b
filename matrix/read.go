package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"forseti/action"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// The reads below make one request each, and their errors are *action.Failure.

// errPartial is for an answer that cannot be all of it. Taken for a room with
// nothing in it, it would undo every ban of a list.
var errPartial = errors.New("answer is not the state of a room")

// State returns the whole present state of a room.
func (s *caller) State(ctx context.Context, room id.RoomID) ([]*event.Event, error) {
	body, err := s.answer(ctx, nil, "v3", "rooms", room, "state")
	if err != nil {
		return nil, wrap(err, "state of "+string(room))
	}
	events, dropped, err := decodeArray(room, body)
	if err != nil {
		return nil, wrap(err, "state of "+string(room))
	}
	if dropped > 0 {
		s.log.Warn().Stringer("room", room).Int("dropped", dropped).Msg("State had entries that are no events")
	}
	events = slices.DeleteFunc(events, func(evt *event.Event) bool { return evt.StateKey == nil })
	if !slices.ContainsFunc(events, func(evt *event.Event) bool { return evt.Type == event.StateCreate }) {
		return nil, wrap(errPartial, "state of "+string(room))
	}
	return events, nil
}

// Resolve returns the room of an alias, and servers to join it by.
func (s *caller) Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error) {
	var found struct {
		Room    id.RoomID `json:"room_id"`
		Servers []string  `json:"servers"`
	}
	err := s.read(ctx, &found, nil, "v3", "directory", "room", alias)
	if err == nil && found.Room == "" {
		err = &action.Failure{Kind: action.Gone, Err: errors.New("answer without room_id")}
	}
	if err != nil {
		return "", nil, wrap(err, "resolve "+string(alias))
	}
	return found.Room, found.Servers, nil
}

// Event returns one event of a room.
func (s *caller) Event(ctx context.Context, room id.RoomID, eventID id.EventID) (*event.Event, error) {
	var raw json.RawMessage
	if err := s.read(ctx, &raw, nil, "v3", "rooms", room, "event", eventID); err != nil {
		return nil, wrap(err, fmt.Sprintf("event %s in %s", eventID, room))
	}
	evt, ok := Decode(room, raw)
	if !ok {
		return nil, wrap(&action.Failure{Kind: action.Gone, Err: errors.New("answer is no event")}, fmt.Sprintf("event %s in %s", eventID, room))
	}
	return evt, nil
}

// MessagesBack returns up to limit events before the token from, newest first;
// an empty from is the end of the timeline. No events do not mean that there are
// no more: an empty next does.
func (s *caller) MessagesBack(ctx context.Context, room id.RoomID, from string, limit int) (events []*event.Event, next string, err error) {
	query := map[string]string{"dir": "b", "limit": strconv.Itoa(limit)}
	if from != "" {
		query["from"] = from
	}
	var p page
	if err := s.read(ctx, &p, query, "v3", "rooms", room, "messages"); err != nil {
		return nil, "", wrap(err, "messages of "+string(room))
	}
	events, _ = decodeAll(room, p.Chunk)
	if p.End == from {
		p.End = ""
	}
	return events, p.End, nil
}

func (s *caller) read(ctx context.Context, into any, query map[string]string, path ...any) error {
	body, err := s.answer(ctx, query, path...)
	if err != nil {
		return err
	}
	return unmarshal(body, into)
}

func (s *caller) answer(ctx context.Context, query map[string]string, path ...any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(mautrix.WithMaxRetries(ctx, 0), actTimeout)
	defer cancel()
	return s.client.MakeFullRequest(ctx, mautrix.FullRequest{
		Method:            http.MethodGet,
		URL:               s.client.BuildURLWithQuery(mautrix.ClientURLPath(path), query),
		ResponseSizeLimit: s.limit,
	})
}

// wrap classifies err and says what failed.
func wrap(err error, what string) *action.Failure {
	f := *failure(err, time.Now())
	f.Err = fmt.Errorf("%s: %w", what, f.Err)
	return &f
}
