package e2ee

import (
	"context"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// takeKeyRequest answers who may ask for a room's key, and nobody else: to look up
// a stranger's device is work that strangers could make us do.
func (m *Machine) takeKeyRequest(ctx context.Context, evt *event.Event) {
	var content event.RoomKeyRequestEventContent
	if !m.mayAsk(evt.Sender) || !parse(evt, &content) {
		return
	}
	m.mach.HandleRoomKeyRequest(ctx, evt.Sender, &content)
}

func (m *Machine) mayAsk(user id.UserID) bool {
	return user == m.client.UserID || m.opts.Moderator != nil && m.opts.Moderator(user)
}

// allowKeyShare decides about one request: only verified devices get a key.
func (m *Machine) allowKeyShare(ctx context.Context, device *id.Device, _ event.RequestedKeyInfo) *crypto.KeyShareRejection {
	trust, err := m.mach.ResolveTrustContext(ctx, device)
	switch {
	case err != nil:
		return &crypto.KeyShareRejectNoResponse
	case device.UserID == m.client.UserID && device.DeviceID == m.client.DeviceID:
		return &crypto.KeyShareRejectNoResponse
	case trust < id.TrustStateCrossSignedVerified:
		return &crypto.KeyShareRejectUnverified
	default:
		return nil
	}
}
