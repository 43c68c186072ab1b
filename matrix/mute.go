package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/wire"
)

var (
	errNothingToDo = &action.Failure{Kind: action.Already, Err: errors.New("it is as wanted already")}
	errTooHigh     = &action.Failure{Kind: action.Forbidden, Err: errors.New("they stand as high as we do")}
)

// mute takes away a user's level to say anything. Its Was is for unmute.
func (s *Session) mute(ctx context.Context, a action.Action) (action.Result, error) {
	var was muted
	result, err := s.editLevels(ctx, a.Room, func(l powerLevels) (json.RawMessage, error) {
		now := l.of(a.User)
		level := l.silent()
		if a.Level != nil {
			level = *a.Level
		}
		switch {
		case now <= level:
			return nil, errNothingToDo
		case now >= l.of(s.User()) && l.users[string(s.User())] != nil:
			return nil, errTooHigh
		}
		was = muted{Before: l.users[string(a.User)], Level: level}
		return l.with(a.User, json.RawMessage(fmt.Sprint(level)))
	})
	if err != nil {
		return action.Result{}, err
	}
	result.Was, err = json.Marshal(was)
	return result, err
}

// unmute gives back exactly the level that there was before. If somebody gave the user
// another level since, that holds. Without Was, as of who was muted by hand, the user's
// own level is taken away if that lets them speak.
func (s *Session) unmute(ctx context.Context, a action.Action) (action.Result, error) {
	var was *muted
	if a.Was != nil {
		was = &muted{}
		if err := json.Unmarshal(a.Was, was); err != nil {
			return action.Result{}, &action.Failure{Kind: action.Invalid, Err: fmt.Errorf("what there was before: %w", err)}
		}
	}
	return s.editLevels(ctx, a.Room, func(l powerLevels) (json.RawMessage, error) {
		now := l.users[string(a.User)]
		if was == nil {
			if now == nil || l.of(a.User) >= l.least() {
				return nil, errNothingToDo
			}
			return l.with(a.User, nil)
		}
		if level, ok := wire.Integer(now); !ok || level != was.Level {
			return nil, errNothingToDo
		}
		before := was.Before
		if string(before) == "null" {
			before = nil
		}
		if level, ok := wire.Integer(before); ok && level > l.of(s.User()) && l.users[string(s.User())] != nil {
			return nil, &action.Failure{Kind: action.Forbidden, Err: fmt.Errorf("they had level %d, which is more than ours", level)}
		}
		return l.with(a.User, before)
	})
}

// setLevel gives a user a level. If they have another by now than the one in Was, somebody
// else has decided since, and that holds.
func setLevel(ctx context.Context, s *Session, a action.Action) (action.Result, error) {
	var seen *levelSeen
	if a.Was != nil {
		seen = &levelSeen{}
		if err := json.Unmarshal(a.Was, seen); err != nil {
			return action.Result{}, &action.Failure{Kind: action.Invalid, Err: fmt.Errorf("the level that they had: %w", err)}
		}
	}
	return s.editLevels(ctx, a.Room, func(l powerLevels) (json.RawMessage, error) {
		now, ours := l.of(a.User), l.of(s.User())
		bound := l.users[string(s.User())] != nil // else we may be a creator, who stands above all
		switch {
		case now == *a.Level:
			return nil, errNothingToDo
		case seen != nil && now != seen.Level:
			return nil, &action.Failure{Kind: action.Invalid, Err: fmt.Errorf("somebody has given them level %d since", now)}
		case bound && now >= ours:
			return nil, errTooHigh
		case bound && *a.Level > ours:
			return nil, &action.Failure{Kind: action.Forbidden, Err: fmt.Errorf("level %d is more than ours", *a.Level)}
		}
		return l.with(a.User, json.RawMessage(fmt.Sprint(*a.Level)))
	})
}

// levelSeen is the level that a user had when it was decided to give them another.
type levelSeen struct {
	Level int64 `json:"level"`
}

var errOtherLevels = &action.Failure{Kind: action.Gone, Err: errors.New("somebody has changed the power levels meanwhile")}

