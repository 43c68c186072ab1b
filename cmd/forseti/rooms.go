package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix"
)

const (
	typeProtectedRooms = "org.matrix.mjolnir.protected_rooms"
	typeWatchedLists   = "org.matrix.mjolnir.watched_lists"
	typeShortcode      = "org.matrix.mjolnir.shortcode"
)

// newRooms makes what a new bot needs, and knows how far it came.
type newRooms struct {
	session    *matrix.Session
	out        io.Writer
	management id.RoomID
	list       id.RoomID
}

// toGoOn says how to run init again without making everything twice.
func (r *newRooms) toGoOn() string {
	var flags []string
	if r.management != "" {
		flags = append(flags, fmt.Sprintf("--management-room '%s'", r.management))
	}
	if r.list != "" {
		flags = append(flags, "--list none")
	}
	if len(flags) == 0 {
		return ""
	}
	return "\nSome of it is made already. To go on from there, run init again with " + strings.Join(flags, " ")
}

func (r *newRooms) make(ctx context.Context, a *answers) error {
	if err := r.makeManagement(ctx, a); err != nil {
		return err
	}
	if err := r.makeList(ctx, a); err != nil {
		return err
	}
	protected, err := r.session.AccountData(ctx, typeProtectedRooms)
	if err != nil || protected != nil {
		return err
	}
	return r.save(ctx, typeProtectedRooms, map[string]any{"rooms": []string{}})
}

func (r *newRooms) makeManagement(ctx context.Context, a *answers) error {
	if a.managementRoom != "" {
		if _, err := r.session.Act(ctx, action.Action{Verb: action.Join, Room: id.RoomID(a.managementRoom)}); err != nil {
			return fmt.Errorf("%w\nInvite %s to the management room first", err, r.session.User())
		}
		r.management = id.RoomID(a.managementRoom)
		return nil
	}
	first := id.UserID(a.invite)
	made, err := r.session.Act(ctx, action.Action{Verb: action.CreateRoom, Create: &action.NewRoom{
		Name: "Forseti", Topic: "Where moderators command Forseti: !forseti help",
		Invite: []id.UserID{first}, Users: map[id.UserID]int{first: 100}, Encrypted: !a.noEncryption,
	}})
	if err != nil {
		return fmt.Errorf("create the management room: %w", err)
	}
	r.management = made.Room
	fmt.Fprintf(r.out, "Created the management room %s and invited %s.\n", made.Room, first)
	return nil
}

func (r *newRooms) makeList(ctx context.Context, a *answers) error {
	if a.list == "none" {
		return nil
	}
	shortcode, err := json.Marshal(map[string]string{"shortcode": a.list})
	if err != nil {
		return err
	}
	room := action.NewRoom{
		Name: "Policy list: " + a.list, Type: "m.policy",
		State: []action.State{{Type: event.Type{Type: typeShortcode, Class: event.StateEventType}, Content: shortcode}},
	}
	if a.invite != "" {
		room.Invite, room.Users = []id.UserID{id.UserID(a.invite)}, map[id.UserID]int{id.UserID(a.invite): 50}
	}
	made, err := r.session.Act(ctx, action.Action{Verb: action.CreateRoom, Create: &room})
	if err != nil {
		return fmt.Errorf("create the policy list: %w", err)
	}
	r.list = made.Room
	fmt.Fprintf(r.out, "Created the policy list %q, %s.\n", a.list, made.Room)
	return r.watch(ctx, made.Room)
}

// watch adds the list to those that are watched, of this bot or one before it.
func (r *newRooms) watch(ctx context.Context, list id.RoomID) error {
	present, err := r.session.AccountData(ctx, typeWatchedLists)
	if err != nil {
		return err
	}
	content := map[string]any{}
	if present != nil && json.Unmarshal(present, &content) != nil {
		return errors.New("the account's list of watched lists cannot be read, and is left as it is")
	}
	references, _ := content["references"].([]any)
	content["references"] = append(references, list.URI(r.session.User().Homeserver()).MatrixToURL())
	return r.save(ctx, typeWatchedLists, content)
}

func (r *newRooms) save(ctx context.Context, kind string, content map[string]any) error {
	raw, err := json.Marshal(content)
	if err != nil {
		return err
	}
	_, err = r.session.Act(ctx, action.Action{Verb: action.SetAccountData, Data: &action.AccountData{Type: kind, Content: raw}})
	return err
}
