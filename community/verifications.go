package community

import (
	"context"
	"errors"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix/e2ee"
	"forseti/matrix/e2ee/verify"
	"forseti/text"
)

// Verifier compares keys with others as a community needs it. All of it is slow.
type Verifier interface {
	Start(ctx context.Context, user id.UserID, room id.RoomID) (verify.ID, error)
	Confirm(ctx context.Context, which verify.ID) error
	Mismatch(ctx context.Context, which verify.ID) error
	CompareEmoji(ctx context.Context, which verify.ID) error
	Notices() <-chan verify.Notice
}

// followVerifications hears how verifications go on.
func (c *Community) followVerifications() {
	if c.opts.Verifier == nil {
		return
	}
	c.loop.Later("follow verifications", func(ctx context.Context) {
		for {
			select {
			case n := <-c.opts.Verifier.Notices():
				c.loop.Post(func() { c.noticed(n) })
			case <-ctx.Done():
				return
			}
		}
	}, nil)
}

func (c *Community) noticed(n verify.Notice) {
	if over, ok := n.(verify.Cancelled); ok {
		c.log.Info().Stringer("user", over.User).Str("code", string(over.Code)).Bool("by_them", over.ByThem).Str("reason", over.Reason).Msg("Verification ended")
	}
	t, ok := c.comparing.tell(n)
	if !ok {
		return
	}
	var posted func(id.EventID)
	if t.about != nil {
		posted = func(evt id.EventID) {
			if evt == "" {
				return
			}
			c.comparing[evt] = *t.about
			for _, key := range t.answers {
				c.speaker.speakUp(action.Message{ReplyTo: evt, Reaction: key}, nil)
			}
		}
	}
	c.speaker.speakUp(t.message, posted)
	if t.here != "" {
		c.askHere(t.here)
	}
}

// askHere asks a user to verify us in the management room, where others see it too: some
// of their clients show it as if it were for them, and so it is the second way.
func (c *Community) askHere(user id.UserID) {
	if m, _ := c.management.Member(user); m.Membership != event.MembershipJoin {
		return
	}
	failed := func(err error) {
		c.speaker.say("I could not ask "+text.Code(string(user))+" here: "+text.Escape(notStarted(err), text.MostReason)+".", "", nil)
	}
	c.loop.Later("ask a moderator to verify me", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err := c.opts.Verifier.Start(ctx, user, c.opts.ManagementRoom)
		if err == nil || ctx.Err() != nil {
			return
		}
		c.log.Warn().Err(err).Stringer("user", user).Msg("Verification not started")
		c.loop.Post(func() { failed(err) })
	}, failed)
}

// notStarted says why a verification did not begin.
func notStarted(err error) string {
	switch {
	case errors.Is(err, e2ee.ErrNoDevices):
		return "none of their devices takes part in encryption. They log in with a client that encrypts first, such as Element"
	case errors.Is(err, verify.ErrTooMany):
		return "too many verifications go on. They end by themselves within ten minutes"
	case action.FailureOf(err).Kind == action.Broken:
		return explain(action.FailureOf(err))
	default:
		return "the homeserver did not take the request; see my log"
	}
}

// comparedBy carries out a moderator's reaction on a message about a verification.
// False means that it is on another message.
func (c *Community) comparedBy(target id.EventID, key string) bool {
	which, said, ok := c.comparing.heard(target, key)
	if !ok {
		return false
	}
	var do func(context.Context, verify.ID) error
	switch said {
	case saysSame:
		do = c.opts.Verifier.Confirm
	case saysDiffers:
		do = c.opts.Verifier.Mismatch
	case wantsEmoji:
		do = c.opts.Verifier.CompareEmoji
	default:
		return true
	}
	c.loop.Later("go on with a verification", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := do(ctx, which); err != nil && ctx.Err() == nil {
			c.log.Warn().Err(err).Msg("Verification not carried on")
		}
	}, nil)
	return true
}
