package e2ee

import (
	"context"
	"errors"
	"fmt"

	"forseti/matrix/e2ee/verify"

	"maunium.net/go/mautrix/id"
)

// side is who we are to the other side. Our identity counts if we have its keys.
func (m *trust) side() verify.Self {
	self := verify.Self{User: m.client.UserID, Device: m.client.DeviceID, DeviceKey: m.mach.OwnIdentity().SigningKey}
	if keys := m.mach.CrossSigningKeys; keys != nil {
		self.Master = keys.PublicKeys().MasterKey
	}
	return self
}

// keysOf asks the homeserver for a device's key and its owner's identity. What is
// stored may be of before they made one.
func (m *trust) keysOf(ctx context.Context, user id.UserID, device id.DeviceID) (verify.Keys, error) {
	devices, err := m.fetch(ctx, user)
	if err != nil {
		return verify.Keys{}, err
	}
	known := devices[user][device]
	if known == nil || known.Trust == id.TrustStateDeviceKeyMismatch {
		return verify.Keys{}, nil
	}
	identity, err := m.keys.GetCrossSigningKeys(ctx, user)
	if err != nil {
		return verify.Keys{}, err
	}
	return verify.Keys{Device: known.SigningKey, Master: identity[id.XSUsageMaster].Key}, nil
}

var errNotVouched = errors.New("nothing of it can be signed: we have no identity, and the other side proved no device")

// vouch signs what was verified: another user's identity, or a device of our own
// account. A device whose owner's identity does not speak for it, or that we have no
// identity to sign with, is noted as verified here alone.
func (m *trust) vouch(ctx context.Context, v verify.Vouch) error {
	user, able := v.ID.User, m.mach.CrossSigningKeys != nil
	var err error
	switch {
	case user == m.client.UserID && able:
		err = persist(ctx, func() error { return m.signOwn(ctx, v) })
	case v.Master != "" && able:
		err = persist(ctx, func() error { return m.mach.SignUser(ctx, user, v.Master) })
	case v.DeviceKey == "":
		err = errNotVouched
	}
	if err == nil && v.DeviceKey != "" {
		err = m.noteVerified(ctx, v)
	}
	if err != nil {
		return fmt.Errorf("vouch for %s: %w", user, err)
	}
	// Who is verified now may be somebody to send to who was not.
	m.mach.OnDevicesChanged(ctx, user)
	return nil
}

func (m *trust) signOwn(ctx context.Context, v verify.Vouch) error {
	device, err := m.verifiedDevice(ctx, v)
	if err != nil {
		return err
	}
	return m.mach.SignOwnDevice(ctx, device)
}

// noteVerified marks a device that is not trusted by way of its owner's identity.
func (m *trust) noteVerified(ctx context.Context, v verify.Vouch) error {
	device, err := m.verifiedDevice(ctx, v)
	if err != nil {
		return err
	}
	trust, err := m.resolve(ctx, device)
	if err != nil || trust >= id.TrustStateCrossSignedVerified || trust == id.TrustStateBlacklisted {
		return err
	}
	device.Trust = id.TrustStateVerified
	return m.keys.PutDevice(ctx, device.UserID, device)
}

var errOtherKey = errors.New("the device's key is not the one that was verified")

func (m *trust) verifiedDevice(ctx context.Context, v verify.Vouch) (*id.Device, error) {
	device, err := m.keys.GetDevice(ctx, v.ID.User, v.Device)
	if err != nil {
		return nil, err
	}
	if device == nil || device.SigningKey != v.DeviceKey {
		return nil, errOtherKey
	}
	return device, nil
}
