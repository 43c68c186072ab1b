package desk

import (
	"context"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/matrix/e2ee"
)

// NoEncryption is why there is nothing to verify or to show.
const NoEncryption = Sentence("I take no part in encryption. Whoever runs me can change that: encryption.key is not set in my configuration")

// Devices is the desk for verification and devices.
type Devices struct {
	Self id.UserID
	// Known is nil without encryption.
	Known interface {
		Devices(ctx context.Context, user id.UserID) ([]e2ee.Device, error)
	}
	// Others are the logins of our account besides this one, and Ends tells whether we have what it takes to end them.
	Others func(ctx context.Context) ([]commands.Device, error)
	Ends   func() bool
	// Here tells whether a user is in the management room.
	Here func(user id.UserID) bool
	// Unread is told what goes wrong, for the log.
	Unread func(user id.UserID, err error)
}

var _ commands.DeviceDesk = Devices{}

// MayVerify says why a user cannot be verified.
func (d Devices) MayVerify(user id.UserID) error {
	switch {
	case d.Known == nil:
		return NoEncryption
	case user == d.Self:
		return refuse("That is me. My own devices are verified with my recovery key, by `forseti restore`")
	case !d.Here(user):
		return refuse("They are not in this room, and I verify moderators only")
	}
	return nil
}

// Devices lists a user's devices.
func (d Devices) Devices(ctx context.Context, user id.UserID) (all []commands.Device, err error) {
	if d.Known == nil {
		return nil, NoEncryption
	}
	found, err := d.Known.Devices(ctx, user)
	if err != nil {
		d.Unread(user, err)
		return nil, refuse("Their devices cannot be read now; my log says more")
	}
	for _, one := range found {
		all = append(all, commands.Device{ID: one.ID, Name: one.Name, Fingerprint: one.Fingerprint, Standing: string(one.Standing), This: one.This})
	}
	return all, nil
}

// Logins are the logins of our account besides this one.
func (d Devices) Logins(ctx context.Context) (others []commands.Device, err error) {
	if others, err = d.Others(ctx); err != nil {
		d.Unread(d.Self, err)
		return nil, refuse("The logins of my account cannot be read now; my log says more")
	}
	return others, nil
}

// MayEnd says why other logins of ours cannot be ended.
func (d Devices) MayEnd() error {
	if !d.Ends() {
		return refuse("My homeserver wants my account's password for that, and I was given none. Log it out in a client that is logged in as me, or run `forseti restore --log-out-old` where I run; and change the password")
	}
	return nil
}
