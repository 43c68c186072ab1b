package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/draw"
	"forseti/matrix"
)

const (
	typeProtectedRooms = "org.matrix.mjolnir.protected_rooms"
	typeWatchedLists   = "org.matrix.mjolnir.watched_lists"
	typeShortcode      = "org.matrix.mjolnir.shortcode"
	// typeManagementRoom is account data that says which room the account's bot listens
	// in, so that a second set-up finds it.
	typeManagementRoom = "org.forseti.management_room"
)

// moderatorLevel is the power level that clients call moderator.
const moderatorLevel = 50

// managementName is what the management room is called, unless it is there already.
const managementName = "Moderators"

// newRooms makes what a new bot needs, and knows how far it came.
type newRooms struct {
	session    *matrix.Session
	out        io.Writer
	found      existing
	management id.RoomID
	list       id.RoomID
}

// toGoOn says how to run init again without making everything twice. What is made
// already is found again.
func (r *newRooms) toGoOn() string {
	if r.management == "" {
		return ""
	}
	flags := fmt.Sprintf("--management-room '%s'", r.management)
	if r.list != "" {
		flags += " --list none"
	}
	return "\nSome of it is made already. To go on from there, run init again with " + flags
}

// enter joins a management room that is there, before anything is made.
func (r *newRooms) enter(ctx context.Context, a *answers) error {
	if a.managementRoom == "" {
		return nil
	}
	room := id.RoomID(a.managementRoom)
	joined, err := r.session.JoinedRooms(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(joined, room) {
		return nil
	}
	if _, err := r.session.Act(ctx, action.Action{Verb: action.Join, Room: room}); err != nil {
		why := "the homeserver did not say why"
		switch f := action.FailureOf(err); {
		case f.Kind == action.Forbidden:
			why = "it is by invitation only, and the bot is not invited"
		case f.Kind == action.Gone, f.Kind == action.Transient && !f.Temporary():
			why = "no such room is known here"
		case f.Kind == action.Transient:
			why = "no such room is known here, or its server does not answer"
		default:
			why = brief(err)
		}
		return fmt.Errorf("the bot cannot join the management room %s: %s.\nInvite %s there, look for a slip in the ID, and run init again. Nothing was made", room, why, r.session.User())
	}
	return nil
}

func (r *newRooms) make(ctx context.Context, a *answers) error {
	r.introduce(ctx)
	if err := r.makeManagement(ctx, a); err != nil {
		return err
	}
	if err := r.save(ctx, typeManagementRoom, map[string]any{"room_id": r.management}); err != nil {
		return err
	}
	if err := r.makeList(ctx, a); err != nil {
		return err
	}
	if err := r.save(ctx, typePreset, map[string]any{"preset": a.preset}); err != nil {
		return err
	}
	protected, err := r.session.AccountData(ctx, typeProtectedRooms)
	if err != nil || protected != nil {
		return err
	}
	return r.save(ctx, typeProtectedRooms, map[string]any{"rooms": []string{}})
}

func (r *newRooms) makeManagement(ctx context.Context, a *answers) error {
	first := id.UserID(a.invite)
	if a.managementRoom != "" {
		r.management = id.RoomID(a.managementRoom)
		if first == "" {
			return nil
		}
		if _, err := r.session.Act(ctx, action.Action{Verb: action.Invite, Room: r.management, User: first}); err != nil {
			fmt.Fprintf(r.out, "%s was not invited: %s.\n", first, brief(err)) // they may be there already
			return nil
		}
		fmt.Fprintf(r.out, "Invited %s to the management room %s.\n", first, r.management)
		return nil
	}
	made, err := r.session.Act(ctx, action.Action{Verb: action.CreateRoom, Create: &action.NewRoom{
		Name: managementName, Topic: managementTopic, Picture: picture(draw.Moderators),
		Invite: []id.UserID{first}, Users: map[id.UserID]int{first: 100}, Encrypted: !a.noEncryption,
		InviteLevel: moderatorLevel, // who is in it commands the bot
	}})
	if err != nil {
		return fmt.Errorf("the management room could not be made: %w", err)
	}
	r.management = made.Room
	fmt.Fprintf(r.out, "Created the management room %s and invited %s. Whom they invite there may look, moderate from power level %d on, and administer from 100 on.\n", made.Room, first, moderatorLevel)
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
		Name: "Policy list: " + a.list, Type: "m.policy", Picture: picture(draw.List),
		State: []action.State{{Type: event.Type{Type: typeShortcode, Class: event.StateEventType}, Content: shortcode}},
	}
	if a.invite != "" {
		room.Invite, room.Users = []id.UserID{id.UserID(a.invite)}, map[id.UserID]int{id.UserID(a.invite): moderatorLevel}
	}
	made, err := r.session.Act(ctx, action.Action{Verb: action.CreateRoom, Create: &room})
	if err != nil {
		return fmt.Errorf("the policy list could not be made: %w", err)
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
