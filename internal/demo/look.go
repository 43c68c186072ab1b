package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
)

// until waits for an effect. What it saw last is its error.
func until(ctx context.Context, effect func() error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var err error
	for {
		seen := effect()
		if seen == nil {
			return nil
		}
		if err == nil || ctx.Err() == nil { // else it may be about that
			err = seen
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("expected otherwise: %w", err)
		}
	}
}

// membership is what a room says of a user.
func (s *stage) membership(ctx context.Context, room id.RoomID, user id.UserID) event.Membership {
	var content struct {
		Membership event.Membership `json:"membership"`
	}
	if err := s.moderator.StateEvent(ctx, room, event.StateMember, string(user), &content); err != nil {
		return "unknown"
	}
	return content.Membership
}

// everywhere waits until a user has a membership in every protected room.
func (s *stage) everywhere(ctx context.Context, user id.UserID, want event.Membership) error {
	return until(ctx, func() error {
		for _, room := range s.rooms {
			if got := s.membership(ctx, room, user); got != want {
				return fmt.Errorf("in %s %s has the membership %q and not %q", room, user, got, want)
			}
		}
		return nil
	})
}

// shutOut waits until every room's ACL keeps a server out, and our own not.
func (s *stage) shutOut(ctx context.Context, server string) error {
	return until(ctx, func() error {
		for _, room := range s.rooms {
			raw, err := s.acl(ctx, room)
			switch {
			case err != nil:
				return err
			case raw.Allows(server):
				return fmt.Errorf("the ACL of %s lets %s in", room, server)
			case !raw.Allows(s.server.Name):
				return fmt.Errorf("the ACL of %s shuts out our own server", room)
			}
		}
		return nil
	})
}

func (s *stage) acl(ctx context.Context, room id.RoomID) (acl.ACL, error) {
	var content map[string]any
	err := s.moderator.StateEvent(ctx, room, event.StateServerACL, "", &content)
	if errors.Is(err, mautrix.MNotFound) {
		return acl.Parse(nil), nil
	}
	if err != nil {
		return acl.ACL{}, err
	}
	raw, err := encode(content)
	return acl.Parse(raw), err
}

// gone waits until every message is redacted.
func (s *stage) gone(ctx context.Context, room id.RoomID, sent []id.EventID) error {
	return until(ctx, func() error {
		page, err := s.moderator.Messages(ctx, room, "", "", mautrix.DirectionBackward, nil, 200)
		if err != nil {
			return err
		}
		left := 0
		for _, evt := range page.Chunk {
			if slices.Contains(sent, evt.ID) && evt.Unsigned.RedactedBecause == nil {
				left++
			}
		}
		if left > 0 {
			return fmt.Errorf("%d of %d messages remain", left, len(sent))
		}
		return nil
	})
}

// heard is what the bot said to the moderators, oldest first.
func (s *stage) heard(context.Context) []string {
	var said []string
	for _, evt := range s.said() {
		body, _ := evt.Content.Raw["body"].(string)
		said = append(said, body)
	}
	return said
}

// said is every message of the bot that the moderator's client could read.
func (s *stage) said() []*event.Event {
	if s.secret == nil {
		return nil
	}
	return slices.DeleteFunc(s.secret.Events(), func(evt *event.Event) bool {
		return evt.Sender != s.account.UserID || evt.RoomID != s.management || evt.Type.Type != event.EventMessage.Type
	})
}

// inClear are the messages of the management room that are not encrypted.
func (s *stage) inClear(ctx context.Context) (clear, secret int, err error) {
	page, err := s.moderator.Messages(ctx, s.management, "", "", mautrix.DirectionBackward, nil, 500)
	if err != nil {
		return 0, 0, err
	}
	for _, evt := range page.Chunk {
		switch evt.Type.Type {
		case event.EventMessage.Type:
			clear++
		case event.EventEncrypted.Type:
			secret++
		}
	}
	return clear, secret, nil
}
