package e2ee

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// History from before we came, which a moderator who invited us shares (MSC4268).

const (
	maxHistory     = 32 << 20 // bytes of one file
	maxHistoryKeys = 20_000
	maxHistories   = 20 // that wait for us to join
	// keepHistory is how long one waits.
	keepHistory = 7 * 24 * time.Hour
)

// history is what somebody shares. Until we have joined it waits, as a secret: it
// holds the key of the file.
type history struct {
	Sender    id.UserID                        `json:"sender"`
	SenderKey id.SenderKey                     `json:"sender_key"`
	Content   *event.RoomKeyBundleEventContent `json:"content"`
	At        time.Time                        `json:"at"`
}

const historyPrefix = "forseti.history."

func (h *history) secret() id.Secret { return id.Secret(historyPrefix + h.Content.RoomID.String()) }

// carrier marks the context of what comes encrypted with the event that brought
// it: the library's OnRoomKeyBundle does not say from whom a bundle is. Handing it
// the decrypted event upstream would make this superfluous.
type carrier struct{}

// fromHistory marks the context of keys that a moderator shared.
type fromHistory struct{}

// TakeInvite notes through whom we come into a room, if it is a moderator.
func (m *wants) TakeInvite(ctx context.Context, room id.RoomID, state []*event.Event) error {
	for _, evt := range state {
		if evt.Type.Type != event.StateMember.Type || evt.StateKey == nil || *evt.StateKey != m.client.UserID.String() ||
			membership(evt) != event.MembershipInvite || !m.isModerator(evt.Sender) {
			continue
		}
		_, err := m.db.Exec(ctx, `INSERT INTO forseti_invite (room_id, inviter) VALUES ($1, $2)
			ON CONFLICT (room_id) DO UPDATE SET inviter = excluded.inviter`, []byte(room), []byte(evt.Sender))
		if err != nil {
			return fmt.Errorf("encryption: note the invite to %s: %w", room, err)
		}
		poke(m.news)
	}
	return nil
}

// takeHistory keeps a bundle until RunRequests reads it. It comes before the
// invite, and the homeserver delivers it once.
func (m *wants) takeHistory(ctx context.Context, content *event.RoomKeyBundleEventContent) {
	evt, _ := ctx.Value(carrier{}).(*event.Event)
	if evt == nil || !m.isModerator(evt.Sender) || !plainRoom(content.RoomID) {
		return
	}
	sealed, _ := evt.Content.Parsed.(*event.EncryptedEventContent)
	waiting, err := m.histories(ctx)
	if err != nil || sealed == nil || len(waiting) >= maxHistories {
		m.log.Warn().Err(err).Stringer("sender", evt.Sender).Msg("Shared history not taken")
		return
	}
	h := history{Sender: evt.Sender, SenderKey: sealed.SenderKey, Content: content, At: time.Now()}
	raw, err := json.Marshal(h)
	if err == nil {
		err = m.putSecret(ctx, h.secret(), raw)
	}
	if err != nil {
		m.log.Err(err).Stringer("sender", evt.Sender).Msg("Shared history not taken")
		return
	}
	poke(m.news)
}

// histories are those that wait.
func (m *wants) histories(ctx context.Context) (found []*history, err error) {
	rows, err := m.keys.DB.Query(ctx, `SELECT name FROM crypto_secrets WHERE account_id = $1 AND name LIKE $2`, m.keys.AccountID, historyPrefix+"%")
	if err != nil {
		return nil, fmt.Errorf("encryption: read shared histories: %w", err)
	}
	var names []id.Secret
	for rows.Next() {
		var name id.Secret
		if err = rows.Scan(&name); err != nil {
			break
		}
		names = append(names, name)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("encryption: read shared histories: %w", err)
	}
	for _, name := range names {
		raw, err := m.secret(ctx, name)
		var h history
		if err != nil || json.Unmarshal(raw, &h) != nil || h.Content == nil {
			continue
		}
		found = append(found, &h)
	}
	return found, nil
}

