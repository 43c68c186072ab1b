package community

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/matrix/e2ee"
	"forseti/text"
)

// encryptionChanges are what commands change of whom we trust and of what is encrypted.
type encryptionChanges struct {
	loop       *loop.Loop
	log        zerolog.Logger
	actions    *actions
	management *management
	secrets    Secrets  // nil without encryption
	verifier   Verifier // likewise
}

func (e *encryptionChanges) change(ctx context.Context, by run, c commands.Change) error {
	switch c.Kind {
	case commands.Verify:
		return e.verify(ctx, c.User)
	case commands.Encrypt:
		return e.encrypt(ctx, by)
	default:
		return e.block(ctx, c)
	}
}

// verify asks a member of the management room to verify us: their devices first, which
// nobody else sees, and in the room if none of them takes it up.
func (e *encryptionChanges) verify(ctx context.Context, user id.UserID) error {
	if _, err := e.verifier.Start(ctx, user, ""); err != nil {
		e.log.Warn().Err(err).Stringer("user", user).Msg("Verification not started")
		return refuse("I could not start it: %s", notStarted(err))
	}
	return nil
}

// block keeps what we say from a device, or ends that.
func (e *encryptionChanges) block(ctx context.Context, c commands.Change) error {
	mark := e.secrets.Unblock
	if c.Kind == commands.BlockDevice {
		mark = e.secrets.Block
	}
	err := mark(ctx, c.User, c.Device)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, e2ee.ErrOwnDevice):
		return refuse("That is the device I am, and without it I could not hear you")
	default:
		e.log.Warn().Err(err).Msg("Device not marked")
		return refuse("That cannot be noted now; my log says more")
	}
}

// encrypt turns on the encryption of the management room, for good.
func (e *encryptionChanges) encrypt(ctx context.Context, by run) error {
	encrypted := false
	e.loop.See(func() { encrypted = e.management.room.Encrypted() })
	if encrypted {
		return nil
	}
	_, err := e.actions.try(ctx, by, action.Action{
		Verb: action.SetState, Room: e.management.room.ID(), Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: event.StateEncryption, Content: []byte(`{"algorithm":"m.megolm.v1.aes-sha2"}`)},
	})
	return err
}

// keys is how we stand with the keys of what is encrypted.
type keys struct {
	loop    *loop.Loop
	log     zerolog.Logger
	places  *places
	secrets Secrets // nil without encryption
}

// unread counts what cannot be read, in rooms that matter here.
func (k *keys) unread() (lines []string) {
	if k.secrets == nil {
		return nil
	}
	count, err := k.secrets.Unread(k.loop.Context())
	var withheld map[id.RoomID]map[string]int
	if err == nil {
		withheld, err = k.secrets.Withheld(k.loop.Context())
	}
	if err != nil {
		k.log.Err(err).Msg("Unread messages not counted")
		return []string{"Which messages I cannot read is not known; see the log"}
	}
	k.loop.See(func() {
		for room, n := range count {
			where := "this room"
			switch r, ours := k.places.roles(room); {
			case !ours:
				continue
			case !r.management:
				where = k.places.names.Room(room)
			}
			lines = append(lines, fmt.Sprintf("%s in %s", messagesText(n), where)+withheldText(withheld[room], n))
		}
	})
	return lines
}

// withheldText says why senders keep the keys of some of so many messages from us.
func withheldText(reasons map[string]int, of int) (text string) {
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		if reasons[why] == of {
			return "; the sender keeps the key from me: " + why
		}
		text += fmt.Sprintf("; of %s the sender keeps the key from me: %s", messagesText(reasons[why]), why)
	}
	return text
}

func messagesText(n int) string { return text.Count(n, "message") }

// backup says how the backup of keys stands.
func (k *keys) backup() string {
	if k.secrets == nil {
		return ""
	}
	b, err := k.secrets.BackupStatus(k.loop.Context())
	switch {
	case err != nil:
		k.log.Err(err).Msg("Backup not read")
		return "How the backup of my keys stands is not known; see the log"
	case b.Err != nil:
		return "My keys are not backed up: " + b.Err.Error()
	case b.Version == "":
		return "The backup of my keys has not begun yet"
	default:
		return fmt.Sprintf("My keys are backed up: %d saved, %d to go", b.Saved, b.Waiting)
	}
}
