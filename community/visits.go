package community

import (
	"context"
	"errors"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/community/survey"
	"forseti/text"
)

// visits are how commands get into rooms and out of them.
type visits struct {
	self    id.UserID
	loop    *loop.Loop
	actions *actions
	places  *places
	survey  *survey.Survey
}

// join joins a room, unless we are in it.
func (v *visits) join(ctx context.Context, by run, room id.RoomID, via []string) error {
	joined := false
	v.loop.See(func() { joined = v.places.isIn(room) })
	if joined {
		return nil
	}
	_, err := v.actions.try(ctx, by, action.Action{Verb: action.Join, Room: room, Via: via, Cause: action.Cause{Kind: action.ByForseti}})
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	me := text.Code(string(v.self))
	switch f.f.Kind {
	case action.Forbidden, action.Gone:
		return refuse("I cannot join that room. Invite %s there, and try again", me)
	case action.Transient:
		// Dendrite answers so for a room that it does not know, or may not enter.
		return refuse("I cannot join that room: the homeserver does not say why. If %s is not invited there, invite it, and try again", me)
	}
	return err
}

// leave leaves a room that plays no part here.
func (v *visits) leave(ctx context.Context, by run, room id.RoomID) error {
	ours := false
	v.loop.See(func() {
		if ours = v.places.any(room); !ours {
			v.places.left.leave(room, time.Now())
		}
	})
	if ours {
		return nil
	}
	_, err := v.actions.try(ctx, by, action.Action{Verb: action.Leave, Room: room, Cause: action.Cause{Kind: action.ByForseti}})
	if err != nil {
		v.loop.See(func() { delete(v.places.left, room) })
	}
	return err
}

// look reads a room's state and waits for it.
func (v *visits) look(ctx context.Context, room id.RoomID) error {
	done := make(chan error, 1)
	v.loop.See(func() { v.survey.Look(room, func(err error) { done <- err }) })
	select {
	case err := <-done:
		if err != nil {
			f := action.FailureOf(err)
			return &failure{f, "It is noted, and I cannot read the room yet: " + explain(f)}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
