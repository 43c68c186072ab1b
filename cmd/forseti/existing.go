package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/rooms"
	"forseti/text"
	"forseti/wire"
)

const managementTopic = "Where moderators command Forseti: !forseti help"

// mostLooked is how many of an account's rooms are looked at for a management room
// that nobody noted.
const mostLooked = 200

// existing is what the account has already, of this bot or one before it.
type existing struct {
	management *rooms.Room
	lists      int
	shortcodes []string // of the lists that can be read
	protected  int
}

// look finds out what is there. What cannot be read is not taken for nothing.
func (r *newRooms) look(ctx context.Context) error {
	lists, err := r.entries(ctx, typeWatchedLists, "references")
	if err != nil {
		return err
	}
	protected, err := r.entries(ctx, typeProtectedRooms, "rooms")
	if err != nil {
		return err
	}
	r.found.lists, r.found.protected = len(lists), len(protected)
	for _, reference := range lists {
		uri, err := id.ParseMatrixURIOrMatrixToURL(reference)
		if err != nil || uri.RoomID() == "" {
			continue
		}
		state, err := r.session.State(ctx, uri.RoomID())
		if err != nil {
			continue // it can still be followed; only its short name is not known
		}
		for _, evt := range state {
			if evt.Type.Type == typeShortcode {
				if name := wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text("shortcode"); name != "" {
					r.found.shortcodes = append(r.found.shortcodes, strings.ToLower(name))
				}
			}
		}
	}
	return r.lookForManagement(ctx)
}

// entries are the texts of one list in account data.
func (r *newRooms) entries(ctx context.Context, kind, key string) ([]string, error) {
	raw, err := r.session.AccountData(ctx, kind)
	if err != nil || raw == nil {
		return nil, err
	}
	return wire.Read(raw).Texts(key, 10_000, 1000), nil
}

// lookForManagement finds the room that an earlier set-up noted, or else one that the
// bot made with our topic.
func (r *newRooms) lookForManagement(ctx context.Context) error {
	joined, err := r.session.JoinedRooms(ctx)
	if err != nil {
		return err
	}
	noted, err := r.session.AccountData(ctx, typeManagementRoom)
	if err != nil {
		return err
	}
	candidates := joined[:min(len(joined), mostLooked)]
	if room := id.RoomID(wire.Read(noted).Text("room_id")); slices.Contains(joined, room) {
		state, err := r.read(ctx, room)
		if state != nil {
			r.found.management = view(room, state)
		}
		return err
	}
	for _, candidate := range candidates {
		state, err := r.read(ctx, candidate)
		if err != nil {
			return err
		}
		if madeByUs(state, r.session.User()) {
			r.found.management = view(candidate, state)
			return nil
		}
	}
	return nil
}

// madeByUs reports whether a room is one that an earlier set-up made.
func madeByUs(state []*event.Event, self id.UserID) bool {
	created, named := false, false
	for _, evt := range state {
		switch evt.Type.Type {
		case event.StateCreate.Type:
			created = evt.Sender == self
		case event.StateTopic.Type:
			named = named || wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text("topic") == managementTopic
		}
	}
	return created && named
}

// read is the state of a room, nil for one that shows it to us no more.
func (r *newRooms) read(ctx context.Context, room id.RoomID) ([]*event.Event, error) {
	state, err := r.session.State(ctx, room)
	if err != nil {
		if f := action.FailureOf(err); f.Kind == action.Forbidden || f.Kind == action.Gone {
			return nil, nil
		}
		return nil, err
	}
	return state, nil
}

// choose settles between what is there and something new.
func (a *answers) choose(ctx context.Context, ask *asker, n *newRooms) error {
	if there := n.found.management; there != nil && a.managementRoom == "" && !a.anew {
		fmt.Fprintf(n.out, "The account has a management room already: %s, with %s. It protects %s and follows %s.\n",
			nameOf(there), text.Count(there.Count(event.MembershipJoin), "member"), text.Count(n.found.protected, "room"), text.Count(n.found.lists, "list"))
		use, err := ask.yes(ctx, "Use that room", true, "management-room")
		if _, nobody := errors.AsType[silence](err); nobody {
			return misuse{fmt.Errorf("the account has a management room already. Give --management-room '%s' to use it, or --new to make another", there.ID())}
		}
		if err != nil {
			return err
		}
		if use {
			a.managementRoom = string(there.ID())
		}
	}
	return a.chooseList(n)
}

// chooseList makes no second list of one name, and none where lists are followed
// already, unless it was asked for.
func (a *answers) chooseList(n *newRooms) error {
	taken := func(name string) bool { return slices.Contains(n.found.shortcodes, strings.ToLower(name)) }
	switch {
	case a.list == "none":
	case !a.listNamed && n.found.lists > 0:
		fmt.Fprintf(n.out, "The account follows %s already, so that no new one is made.\n", text.Count(n.found.lists, "list"))
		a.list = "none"
	case taken(a.list):
		return misuse{fmt.Errorf("--list is %q, and the account follows a list of that name already: give another name, or none", a.list)}
	}
	return nil
}
