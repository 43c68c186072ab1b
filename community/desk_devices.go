package community

import (
	"context"
	"errors"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/matrix/e2ee"
)

var errNoEncryption = refusal("I take no part in encryption: encryption.key is not set in my configuration")

// Verify asks a member of the management room to verify us: their devices first, which
// nobody else sees, and in the room if none of them takes it up.
func (k *desk) Verify(ctx context.Context, user id.UserID) error {
	if k.c.opts.Verifier == nil {
		return errNoEncryption
	}
	member := false
	k.see(func() {
		m, _ := k.c.management.Member(user)
		member = m.Membership == event.MembershipJoin
	})
	switch {
	case user == k.c.self:
		return errors.New("that is me. My own devices are verified with my recovery key, by `forseti restore`")
	case !member:
		return errors.New("they are not in this room, and I verify moderators only")
	}
	if _, err := k.c.opts.Verifier.Start(ctx, user, ""); err != nil {
		k.c.log.Warn().Err(err).Stringer("user", user).Msg("Verification not started")
		return errors.New("I could not start it: " + notStarted(err))
	}
	return nil
}

// Devices lists a user's devices.
func (k *desk) Devices(ctx context.Context, user id.UserID) (all []commands.Device, err error) {
	if k.c.opts.Secrets == nil {
		return nil, errNoEncryption
	}
	found, err := k.c.opts.Secrets.Devices(ctx, user)
	if err != nil {
		k.c.log.Warn().Err(err).Stringer("user", user).Msg("Devices not read")
		return nil, errors.New("their devices cannot be read now; see my log")
	}
	for _, d := range found {
		all = append(all, commands.Device{ID: d.ID, Name: d.Name, Fingerprint: d.Fingerprint, Standing: string(d.Standing), This: d.This})
	}
	return all, nil
}

// Block keeps what we say from a device, or ends that.
func (k *desk) Block(ctx context.Context, user id.UserID, device id.DeviceID, on bool) error {
	if k.c.opts.Secrets == nil {
		return errNoEncryption
	}
	mark := k.c.opts.Secrets.Unblock
	if on {
		mark = k.c.opts.Secrets.Block
	}
	err := mark(ctx, user, device)
	switch {
	case errors.Is(err, e2ee.ErrOwnDevice):
		return errors.New("that is the device I am, and without it I could not hear you")
	case errors.Is(err, e2ee.ErrNoDevice):
		return errors.New("they have no such device. `!forseti devices` with their name lists those they have")
	case err != nil:
		k.c.log.Warn().Err(err).Msg("Device not marked")
		return errors.New("that cannot be noted now; see my log")
	}
	return nil
}