// readHistories reads those of rooms that we have joined. More says that some wait.
func (m *wants) readHistories(ctx context.Context, now time.Time) (more bool, err error) {
	waiting, err := m.histories(ctx)
	if err != nil {
		return true, err
	}
	for _, h := range waiting {
		ready, err := m.through(ctx, h)
		switch {
		case err != nil:
			return true, err
		case !ready && now.Sub(h.At) < keepHistory:
			more = true
			continue
		case ready:
			err = m.readHistory(ctx, h)
		}
		if err != nil && isTemporary(err) && now.Sub(h.At) < keepHistory {
			return true, err
		}
		if err != nil {
			m.log.Warn().Err(err).Stringer("room", h.Content.RoomID).Stringer("sender", h.Sender).Msg("Shared history not read")
		}
		if err := m.keys.DeleteSecret(ctx, h.secret()); err != nil {
			return true, err
		}
	}
	return more, nil
}

// through reports whether we are in a room through whoever shares its history.
func (m *wants) through(ctx context.Context, h *history) (bool, error) {
	if m.rooms.membershipOf(ctx, h.Content.RoomID, m.client.UserID) != event.MembershipJoin {
		return false, nil
	}
	var n int
	err := m.db.QueryRow(ctx, `SELECT COUNT(*) FROM forseti_invite WHERE room_id = $1 AND inviter = $2`, []byte(h.Content.RoomID), []byte(h.Sender)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("encryption: read who invited us to %s: %w", h.Content.RoomID, err)
	}
	return n > 0 && m.isModerator(h.Sender), nil
}

func (m *wants) readHistory(ctx context.Context, h *history) error {
	var device *id.Device
	err := m.asking(ctx, func() (err error) {
		device, err = m.mach.GetOrFetchDeviceByKey(ctx, h.Sender, h.SenderKey)
		return err
	}, h.Sender)
	if err != nil || device == nil {
		return fmt.Errorf("device of %s: %w", h.Sender, errors.Join(err, errNotWanted))
	}
	if trust, err := m.resolve(ctx, device); err != nil || trust < id.TrustStateCrossSignedTOFU {
		return fmt.Errorf("%s is not signed by its owner: %w", device.DeviceID, errors.Join(err, errNotWanted))
	}
	bundle, err := m.download(ctx, h.Content)
	if err != nil {
		return err
	}
	if len(bundle.RoomKeys) > maxHistoryKeys {
		bundle.RoomKeys = bundle.RoomKeys[:maxHistoryKeys]
	}
	ctx = context.WithValue(ctx, fromHistory{}, h.Content.RoomID)
	from := &crypto.DecryptedOlmEvent{Sender: h.Sender, SenderKey: h.SenderKey, Content: event.Content{Parsed: h.Content}}
	read := 0
	for _, key := range bundle.RoomKeys {
		if key == nil {
			continue
		}
		err := m.safely(func() error { _, err := m.mach.ImportRoomKeyFromBundle(ctx, from, key); return err })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			read++
		}
	}
	m.log.Info().Stringer("room", h.Content.RoomID).Stringer("sender", h.Sender).Int("keys", read).Msg("Shared history read")
	return nil
}

// download gets a bundle, whose length its sender decides, within bounds. The
// library's own way has none.
func (m *wants) download(ctx context.Context, content *event.RoomKeyBundleEventContent) (*crypto.RoomKeyBundle, error) {
	address, err := content.File.URL.Parse()
	if err != nil {
		return nil, fmt.Errorf("address of the shared history: %w", err)
	}
	resp, err := m.client.Download(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("download the shared history: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxHistory+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("download the shared history: %w", err)
	case len(raw) > maxHistory:
		return nil, fmt.Errorf("the shared history has over %d MB", maxHistory>>20)
	}
	var bundle crypto.RoomKeyBundle
	err = m.safely(func() error {
		if err := content.File.DecryptInPlace(raw); err != nil {
			return err
		}
		return json.Unmarshal(raw, &bundle)
	})
	if err != nil {
		return nil, fmt.Errorf("read the shared history: %w", err)
	}
	return &bundle, nil
}
