package e2ee

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"forseti/matrix/e2ee/verify"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// RoomSender sends an event into a room, encrypted if the room is. Sent again with
// the same transaction it is the same event.
type RoomSender func(ctx context.Context, txn string, room id.RoomID, kind event.Type, content map[string]any) (id.EventID, error)

// ErrNoDevices is a user who has no device that could be verified.
var ErrNoDevices = errors.New("the user has no device that could be asked")

const (
	// taskTimeout is how long one task may take: the others wait for it.
	taskTimeout = 30 * time.Second
	// goodbyeTimeout is how long we take to tell the others that we stop.
	goodbyeTimeout = 3 * time.Second
)

// Run verifies until ctx ends, and then tells whoever is in the middle of it. It
// may be called once at a time; until it is, all else waits.
func (v *Verifier) Run(ctx context.Context, send RoomSender) {
	v.send = send
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case t := <-v.tasks:
			v.taken(t.from)
			err := v.do(ctx, taskTimeout, t.do)
			if t.done != nil {
				t.done <- err
			}
		case <-timer.C:
			_ = v.do(ctx, taskTimeout, func(ctx context.Context) error {
				v.carry(ctx, v.desk.Expire(time.Now()))
				return nil
			})
		case <-ctx.Done():
			_ = v.do(context.WithoutCancel(ctx), goodbyeTimeout, func(ctx context.Context) error {
				v.carry(ctx, v.desk.Close(time.Now()))
				return nil
			})
			return
		}
		if next, ok := v.desk.Next(); ok {
			timer.Reset(time.Until(next))
		}
	}
}

// do does one task. A crash is the end of that alone.
func (v *Verifier) do(ctx context.Context, timeout time.Duration, f func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	v.desk.Self = v.machine.side()
	if crash := v.machine.guarded(nil, func() { err = f(ctx) }); crash != nil {
		v.machine.log.Error().Err(crash).Msg("A verification broke")
		err = crash
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.partners = v.desk.Users()
	return err
}

func (v *Verifier) taken(from id.UserID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.queued[from]--; v.queued[from] <= 0 {
		delete(v.queued, from)
	}
}

func (v *Verifier) start(ctx context.Context, user id.UserID, room id.RoomID) (verify.ID, error) {
	if v.machine.Own().Replaced {
		return verify.ID{}, &IdentityError{IdentityMismatch}
	}
	if err := v.desk.Room(user); err != nil {
		return verify.ID{}, err
	}
	v.mu.Lock()
	v.partners[user] = true // the answer may come before we know that we have asked
	v.mu.Unlock()
	if room != "" {
		asked, err := v.send(ctx, rand.Text(), room, event.EventMessage, v.desk.Request(user))
		if err != nil {
			return verify.ID{}, fmt.Errorf("ask %s in %s to verify: %w", user, room, err)
		}
		return v.desk.Asked(time.Now(), user, room, asked), nil
	}
	devices, err := v.machine.fetch(ctx, user)
	if err != nil {
		return verify.ID{}, fmt.Errorf("devices of %s: %w", user, err)
	}
	others := slices.Sorted(maps.Keys(devices[user]))
	if user == v.machine.client.UserID {
		others = slices.DeleteFunc(others, func(d id.DeviceID) bool { return d == v.machine.client.DeviceID })
	}
	if len(others) == 0 {
		return verify.ID{}, ErrNoDevices
	}
	which, effects, err := v.desk.Ask(time.Now(), user, rand.Text(), others)
	if err != nil {
		return which, err
	}
	v.carry(ctx, effects)
	if !v.desk.Has(which) {
		return which, fmt.Errorf("ask %s to verify: %w", user, errNotSent)
	}
	return which, nil
}

var errNotSent = errors.New("it could not be sent")

// carry does what the desk wants done, and what follows from that.
func (v *Verifier) carry(ctx context.Context, effects []verify.Effect) {
	for len(effects) > 0 {
		effect := effects[0]
		effects = effects[1:]
		now := time.Now()
		switch e := effect.(type) {
		case verify.Send:
			err := v.deliver(ctx, e)
			if err == nil {
				continue
			}
			v.machine.log.Warn().Err(err).Stringer("to", e.To).Str("type", e.Type).Msg("Message of a verification not sent")
			if failed, err := v.desk.Cancel(now, e.ID, "a message could not be sent"); err == nil {
				// What was to follow has no ground any more.
				effects = append(failed, slices.DeleteFunc(effects, func(other verify.Effect) bool { return other.About() == e.ID })...)
			}
		case verify.Lookup:
			keys, err := v.machine.keysOf(ctx, e.ID.User, e.Device)
			if err != nil {
				v.machine.log.Warn().Err(err).Stringer("user", e.ID.User).Msg("Keys for a verification not read")
			}
			effects = append(effects, v.desk.TheirKeys(now, e.ID, keys)...)
		case verify.Vouch:
			err := v.machine.vouch(ctx, e)
			if err != nil {
				v.machine.log.Error().Err(err).Stringer("user", e.ID.User).Msg("Outcome of a verification not signed")
			}
			effects = append(effects, v.desk.Vouched(now, e.ID, err == nil)...)
		case verify.Notice:
			select {
			case v.notices <- e:
			default:
				v.machine.log.Warn().Stringer("user", e.About().User).Msg("Nobody hears how verifications go on")
			}
		}
	}
}

// deliver sends a message, with one transaction for all tries: the other side
// would take a second one for a message out of turn.
func (v *Verifier) deliver(ctx context.Context, s verify.Send) error {
	txn := rand.Text()
	if s.Room != "" {
		return persist(ctx, func() error {
			_, err := v.send(ctx, txn, s.Room, event.Type{Type: s.Type, Class: event.MessageEventType}, s.Content)
			return err
		})
	}
	messages := map[id.DeviceID]any{}
	for _, device := range s.Devices {
		messages[device] = s.Content
	}
	address := v.machine.client.BuildClientURL("v3", "sendToDevice", s.Type, txn)
	req := map[string]any{"messages": map[id.UserID]any{s.To: messages}}
	return persist(ctx, func() error {
		_, err := v.machine.client.MakeRequest(ctx, http.MethodPut, address, req, nil)
		return err
	})
}

// persist tries a few times: people stand in front of both sides.
func persist(ctx context.Context, try func() error) (err error) {
	for wait := time.Second; ; wait *= 2 {
		if err = try(); err == nil || wait > 4*time.Second {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}
