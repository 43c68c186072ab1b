package e2ee

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Decrypt reads an m.room.encrypted event. The result is the event as its sender
// wrote it, with Content.Raw set and Content.Parsed not, and Mautrix telling how
// far it can be trusted. The errors are [ErrNoKey], *[WithheldError],
// [ErrNotReadable], or of our own database.
func (m *base) Decrypt(ctx context.Context, evt *event.Event) (*event.Event, error) {
	typed := *evt
	var content event.EncryptedEventContent
	if !parse(&typed, &content) {
		return nil, fmt.Errorf("%w: malformed", ErrNotReadable)
	}
	var out *event.Event
	var err error
	crash := m.guarded(evt, func() {
		err = m.beside(ctx, func() (err error) {
			out, err = m.mach.DecryptMegolmEvent(m.log.WithContext(ctx), &typed)
			return err
		})
	})
	if crash != nil {
		m.log.Error().Err(crash).Stringer("event", evt.ID).Msg("Decrypting broke")
		return nil, fmt.Errorf("%w: %w", ErrNotReadable, crash)
	}
	if err != nil {
		return nil, sorted(err)
	}
	return plain(evt, out)
}

// sorted says of an error of the library what follows from it.
func sorted(err error) error {
	if withheld, ok := withheldOf(err); ok {
		return withheld
	}
	switch {
	case errors.Is(err, crypto.ErrNoSessionFound), errors.Is(err, olm.ErrUnknownMessageIndex):
		return fmt.Errorf("%w: %w", ErrNoKey, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrNotReadable, err)
	}
}

// plain checks what came out. Redactions and state are never encrypted: homeservers
// would not act on them, and so neither must we.
func plain(evt, out *event.Event) (*event.Event, error) {
	switch out.Type.Type {
	case "", event.EventRedaction.Type, event.EventEncrypted.Type:
		return nil, fmt.Errorf("%w: an encrypted %q", ErrNotReadable, out.Type.Type)
	}
	out.StateKey = nil
	out.Type.Class = event.MessageEventType
	out.Content.Parsed = nil
	if out.Content.Raw == nil {
		out.Content.Raw = map[string]any{}
	}
	out.Redacts = evt.Redacts
	return out, nil
}

// SessionOf is the session that an encrypted event names, "" if it names none.
func SessionOf(evt *event.Event) id.SessionID {
	session, _ := evt.Content.Raw["session_id"].(string)
	return id.SessionID(session)
}
