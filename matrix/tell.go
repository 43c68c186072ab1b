package matrix

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// tellOut tells a user why, in a direct chat, and removes them. They are removed also if
// they cannot be told: whoever takes no invitations would be spared else. Tried again,
// the action does not tell again.
func (s *Session) tellOut(ctx context.Context, a action.Action) (action.Result, error) {
	var told action.Result
	if a.ID == "" || s.told.first(a.ID) {
		var err error
		if told, err = s.tell(ctx, a); err != nil {
			s.log.Warn().Err(err).Stringer("user", a.User).Msg("A user was not told why they are removed")
		}
	}
	_, err := s.client.KickUser(ctx, a.Room, &mautrix.ReqKickUser{UserID: a.User, Reason: a.Reason})
	return action.Result{Room: told.Room}, err
}

// notify tells a user something in a direct chat, and offers the reaction that is the answer
// if it asks for one. Whoever takes no invitations is not told, and nothing more comes of it:
// to try on would be to press. Only what a limit of the homeserver's held up is tried again.
// The result is the room and the message.
func (s *Session) notify(ctx context.Context, a action.Action) (action.Result, error) {
	if a.ID != "" && s.told.has(a.ID) {
		return action.Result{}, &action.Failure{Kind: action.Gone, Err: errors.New("that was tried before")}
	}
	told, err := s.tell(ctx, a)
	if err != nil && failure(err, time.Now()).Kind == action.RateLimited {
		return action.Result{}, err
	}
	s.told.first(a.ID)
	if err != nil {
		return action.Result{}, &action.Failure{Kind: action.Gone, Err: err}
	}
	if key := a.Message.Reaction; key != "" {
		// Who sees no reaction to tap can still give it.
		if _, err := s.client.SendReaction(ctx, told.Room, told.Event, key); err != nil {
			s.log.Warn().Err(err).Stringer("user", a.User).Msg("A user was asked and not offered the answer")
		}
	}
	return told, nil
}

// tell says something in a direct chat, the one that there is with the user or else a new
// one. It is not encrypted: who gets it may have no client open for the keys to reach, and
// the reason of a kick is no secret.
func (s *Session) tell(ctx context.Context, a action.Action) (action.Result, error) {
	room := s.directs.find(ctx, a.User)
	if room == "" {
		made, err := s.client.CreateRoom(ctx, &mautrix.ReqCreateRoom{
			Preset: "private_chat", Visibility: "private", IsDirect: true, Invite: []id.UserID{a.User},
		})
		if err != nil {
			return action.Result{}, fmt.Errorf("make a direct chat: %w", err)
		}
		room = made.RoomID
		if err := s.directs.note(ctx, a.User, room); err != nil {
			s.log.Warn().Err(err).Stringer("user", a.User).Msg("A direct chat was not noted; the next time another one is made")
		}
	}
	words := *a.Message
	words.Reaction = ""
	_, content := compose(words)
	said, err := s.postClear(ctx, "told-"+a.ID+string(room), room, event.EventMessage, content)
	if err != nil {
		return action.Result{}, fmt.Errorf("say it in the direct chat: %w", err)
	}
	return action.Result{Room: room, Event: said.EventID}, nil
}

// told remembers the actions whose users were told.
type told struct {
	mu  sync.Mutex
	ids latest[string]
}

func (t *told) has(action string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids.has(action)
}

// first notes an action, and reports whether it was not known.
func (t *told) first(action string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.ids.has(action)
	t.ids.add(action)
	return !known
}
