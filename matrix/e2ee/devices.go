package e2ee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Standing is how far a device can be trusted, in the words of moderators.
type Standing string

// The standings.
const (
	StandsVerified    Standing = "verified"     // somebody here compared keys with its owner
	StandsCrossSigned Standing = "cross-signed" // its owner vouches for it
	StandsNewIdentity Standing = "new identity" // its owner vouches for it, but is not the one we first saw
	StandsUnverified  Standing = "unverified"
	StandsBlocked     Standing = "blocked" // by a moderator; it gets nothing that we send
)

// Device is one of a user's.
type Device struct {
	ID   id.DeviceID
	Name string // in its owner's words, "" if it has none
	// Fingerprint is its signing key in groups of four letters.
	Fingerprint string
	Standing    Standing
	This        bool // it is the bot's own
}

// ErrNoDevice is a device that its user does not have.
var ErrNoDevice = errors.New("the user has no such device")

// ErrOwnDevice is the bot's own device, which cannot be blocked.
var ErrOwnDevice = errors.New("that is the bot's own device")

// trust judges the devices of others, and vouches for them.
type trust struct {
	*base
	news chan struct{} // moderators' devices or identities may have changed; holds one token
}

// TeamNews is sent to when the devices or the identity of a moderator may have changed. One
// follows it.
func (m *trust) TeamNews() <-chan struct{} { return m.news }

// Devices lists a user's devices, by ID. It asks the homeserver.
func (m *trust) Devices(ctx context.Context, user id.UserID) ([]Device, error) {
	found, err := m.fetch(ctx, user)
	if err != nil {
		return nil, fmt.Errorf("devices of %s: %w", user, err)
	}
	devices := make([]Device, 0, len(found[user]))
	for _, device := range found[user] {
		trust, err := m.resolve(ctx, device)
		if err != nil {
			return nil, fmt.Errorf("devices of %s: %w", user, err)
		}
		name := device.Name
		if name == string(device.DeviceID) {
			name = "" // so the library calls what has none
		}
		devices = append(devices, Device{
			ID: device.DeviceID, Name: name, Fingerprint: device.Fingerprint(), Standing: standing(trust),
			This: user == m.client.UserID && device.DeviceID == m.client.DeviceID,
		})
	}
	slices.SortFunc(devices, func(a, b Device) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return devices, nil
}

func standing(trust id.TrustState) Standing {
	switch {
	case trust == id.TrustStateBlacklisted:
		return StandsBlocked
	case trust >= id.TrustStateCrossSignedVerified:
		return StandsVerified
	case trust >= id.TrustStateCrossSignedTOFU:
		return StandsCrossSigned
	case trust == id.TrustStateCrossSignedUntrusted:
		return StandsNewIdentity
	default:
		return StandsUnverified
	}
}

// Block keeps all that we send from a device, from the next message on, and lets no
// command count that comes from it.
func (m *trust) Block(ctx context.Context, user id.UserID, device id.DeviceID) error {
	return m.mark(ctx, user, device, id.TrustStateBlacklisted)
}

// Unblock undoes Block. A device that was verified for itself, and not by way of its
// owner's identity, has to be verified again.
func (m *trust) Unblock(ctx context.Context, user id.UserID, device id.DeviceID) error {
	return m.mark(ctx, user, device, id.TrustStateUnset)
}

func (m *trust) mark(ctx context.Context, user id.UserID, device id.DeviceID, trust id.TrustState) error {
	if user == m.client.UserID && device == m.client.DeviceID {
		return ErrOwnDevice
	}
	var known *id.Device
	err := m.asking(ctx, func() (err error) {
		known, err = m.mach.GetOrFetchDevice(ctx, user, device)
		return err
	}, user)
	if err != nil {
		return fmt.Errorf("device %s of %s: %w", device, user, errors.Join(ErrNoDevice, err))
	}
	if trust == id.TrustStateUnset && known.Trust != id.TrustStateBlacklisted {
		return nil
	}
	known.Trust = trust
	if err := m.keys.PutDevice(ctx, user, known); err != nil {
		return fmt.Errorf("device %s of %s: %w", device, user, err)
	}
	m.mach.OnDevicesChanged(ctx, user)
	return nil
}
