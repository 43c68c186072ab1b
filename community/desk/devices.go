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
