package matrix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"forseti/action"
	"forseti/matrix/e2ee"
	"forseti/worker"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Encryption says how the session's device encrypts.
type Encryption struct {
	DB        *dbutil.Database // that of the store
	Key       []byte           // what keys are encrypted with in it
	SendTo    e2ee.Trust
	Moderator func(id.UserID) bool // as in e2ee.Options
	ShareKeys bool                 // as in e2ee.Options
}

// Encrypt opens the encryption of this device. It must be called before Run, if
// at all; without it encrypted messages stay as they come.
func (s *Session) Encrypt(ctx context.Context, o Encryption) (*e2ee.Machine, error) {
	client, err := s.spacious()
	if err != nil {
		return nil, err
	}
	machine, err := e2ee.Open(ctx, e2ee.Options{
		Client: client, DB: o.DB, Key: o.Key, Log: s.log, SendTo: o.SendTo, Moderator: o.Moderator, ShareKeys: o.ShareKeys,
	})
	if err != nil {
		return nil, err
	}
	s.crypto, s.sendTo = machine, o.SendTo
	return machine, nil
}

// CheckRecovery reports whether a recovery key or passphrase opens the secret storage
// of the account. Its errors are those of [e2ee.CheckRecovery].
func (s *Session) CheckRecovery(ctx context.Context, recoveryKeyOrPassphrase string) error {
	client, err := s.spacious()
	if err != nil {
		return err
	}
	return e2ee.CheckRecovery(ctx, client, recoveryKeyOrPassphrase)
}

// Survey is what the homeserver says of the account's encryption.
func (s *Session) Survey(ctx context.Context) (e2ee.Survey, error) {
	client, err := s.spacious()
	if err != nil {
		return e2ee.Survey{}, err
	}
	return e2ee.SurveyOf(ctx, client)
}

// maxSecrets bounds an answer about encryption: a room of thousands has as many
// members, with three devices each.
const maxSecrets = 64 << 20

// spacious is the session's client with room for such answers.
func (s *Session) spacious() (*mautrix.Client, error) {
	client, err := mautrix.NewClient(s.client.HomeserverURL.String(), s.client.UserID, s.client.AccessToken)
	if err != nil {
		return nil, err
	}
	client.DeviceID, client.Client, client.Log, client.UserAgent = s.client.DeviceID, s.client.Client, s.client.Log, s.client.UserAgent
	client.SpecVersions, client.ResponseSizeLimit = s.client.SpecVersions, maxSecrets
	return client, nil
}

// refreshTime is how long a batch with secrets waits for news of the devices that
// sent them. Without it they are judged by what was known before.
const refreshTime = 3 * time.Second

// decipher takes in what a batch brought for encryption, and puts what its
// encrypted messages say in their place. One that cannot be read stays as it came,
// of type m.room.encrypted, and comes again in a later batch's Late once it can.
func (s *Session) decipher(ctx context.Context, r *response, b *Batch) error {
	if s.crypto == nil {
		return nil
	}
	toDevice, dropped := decodeAll("", r.ToDevice.Events)
	b.Dropped += dropped
	err := s.crypto.Receive(ctx, e2ee.Incoming{ToDevice: toDevice, Changed: r.DeviceLists.Changed, OneTimeKeys: r.OneTimeKeys.Signed})
	if err != nil {
		return err
	}
	err = eachRoom(&s.log, b, func(room *RoomBatch) error {
		switch room.Membership {
		case event.MembershipInvite:
			return s.crypto.TakeInvite(ctx, room.Room, room.State)
		case event.MembershipJoin:
			if err := s.crypto.TakeState(ctx, room.Room, room.State, room.whole); err != nil || !b.Initial {
				return err
			}
			return s.crypto.ForgetMembers(ctx, room.Room) // there may be others by now
		default:
			return nil
		}
	})
	if err != nil {
		return err
	}
	if b.encrypted() {
		refreshing, cancel := context.WithTimeout(ctx, refreshTime)
		if err := s.crypto.Refresh(refreshing); err != nil {
			s.log.Warn().Err(err).Msg("Messages are judged by what was known of their devices")
		}
		cancel()
	}
	err = eachRoom(&s.log, b, func(room *RoomBatch) error { return s.decipherRoom(ctx, room, b.Arrived) })
	if err != nil {
		return err
	}
	b.Late, err = s.crypto.Late(ctx, !s.lookedAtParked)
	s.lookedAtParked = true
	s.offerToVerifier(b)
	return err
}

// State returns the whole present state of a room, and takes in whether it is encrypted.
func (s *Session) State(ctx context.Context, room id.RoomID) ([]*event.Event, error) {
	state, err := s.caller.State(ctx, room)
	if err != nil || s.crypto == nil {
		return state, err
	}
	if err := s.crypto.NoteEncrypted(ctx, room, state); err != nil {
		return nil, wrap(err, "state of "+string(room))
	}
	return state, nil
}

