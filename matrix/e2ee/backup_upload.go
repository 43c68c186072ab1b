package e2ee

import (
	"context"
	"crypto/ecdh"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/backup"
	"maunium.net/go/mautrix/id"
)

// unsavedKey is a stored key that is not in the backup.
type unsavedKey struct {
	id     string
	room   id.RoomID
	pickle []byte
}

func (m *backups) unsaved(ctx context.Context, version id.KeyBackupVersion, after string, limit int) (keys []unsavedKey, err error) {
	rows, err := m.keys.DB.Query(ctx, `SELECT session_id, room_id, session FROM crypto_megolm_inbound_session
		WHERE account_id = $1 AND session IS NOT NULL AND key_backup_version <> $2 AND session_id > $3 ORDER BY session_id LIMIT $4`,
		m.keys.AccountID, string(version), after, limit)
	if err != nil {
		return nil, fmt.Errorf("encryption: read keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k unsavedKey
		if err := rows.Scan(&k.id, &k.room, &k.pickle); err != nil {
			return nil, fmt.Errorf("encryption: read keys: %w", err)
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// saveKeys sends one batch, and notes that its keys are saved.
func (m *backups) saveKeys(ctx context.Context, to *backupVersion, batch []unsavedKey) error {
	req := &mautrix.ReqKeyBackup{Rooms: map[id.RoomID]mautrix.ReqRoomKeyBackup{}}
	for _, k := range batch {
		session, err := m.keys.GetGroupSession(ctx, k.room, id.SessionID(k.id))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || session == nil {
			m.log.Debug().Err(err).Str("session", k.id).Msg("Key is damaged and not backed up")
			continue
		}
		sealed, err := seal(session, to.public)
		if err != nil {
			return err
		}
		if req.Rooms[k.room].Sessions == nil {
			req.Rooms[k.room] = mautrix.ReqRoomKeyBackup{Sessions: map[id.SessionID]mautrix.ReqKeyBackupData{}}
		}
		req.Rooms[k.room].Sessions[id.SessionID(k.id)] = *sealed
	}
	if len(req.Rooms) == 0 {
		return nil
	}
	if _, err := m.client.PutKeysInBackup(ctx, to.Version, req); err != nil {
		return err
	}
	return m.keys.DB.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, k := range batch {
			if req.Rooms[k.room].Sessions == nil {
				continue
			}
			// A key that reaches further back may have come meanwhile; it is not saved yet.
			_, err := m.keys.DB.Exec(ctx, `UPDATE crypto_megolm_inbound_session SET key_backup_version = $1
				WHERE account_id = $2 AND session_id = $3 AND session = $4`, string(to.Version), m.keys.AccountID, k.id, k.pickle)
			if err != nil {
				return fmt.Errorf("note that keys are saved: %w", err)
			}
		}
		return nil
	})
}

// seal encrypts a key for the backup.
//
// https://spec.matrix.org/v1.16/client-server-api/#backup-algorithm-mmegolm_backupv1curve25519-aes-sha2
func seal(s *crypto.InboundGroupSession, to *ecdh.PublicKey) (*mautrix.ReqKeyBackupData, error) {
	first := s.Internal.FirstKnownIndex()
	exported, err := s.Internal.Export(first)
	if err != nil {
		return nil, fmt.Errorf("export the key %s: %w", s.ID(), err)
	}
	chain := s.ForwardingChains
	if chain == nil {
		chain = []string{}
	}
	sealed, err := backup.EncryptSessionDataWithPubkey(to, backup.MegolmSessionData{
		Algorithm: id.AlgorithmMegolmV1, ForwardingKeyChain: chain, SenderKey: s.SenderKey, SessionKey: string(exported),
		SenderClaimedKeys: backup.SenderClaimedKeys{Ed25519: s.SigningKey}, SharedHistory: s.SharedHistory,
	})
	if err != nil {
		return nil, fmt.Errorf("encrypt the key %s: %w", s.ID(), err)
	}
	raw, err := json.Marshal(sealed)
	return &mautrix.ReqKeyBackupData{FirstMessageIndex: int(first), ForwardedCount: len(chain), SessionData: raw}, err
}
