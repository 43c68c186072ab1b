package matrix

import (
	"context"
	"encoding/json"
	"errors"

	"maunium.net/go/mautrix/event"

	"forseti/action"
)

// noJoinRule is what a room without a rule goes by.
//
// https://spec.matrix.org/v1.16/client-server-api/#mroomjoin_rules
const noJoinRule = `{"join_rule":"invite"}`

// setJoinRule sets who may join. Its Was is the rule that there was, whole, so that the
// same verb brings it back.
func (s *Session) setJoinRule(ctx context.Context, a action.Action) (action.Result, error) {
	if a.State.Type.Type != event.StateJoinRules.Type || a.State.Key != "" {
		return action.Result{}, &action.Failure{Kind: action.Invalid, Err: errors.New("not the state that says who may join")}
	}
	result, err := s.editState(ctx, a.Room, event.StateJoinRules, func(now json.RawMessage) (json.RawMessage, error) {
		if now != nil && same(now, a.State.Content) {
			return nil, errNothingToDo
		}
		return a.State.Content, nil
	})
	if err == nil && result.Was == nil {
		result.Was = json.RawMessage(noJoinRule)
	}
	return result, err
}