// eachRoom runs f for each room of a batch. One over which it breaks does not keep the
// others from being read.
func eachRoom(log *zerolog.Logger, b *Batch, f func(room *RoomBatch) error) error {
	for i := range b.Rooms {
		err := worker.Try(func() error { return f(&b.Rooms[i]) })
		if p, ok := errors.AsType[*worker.Panic](err); ok {
			broke(log, &b.Rooms[i], p)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// encrypted reports whether there is anything to read.
func (b *Batch) encrypted() bool {
	for _, room := range b.Rooms {
		for _, evt := range room.Timeline {
			if evt.Type.Type == event.EventEncrypted.Type {
				return true
			}
		}
	}
	return false
}

func (s *Session) decipherRoom(ctx context.Context, room *RoomBatch, arrived time.Time) error {
	for i, evt := range room.Timeline {
		if evt.Type.Type == event.EventRedaction.Type && evt.StateKey == nil {
			if err := s.crypto.TakeRedaction(ctx, room.Room, evt); err != nil {
				return err
			}
		}
		if evt.Type.Type != event.EventEncrypted.Type || evt.StateKey != nil || evt.Unsigned.RedactedBecause != nil {
			continue
		}
		clear, err := s.crypto.Decrypt(ctx, evt)
		_, withheld := errors.AsType[*e2ee.WithheldError](err)
		switch {
		case err == nil:
			room.Timeline[i] = clear
		case withheld, errors.Is(err, e2ee.ErrNoKey):
			if err := s.crypto.Park(ctx, evt, arrived); err != nil {
				return err
			}
		case errors.Is(err, e2ee.ErrNotReadable):
			s.log.Debug().Err(err).Stringer("event", evt.ID).Msg("Message cannot be read")
		default:
			return fmt.Errorf("read %s: %w", evt.ID, err)
		}
	}
	return nil
}

// settleLate forgets late messages that were handled.
func (s *Session) settleLate(ctx context.Context, b *Batch) error {
	for _, evt := range b.Late {
		if err := s.crypto.Unpark(ctx, evt.RoomID, evt.ID); err != nil {
			return err
		}
	}
	return nil
}

// errWoken ends a poll because messages have become readable meanwhile.
var errWoken = errors.New("woken")

// wakeable returns a context that ends with errWoken when there is something to
// read, and a function that ends the waiting for that.
func (s *Session) wakeable(ctx context.Context) (context.Context, func()) {
	if s.crypto == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var waiter worker.Group
	waiter.Go(func() {
		select {
		case <-s.crypto.Wake():
			cancel(errWoken)
		case <-ctx.Done():
		}
	}, func(p *worker.Panic) { cancel(p) })
	return ctx, func() { cancel(nil); waiter.Wait() }
}

// say posts a message, encrypted if its room is. Reactions never are.
func (s *Session) say(ctx context.Context, a action.Action) (action.Result, error) {
	kind, content := compose(*a.Message)
	if a.Message.Clear {
		return sent(s.postClear(ctx, a.ID, a.Room, kind, content))
	}
	if a.Message.File != nil {
		if err := s.attach(ctx, a.Room, a.Message.File, content); err != nil {
			return action.Result{}, err
		}
	}
	result, err := sent(s.post(ctx, a.ID, a.Room, kind, content))
	// https://spec.matrix.org/v1.16/client-server-api/#avoiding-duplicate-annotations
	if a.Message.Reaction != "" && errors.Is(err, mautrix.RespError{ErrCode: "M_DUPLICATE_ANNOTATION"}) {
		return result, nil // it stands there already
	}
	return result, err
}

// post sends an event, encrypted if its room is.
func (s *Session) post(ctx context.Context, txn string, room id.RoomID, kind event.Type, content any) (*mautrix.RespSendEvent, error) {
	if s.crypto == nil || kind == event.EventReaction || !s.crypto.Encrypted(room) {
		return s.postClear(ctx, txn, room, kind, content)
	}
	encrypted, err := s.crypto.Encrypt(ctx, room, kind, content)
	if _, replaced := errors.AsType[*e2ee.IdentityError](err); replaced {
		return nil, &action.Failure{Kind: action.Invalid, Err: err} // waiting would not help
	}
	if err != nil {
		return nil, err
	}
	return s.postClear(ctx, txn, room, event.EventEncrypted, encrypted)
}

func (s *Session) postClear(ctx context.Context, txn string, room id.RoomID, kind event.Type, content any) (*mautrix.RespSendEvent, error) {
	s.ours.begin(txn, time.Now())
	resp, err := s.client.SendMessageEvent(ctx, room, kind, content, mautrix.ReqSendEvent{TransactionID: txn, DontEncrypt: true})
	if err == nil {
		s.ours.answered(txn, resp.EventID)
	}
	return resp, err
}
