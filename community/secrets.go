package community

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/account"
	"forseti/community/report"
	"forseti/matrix/e2ee"
	"forseti/store"
)

// Secrets is the encryption of the bot's device as a community needs it. All of
// it is slow.
type Secrets interface {
	// Unread counts the messages whose key has not come, by room.
	Unread(ctx context.Context) (map[id.RoomID]int, error)
	// Withheld counts those of them whose senders keep the keys from us, by room and
	// reason, in words.
	Withheld(ctx context.Context) (map[id.RoomID]map[string]int, error)
	// Decrypt reads an encrypted message.
	Decrypt(ctx context.Context, evt *event.Event) (*event.Event, error)
	Devices(ctx context.Context, user id.UserID) ([]e2ee.Device, error)
	Block(ctx context.Context, user id.UserID, device id.DeviceID) error
	Unblock(ctx context.Context, user id.UserID, device id.DeviceID) error
	BackupStatus(ctx context.Context) (e2ee.Backup, error)
	// Own is how our identity stands, which asks nobody; OwnNews is sent to when that, or
	// the devices of the account, may have changed.
	Own() e2ee.Own
	OwnNews() <-chan struct{}
	// TeamNews is sent to when devices or identities of moderators may have changed.
	TeamNews() <-chan struct{}
}

// freshCommand is how old a command may be whose key came late. Nobody expects a
// ban of last week to happen now.
const freshCommand = 5 * time.Minute

// takeLate takes in messages that came before and could not be read then.
func (c *Community) takeLate(late []*event.Event, at time.Time, out *store.Commit) {
	for _, evt := range late {
		r, ours := c.places.roles(evt.RoomID)
		if !ours {
			continue
		}
		c.surveying.isolated(evt.RoomID, func() {
			if r.management && at.Sub(evt.Mautrix.ReceivedAt) <= freshCommand {
				c.hearing.messages.takeWord(evt, out)
			} else if r.protected != nil && at.Sub(evt.Mautrix.ReceivedAt) <= freshCommand {
				c.hearing.onSite.take(evt, out)
			}
			if r.protected != nil {
				c.takeConsequences(evt, c.protectors.said(evt, evt.Mautrix.ReceivedAt, true, true), out)
				c.jobs.runner.Active(evt.RoomID, at)
			}
		})
	}
}

// secrecy is what we think of what is said in the management room, and whether we may
// speak there.
type secrecy struct {
	log        zerolog.Logger
	management *base
	trust      e2ee.Trust
	encrypts   bool        // we can
	replaced   func() bool // whether our identity is not ours any more
	speaker    *speaker
	refusals   map[refusalKey]time.Time // when somebody was told that we do not obey
}

// mute reports whether we must not speak: a room that is encrypted, when we cannot.
func (s *secrecy) mute() bool {
	return s.management.Encrypted() && (!s.encrypts || s.replaced())
}

// doubts judges a command. In a clear room the homeserver's word is all there is.
func (s *secrecy) doubts(evt *event.Event) e2ee.Doubt {
	if !s.management.Encrypted() {
		return e2ee.NoDoubt
	}
	if s.replaced() {
		return e2ee.Replaced
	}
	return s.trust.Doubts(evt)
}

// maxRefusals bounds whom we remember to have told that we do not obey.
const maxRefusals = 1000

// refuseOrder says why a command is not obeyed and how to mend it, once a minute
// to each sender and reason.
func (s *secrecy) refuseOrder(evt *event.Event, doubt e2ee.Doubt, at time.Time) {
	s.refuse(evt, doubt, "I do not obey this: "+doubtText(doubt), at)
}

func (s *secrecy) refuse(evt *event.Event, doubt e2ee.Doubt, said string, at time.Time) {
	key := refusalKey{evt.Sender, doubt}
	if at.Sub(s.refusals[key]) < time.Minute {
		return
	}
	if len(s.refusals) >= maxRefusals {
		clear(s.refusals)
	}
	s.refusals[key] = at
	s.log.Warn().Stringer("sender", evt.Sender).Stringer("event", evt.ID).Str("doubt", string(doubt)).Msg("Command not obeyed")
	s.speaker.speakUp(action.Message{Markdown: said, ReplyTo: evt.ID, Clear: doubt == e2ee.Replaced}, nil)
}

type refusalKey struct {
	user  id.UserID
	doubt e2ee.Doubt
}

func doubtText(d e2ee.Doubt) string {
	switch d {
	case e2ee.Replaced:
		return account.Refusal
	case e2ee.Clear:
		return "it came unencrypted, and this room is encrypted. So the homeserver, or anybody who has your access token, could have written it. Write it with a client that encrypts."
	case e2ee.Forwarded:
		return "I have its key by way of somebody else, so I cannot know that you wrote it. Write it again; a new message brings its own key."
	case e2ee.Unsigned:
		return "your device is not verified, so anybody who has your password or access token could have written it. In the settings of your client, verify this device, by another of your devices or with your recovery key; or set up encryption there, if you never did."
	case e2ee.Blocked:
		return "a moderator blocked the device that it came from. `!forseti devices unblock`, from another device, undoes that."
	case e2ee.NewIdentity:
		return "your cryptographic identity is another than the one I know. Did you reset it? Then verify with me: `!forseti verify` from a device I know, or start a verification with me in your client."
	case e2ee.Unverified:
		return "nobody has verified you with me yet, and I am set to obey only whom I have verified. In your client, start a verification with me, or ask a moderator who is verified to write `!forseti verify` with your name."
	default:
		return "I do not know the device that it came from, or it is not the one it claims to be. Write it once more; if that does not help, log your client out and in again."
	}
}

// checkSecrecy tells, once, if the management room could be encrypted and is not.
func (s *secrecy) checkSecrecy() {
	switch {
	case !s.encrypts || !s.management.loaded:
	case s.management.Encrypted():
		s.speaker.report.Problems.Solved(report.Key{Kind: report.Clear})
	default:
		s.speaker.problem(report.Key{Kind: report.Clear}, "This room is not encrypted: the homeserver and its admins can read along and write commands in your name. `!forseti encrypt` encrypts it, for good.")
	}
}
