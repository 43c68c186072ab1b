package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"forseti/action"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// create makes the room private unless it is public, and never lists it in the
// directory of the homeserver.
func (s *Session) create(ctx context.Context, a action.Action) (action.Result, error) {
	room := a.Create
	req := &mautrix.ReqCreateRoom{
		Visibility:    "private",
		Preset:        "private_chat",
		Name:          room.Name,
		Topic:         room.Topic,
		RoomAliasName: room.AliasLocalpart,
		Invite:        room.Invite,
	}
	if room.Public {
		req.Preset = "public_chat"
	}
	req.CreationContent = map[string]any{}
	if room.Type != "" {
		req.CreationContent["type"] = room.Type
	}
	if a.ID != "" {
		req.CreationContent[madeBy] = a.ID
	}
	if room.Encrypted {
		req.InitialState = append(req.InitialState, initial(event.StateEncryption, "", json.RawMessage(`{"algorithm":"m.megolm.v1.aes-sha2"}`)))
	}
	if picture := roomPicture(ctx, s.caller, room.Picture); picture != nil {
		req.InitialState = append(req.InitialState, picture)
	}
	for _, state := range room.State {
		req.InitialState = append(req.InitialState, initial(state.Type, state.Key, state.Content))
	}
	if len(room.Users) > 0 || room.InviteLevel != 0 {
		users, err := s.levels(ctx, room.Users)
		if err != nil {
			return action.Result{}, err
		}
		req.PowerLevelOverride = &event.PowerLevelsEventContent{Users: users}
		if room.InviteLevel != 0 {
			req.PowerLevelOverride.InvitePtr = &room.InviteLevel
		}
	}
	resp, err := s.client.CreateRoom(ctx, req)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Room: resp.RoomID}, nil
}

// roomPicture uploads what a room is to be shown with; nil if there is nothing, or it cannot
// be: a room is worth more than its picture.
func roomPicture(ctx context.Context, s *caller, f *action.File) *event.Event {
	if f == nil {
		return nil
	}
	uploaded, err := s.client.UploadBytes(ctx, f.Data, f.Type)
	if err != nil {
		return nil
	}
	content, err := json.Marshal(map[string]any{"url": uploaded.ContentURI, "info": map[string]any{"mimetype": f.Type, "size": len(f.Data)}})
	if err != nil {
		return nil
	}
	return initial(event.StateRoomAvatar, "", content)
}

// madeBy is the field of a create event that names the action it comes from. The
// request to make a room has no transaction ID, so that a retry would make another.
const madeBy = "forseti.action"

// made finds the room that an action made, among those that we are in; "" if it made
// none. Rooms whose create event cannot be read are passed over.
func made(ctx context.Context, s *Session, action string) (id.RoomID, error) {
	rooms, err := s.JoinedRooms(ctx)
	if err != nil {
		return "", err
	}
	for _, room := range rooms {
		var created map[string]any
		err := s.client.StateEvent(ctx, room, event.StateCreate, "", &created)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if by, _ := created[madeBy].(string); err == nil && by == action && action != "" {
			return room, nil
		}
	}
	return "", nil
}

func initial(kind event.Type, key string, content json.RawMessage) *event.Event {
	return &event.Event{Type: kind, StateKey: &key, Content: event.Content{VeryRaw: content}}
}

// levels adds the bot to the users of a new room where it must be among them.
// From room version 12 on a creator must not be.
//
// https://spec.matrix.org/v1.16/rooms/v12/#power-levels
func (s *Session) levels(ctx context.Context, others map[id.UserID]int) (map[id.UserID]int, error) {
	capabilities, err := s.client.Capabilities(ctx)
	if err != nil {
		return nil, fmt.Errorf("room version of new rooms: %w", err)
	}
	users := make(map[id.UserID]int, len(others)+1)
	maps.Copy(users, others)
	delete(users, s.client.UserID)
	if versions := capabilities.RoomVersions; versions == nil || !creatorsRule(versions.Default) {
		users[s.client.UserID] = 100
	}
	return users, nil
}

// creatorsRule reports whether the creators of a room of this version stand
// above its power levels.
func creatorsRule(version string) bool {
	n, err := strconv.Atoi(version)
	return err == nil && n >= 12
}
