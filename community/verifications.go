package community

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
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

// verifications is how we and others come to know each other's keys.
type verifications struct {
	verifier   Verifier // nil without encryption
	loop       *loop.Loop
	log        zerolog.Logger
	speaker    *speaker
	management *management
	comparing  comparisons
}

// followVerifications hears how verifications go on.
func (v *verifications) follow() {
	if v.verifier == nil {
		return
	}
	v.loop.Later("follow verifications", func(ctx context.Context) {
		for {
			select {
			case n := <-v.verifier.Notices():
				v.loop.Post(func() { v.noticed(n) })
			case <-ctx.Done():
				return
			}
		}
	}, nil)
}

func (v *verifications) noticed(n verify.Notice) {
	if over, ok := n.(verify.Cancelled); ok {
		v.log.Info().Stringer("user", over.User).Str("code", string(over.Code)).Bool("by_them", over.ByThem).Str("reason", over.Reason).Msg("Verification ended")
	}
	t, ok := v.comparing.tell(n)
	if !ok {
		return
	}
	var posted func(id.EventID)
	if t.about != nil {
		posted = func(evt id.EventID) {
			if evt == "" {
				return
			}
			v.comparing[evt] = *t.about
			for _, key := range t.answers {
				v.speaker.speakUp(action.Message{ReplyTo: evt, Reaction: key}, nil)
			}
		}
	}
	v.speaker.speakUp(t.message, posted)
	if t.here != "" {
		v.askHere(t.here)
	}
}

// asks reports whether a message of ours asks about a verification that goes on.
func (v *verifications) asks(message id.EventID) bool {
	_, asks := v.comparing[message]
	return asks
}

// askHere asks a user to verify us in the management room, where others see it too: some
// of their clients show it as if it were for them, and so it is the second way.
func (v *verifications) askHere(user id.UserID) {
	if m, _ := v.management.room.Member(user); m.Membership != event.MembershipJoin {
		return
	}
	failed := func(err error) {
		v.speaker.say("I could not ask "+text.Code(string(user))+" here: "+text.Escape(notStarted(err), text.MostReason)+".", "", nil)
	}
	v.loop.Later("ask a moderator to verify me", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err := v.verifier.Start(ctx, user, v.management.room.ID())
		if err == nil || ctx.Err() != nil {
			return
		}
		v.log.Warn().Err(err).Stringer("user", user).Msg("Verification not started")
		v.loop.Post(func() { failed(err) })
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
func (v *verifications) comparedBy(target id.EventID, key string) bool {
	which, said, ok := v.comparing.heard(target, key)
	if !ok {
		return false
	}
	var do func(context.Context, verify.ID) error
	switch said {
	case saysSame:
		do = v.verifier.Confirm
	case saysDiffers:
		do = v.verifier.Mismatch
	case wantsEmoji:
		do = v.verifier.CompareEmoji
	default:
		return true
	}
	v.loop.Later("go on with a verification", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := do(ctx, which); err != nil && ctx.Err() == nil {
			v.log.Warn().Err(err).Msg("Verification not carried on")
		}
	}, nil)
	return true
}
