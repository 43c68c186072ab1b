package e2ee

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Encrypt makes an event for an encrypted room unreadable to all but its members'
// devices, as far as Options.SendTo allows. Relations stay in clear, as all
// clients want them. It says nothing while our identity is not the account's.
func (m *Machine) Encrypt(ctx context.Context, room id.RoomID, kind event.Type, content any) (*event.EncryptedEventContent, error) {
	if m.Own().Replaced {
		return nil, fmt.Errorf("encrypt for %s: %w", room, &IdentityError{IdentityMismatch})
	}
	if err := m.Refresh(ctx); err != nil {
		// Whoever has a new device asks for the key, and is worth less than a message
		// that is not sent.
		m.log.Warn().Err(err).Msg("Devices not refreshed before sending")
	}
	var encrypted *event.EncryptedEventContent
	err := m.beside(ctx, func() (err error) {
		encrypted, err = m.encrypt(ctx, room, kind, content)
		return err
	})
	return encrypted, err
}

// encrypt encrypts, and gives the readers the key first if they have none.
func (m *Machine) encrypt(ctx context.Context, room id.RoomID, kind event.Type, content any) (*event.EncryptedEventContent, error) {
	encrypted, err := m.mach.EncryptMegolmEvent(ctx, room, kind, content)
	if err == nil {
		return encrypted, nil
	}
	if !errors.Is(err, crypto.ErrSessionExpired) && !errors.Is(err, crypto.ErrNoGroupSession) && !errors.Is(err, crypto.ErrSessionNotShared) {
		return nil, fmt.Errorf("encrypt for %s: %w", room, err)
	}
	readers, err := m.readersOf(ctx, room)
	if err != nil {
		return nil, err
	}
	if err := m.whose.take(ctx, allTurns, func() error { return m.mach.ShareGroupSession(ctx, room, readers) }); err != nil {
		return nil, fmt.Errorf("share the key of %s: %w", room, err)
	}
	encrypted, err = m.mach.EncryptMegolmEvent(ctx, room, kind, content)
	if err != nil {
		return nil, fmt.Errorf("encrypt for %s: %w", room, err)
	}
	return encrypted, nil
}
