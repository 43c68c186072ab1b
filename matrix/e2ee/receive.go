package e2ee

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Incoming is what one /sync brought for encryption.
type Incoming struct {
	ToDevice []*event.Event // decoded without typed content, RoomID is empty
	Changed  []id.UserID    // users whose devices changed
	// OneTimeKeys is how many of our signed one-time keys the homeserver has left.
	// Nil means that it did not say.
	OneTimeKeys *int
}

// maxToDevice is how many events a batch may bring. What comes beyond is dropped:
// whoever floods us keeps nobody else waiting.
const maxToDevice = 5000

// Receive takes in one batch, once or again after a crash. Nothing that a stranger
// sends makes it fail; its error is of our own database.
func (m *Machine) Receive(ctx context.Context, in Incoming) error {
	if len(in.Changed) > 0 {
		if err := m.keys.MarkTrackedUsersOutdated(ctx, in.Changed); err != nil {
			return fmt.Errorf("encryption: note changed devices: %w", err)
		}
		m.mu.Lock()
		m.outdated = true
		m.mu.Unlock()
		if slices.Contains(in.Changed, m.client.UserID) {
			poke(m.ownIdentity.changed)
		}
		if slices.ContainsFunc(in.Changed, m.isModerator) {
			poke(m.trust.news)
		}
	}
	if dropped := len(in.ToDevice) - maxToDevice; dropped > 0 {
		m.log.Warn().Int("dropped", dropped).Msg("Flooded with messages to this device")
		in.ToDevice = in.ToDevice[:maxToDevice]
	}
	for _, evt := range in.ToDevice {
		if err := m.guarded(evt, func() { m.toDevice(ctx, evt) }); err != nil {
			m.log.Error().Err(err).Str("type", evt.Type.Type).Stringer("sender", evt.Sender).Msg("Message to this device not handled")
		}
	}
	if in.OneTimeKeys != nil {
		err := m.beside(ctx, func() error {
			m.mach.HandleOTKCounts(ctx, &mautrix.OTKCount{SignedCurve25519: *in.OneTimeKeys})
			return nil
		})
		if err != nil {
			return err
		}
	}
	m.mach.MarkOlmHashSavePoint(ctx)
	select {
	case <-m.wake: // whoever called looks next anyway
	default:
	}
	return ctx.Err()
}

func (m *Machine) toDevice(ctx context.Context, evt *event.Event) {
	ctx = m.log.WithContext(ctx)
	typed := *evt
	typed.Type.Class = event.ToDeviceEventType
	switch evt.Type.Type {
	case event.ToDeviceEncrypted.Type:
		if parse(&typed, &event.EncryptedEventContent{}) {
			var clear *crypto.DecryptedOlmEvent
			err := m.beside(ctx, func() error {
				clear = m.mach.HandleEncryptedEvent(context.WithValue(ctx, carrier{}, &typed), &typed)
				return nil
			})
			if err != nil {
				m.log.Warn().Err(err).Msg("Message to this device not handled")
			}
			m.takeOther(clear)
		}
	case event.ToDeviceRoomKeyWithheld.Type, event.ToDeviceOrgMatrixRoomKeyWithheld.Type:
		m.takeWithheld(ctx, &typed)
	case event.ToDeviceRoomKeyRequest.Type:
		m.takeKeyRequest(ctx, &typed)
	case event.ToDeviceSecretRequest.Type:
		var content event.SecretRequestEventContent
		// The library shares secrets with our own verified devices alone, but it looks
		// up the device of whoever asks first.
		if evt.Sender == m.client.UserID && parse(&typed, &content) && content.Action == event.SecretRequestRequest && mayBeAskedFor(content.Name) {
			err := m.asking(ctx, func() error {
				m.mach.HandleSecretRequest(ctx, evt.Sender, &content)
				return nil
			}, evt.Sender)
			if err != nil {
				m.log.Warn().Err(err).Msg("Request for a secret not handled")
			}
		}
	default:
		m.verifier.Take(evt)
	}
}

// takeOther takes what came encrypted and is nothing that the library handles.
func (m *Machine) takeOther(clear *crypto.DecryptedOlmEvent) {
	if clear != nil {
		m.verifier.Take(&event.Event{Sender: clear.Sender, Type: clear.Type, Content: clear.Content})
	}
}

// parse reads content of a known type; false if it has another shape.
func parse(evt *event.Event, into any) bool {
	if json.Unmarshal(evt.Content.VeryRaw, into) != nil {
		return false
	}
	evt.Content.Parsed = into
	return true
}

// sessionReceived is told by the library when it has stored the key of a room.
func (m *Machine) sessionReceived(_ context.Context, _ id.RoomID, session id.SessionID, _ uint32) {
	m.keyCame(session)
	poke(m.backups.fresh)
}

// Refresh asks for the devices of users who changed them. Trust and who is to
// read what we say depend on it; neither waits longer than ctx.
func (m *Machine) Refresh(ctx context.Context) error {
	m.mu.Lock()
	due := m.outdated
	m.outdated = false
	m.mu.Unlock()
	if !due {
		return nil
	}
	users, err := m.keys.GetOutdatedTrackedUsers(ctx)
	if err == nil && len(users) > 0 {
		_, err = m.fetch(ctx, users...)
	}
	if err != nil {
		m.mu.Lock()
		m.outdated = true
		m.mu.Unlock()
		return fmt.Errorf("encryption: ask for changed devices: %w", err)
	}
	return nil
}