// setVoice sets power levels, if those stand that they were worked out from.
func setVoice(ctx context.Context, s *Session, a action.Action) (action.Result, error) {
	if a.State.Type.Type != event.StatePowerLevels.Type || a.State.Key != "" {
		return action.Result{}, &action.Failure{Kind: action.Invalid, Err: errors.New("not the power levels")}
	}
	result, err := s.editState(ctx, a.Room, event.StatePowerLevels, func(now json.RawMessage) (json.RawMessage, error) {
		switch {
		case same(now, a.State.Content):
			return nil, errNothingToDo
		case !same(now, a.Was):
			return nil, errOtherLevels
		}
		return a.State.Content, nil
	})
	result.Was = nil // it is in the action
	return result, err
}

// editLevels changes a room's power levels.
func (s *Session) editLevels(ctx context.Context, room id.RoomID, edit func(powerLevels) (json.RawMessage, error)) (action.Result, error) {
	return s.editState(ctx, room, event.StatePowerLevels, func(raw json.RawMessage) (json.RawMessage, error) {
		l, err := readLevels(raw)
		if err != nil {
			return nil, &action.Failure{Kind: action.Invalid, Err: err}
		}
		return edit(l)
	})
}

// editTries is how often a change is made anew because somebody else made one between
// our reading and our writing.
const editTries = 3

// editState reads state of a room, changes it and writes it. Nobody can say to a
// homeserver "only if it is still as I read it", so it is looked afterwards at what our
// event replaced; if that is not what we read, the same change is made to that, and
// what another wrote in between comes back. Edit gives nil and an error if there is
// nothing to do; its argument is nil if there is no such state.
func (s *Session) editState(ctx context.Context, room id.RoomID, kind event.Type, edit func(json.RawMessage) (json.RawMessage, error)) (action.Result, error) {
	var result action.Result
	base, err := s.stateContent(ctx, room, kind)
	if err != nil {
		return result, err
	}
	expected := base // of what our event replaces
	for try := 1; ; try++ {
		next, refused := edit(base)
		if refused != nil && try == 1 {
			return action.Result{}, refused
		}
		if refused != nil {
			next = base // theirs stands, and was written over
		}
		result, err = sent(s.client.SendStateEvent(ctx, room, kind, "", next))
		if err = errors.Join(err, refused); err != nil {
			return action.Result{}, err
		}
		result.Was = base
		replaced := s.replaced(ctx, room, result.Event)
		if replaced == nil || same(replaced, expected) || try == editTries {
			return result, nil
		}
		s.log.Info().Stringer("room", room).Str("type", kind.Type).Msg("Somebody else changed the same state at the same time; the change is made to theirs")
		base, expected = replaced, next
	}
}

// echoWaits is how long a homeserver gets until an event that it has just taken can be
// read there: what answers reads may be behind what takes writes.
var echoWaits = [...]time.Duration{50 * time.Millisecond, 250 * time.Millisecond, time.Second}

// ownEvent reads an event that we have sent a moment ago.
func (s *caller) ownEvent(ctx context.Context, room id.RoomID, ours id.EventID) (*event.Event, error) {
	for _, wait := range echoWaits {
		evt, err := s.Event(ctx, room, ours)
		if err == nil || action.FailureOf(err).Kind != action.Gone {
			return evt, err
		}
		if sleep(ctx, wait) != nil {
			return nil, err
		}
	}
	return s.Event(ctx, room, ours)
}

// stateContent reads the content of a state event; nil if there is none.
func (s *caller) stateContent(ctx context.Context, room id.RoomID, kind event.Type) (json.RawMessage, error) {
	var raw json.RawMessage
	err := s.read(ctx, &raw, nil, "v3", "rooms", room, "state", kind.Type, "")
	switch {
	case err == nil && wire.Fields(raw) == nil:
		return nil, errNoObject
	case err == nil:
		return raw, nil
	case failure(err, time.Now()).Kind == action.Gone:
		return nil, nil
	default:
		return nil, err
	}
}

// replaced is the content that a state event of ours took the place of; nil if the
// homeserver does not say.
func (s *caller) replaced(ctx context.Context, room id.RoomID, ours id.EventID) json.RawMessage {
	evt, err := s.ownEvent(ctx, room, ours)
	switch {
	case err != nil:
		s.log.Warn().Err(err).Stringer("room", room).Msg("Not looked whether somebody else changed the same state")
		return nil
	case evt.Unsigned.PrevContent != nil:
		return evt.Unsigned.PrevContent.VeryRaw
	case evt.Unsigned.ReplacesState == "":
		return nil
	}
	before, err := s.Event(ctx, room, evt.Unsigned.ReplacesState)
	if err != nil {
		return nil
	}
	return before.Content.VeryRaw
}
