package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// pointed is what PointAlias may take an address from: its Was, and Result.Was.
type pointed struct {
	Room id.RoomID `json:"room"`
}

// pointAlias has an address lead to a room. If it leads to another one, and that is the one
// that was seen, it is taken away from there; if it can then not be given to the new one, it
// leads to the old one again. After a crash in between it leads nowhere, and is only given.
//
// https://spec.matrix.org/v1.16/client-server-api/#put_matrixclientv3directoryroomroomalias
func pointAlias(ctx context.Context, s *caller, a action.Action) (action.Result, error) {
	var from pointed
	if a.Was != nil && json.Unmarshal(a.Was, &from) != nil {
		return action.Result{}, &action.Failure{Kind: action.Invalid, Err: errors.New("not a room that the address led to")}
	}
	now, err := leads(ctx, s, a.Alias)
	switch {
	case err != nil:
		return action.Result{}, err
	case now == a.Room:
		return action.Result{}, errNothingToDo
	case now != "" && now != from.Room:
		return action.Result{}, errElsewhere(now)
	case now != "":
		if _, err = s.client.DeleteAlias(ctx, a.Alias); err != nil {
			return action.Result{}, err
		}
	}
	err = giveAlias(ctx, s, a.Alias, a.Room)
	if err != nil && now != "" {
		err = errors.Join(err, giveAlias(context.WithoutCancel(ctx), s, a.Alias, now))
	}
	return action.Result{}, err
}

// dropAlias has an address lead nowhere. Result.Was is where it led.
//
// https://spec.matrix.org/v1.16/client-server-api/#delete_matrixclientv3directoryroomroomalias
func dropAlias(ctx context.Context, s *caller, a action.Action) (action.Result, error) {
	now, err := leads(ctx, s, a.Alias)
	switch {
	case err != nil:
		return action.Result{}, err
	case now == "":
		return action.Result{}, errNothingToDo
	case now != a.Room:
		return action.Result{}, errElsewhere(now)
	}
	_, err = s.client.DeleteAlias(ctx, a.Alias)
	return action.Result{}, err
}

func errElsewhere(room id.RoomID) error {
	return &action.Failure{Kind: action.Invalid, Err: fmt.Errorf("it leads to another room by now, %s", text.Clip(string(room), text.MostID))}
}

// leads is the room that an address leads to, "" if none.
func leads(ctx context.Context, s *caller, alias id.RoomAlias) (id.RoomID, error) {
	room, _, err := s.Resolve(ctx, alias)
	if err != nil && action.FailureOf(err).Kind == action.Gone {
		return "", nil
	}
	return room, err
}

func giveAlias(ctx context.Context, s *caller, alias id.RoomAlias, room id.RoomID) error {
	_, err := s.client.MakeRequest(ctx, http.MethodPut, s.client.BuildClientURL("v3", "directory", "room", alias), &mautrix.ReqAliasCreate{RoomID: room}, nil)
	return err
}
