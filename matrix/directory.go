package matrix

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

type visibility struct {
	Visibility string `json:"visibility"`
}

// Content reads the content of one piece of a room's state, with an empty key; nil if there is
// none.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidstateeventtypestatekey
func (s *caller) Content(ctx context.Context, room id.RoomID, kind string) (json.RawMessage, error) {
	content, err := s.stateContent(ctx, room, event.Type{Type: kind, Class: event.StateEventType})
	if err != nil {
		return nil, wrap(err, kind+" of "+string(room))
	}
	return content, nil
}

// Listed reports whether our homeserver shows a room to whoever looks for rooms.
//
// https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3directorylistroomroomid
func (s *caller) Listed(ctx context.Context, room id.RoomID) (bool, error) {
	var said visibility
	err := s.read(ctx, &said, nil, "v3", "directory", "list", "room", room)
	if err != nil && failure(err, time.Now()).Kind == action.Gone {
		return false, nil
	}
	if err != nil {
		return false, wrap(err, "directory entry of "+string(room))
	}
	return said.Visibility == "public", nil
}

// list shows a room to whoever looks for rooms, or does so no more.
//
// https://spec.matrix.org/v1.16/client-server-api/#put_matrixclientv3directorylistroomroomid
func list(ctx context.Context, s *caller, a action.Action) (action.Result, error) {
	want := visibility{"private"}
	if a.Verb == action.List {
		want = visibility{"public"}
	}
	_, err := s.client.MakeRequest(ctx, http.MethodPut, s.client.BuildClientURL("v3", "directory", "list", "room", a.Room), want, nil)
	return action.Result{}, err
}
