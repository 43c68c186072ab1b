package e2ee

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/backup"
	"maunium.net/go/mautrix/id"
)

const (
	// wholeBackup is how many keys are asked for at once. Of a bigger backup they
	// are asked for room by room.
	wholeBackup = 10_000
	// maxBackup bounds one answer, in bytes, and maxBackupKey one key in it.
	maxBackup    = 512 << 20
	maxBackupKey = 64 << 10
)

// Restored is what Restore brought back.
type Restored struct {
	Version id.KeyBackupVersion // "" if there is no backup
	Keys    int
	Broken  int // keys that could not be read
}

// Restore gets the keys of rooms out of the account's backup, so that old messages
// can be read. It needs the key that Unlock has brought. Progress, if it is set, is
// told how many of how many keys were looked at.
func (m *backups) Restore(ctx context.Context, progress func(done, of int)) (Restored, error) {
	latest, err := m.latestBackup(ctx)
	if err != nil || latest == nil {
		return Restored{}, err
	}
	key, err := m.backupKey(ctx)
	if err == nil && (key == nil || !key.PublicKey().Equal(latest.public)) {
		key, err = m.backupKeyOfStorage(ctx)
	}
	if err != nil {
		return Restored{}, err
	}
	if key == nil || !key.PublicKey().Equal(latest.public) {
		return Restored{}, ErrBackupUntrusted
	}
	r := &restoring{m: m, key: key, total: latest.Count, progress: progress}
	r.Version = latest.Version
	rooms := []id.RoomID{""}
	if latest.Count > wholeBackup {
		joined, err := m.client.JoinedRooms(ctx)
		if err != nil {
			return r.Restored, fmt.Errorf("encryption: ask for our rooms: %w", err)
		}
		rooms = joined.JoinedRooms
	}
	for _, room := range rooms {
		if err := r.fetch(ctx, room); err != nil {
			return r.Restored, err
		}
	}
	return r.Restored, nil
}

// restoring is one run of Restore.
type restoring struct {
	Restored
	m        *backups
	key      *backup.MegolmBackupKey
	total    int
	progress func(done, of int)
}

// fetch reads the keys of a room, or of all if it is "", one by one as they come.
func (r *restoring) fetch(ctx context.Context, room id.RoomID) error {
	path := mautrix.ClientURLPath{"v3", "room_keys", "keys"}
	if room != "" {
		path = append(path, room)
	}
	address := r.m.client.BuildURLWithFullQuery(path, func(q url.Values) { q.Set("version", string(r.Version)) })
	_, resp, err := r.m.client.MakeFullRequestWithResp(ctx, mautrix.FullRequest{Method: http.MethodGet, URL: address, DontReadResponse: true})
	if err != nil {
		if room != "" && errors.Is(err, mautrix.MNotFound) {
			return nil
		}
		return fmt.Errorf("encryption: read the backup: %w", err)
	}
	defer resp.Body.Close()
	in := json.NewDecoder(io.LimitReader(resp.Body, maxBackup))
	if room == "" {
		err = eachMember(in, func(name string) error {
			if name != "rooms" {
				return skip(in)
			}
			return eachMember(in, func(room string) error { return r.sessions(ctx, in, id.RoomID(room)) })
		})
	} else {
		err = r.sessions(ctx, in, room)
	}
	if err != nil {
		return fmt.Errorf("encryption: read the backup: %w", err)
	}
	return nil
}

func (r *restoring) sessions(ctx context.Context, in *json.Decoder, room id.RoomID) error {
	return eachMember(in, func(name string) error {
		if name != "sessions" {
			return skip(in)
		}
		return eachMember(in, func(session string) error {
			var raw json.RawMessage
			if err := in.Decode(&raw); err != nil {
				return err
			}
			if err := r.take(ctx, room, id.SessionID(session), raw); err != nil {
				r.Broken++
				r.m.log.Debug().Err(err).Stringer("room", room).Msg("Key in the backup not readable")
			} else {
				r.Keys++
			}
			if r.progress != nil {
				r.progress(r.Keys+r.Broken, max(r.total, r.Keys+r.Broken))
			}
			return ctx.Err()
		})
	})
}

// take imports one key. Whoever knows the backup's public key can put keys into it,
// and so a restored one never counts as its sender's word.
func (r *restoring) take(ctx context.Context, room id.RoomID, session id.SessionID, raw json.RawMessage) error {
	if len(raw) > maxBackupKey {
		return errMalformed
	}
	var stored struct {
		Data backup.EncryptedSessionData[backup.MegolmSessionData] `json:"session_data"`
	}
	if err := json.Unmarshal(raw, &stored); err != nil {
		return err
	}
	if stored.Data.Ephemeral.PublicKey == nil {
		return errMalformed
	}
	return r.m.safely(func() error {
		clear, err := stored.Data.Decrypt(r.key)
		if err == nil {
			_, err = r.m.mach.ImportRoomKeyFromBackup(ctx, r.Version, room, session, clear)
		}
		return err
	})
}

// eachMember walks an object of a stream. Member is to read or skip the value.
func eachMember(in *json.Decoder, member func(name string) error) error {
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(err, errors.New("not an object"))
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return err
		}
		if err := member(name.(string)); err != nil {
			return err
		}
	}
	_, err := in.Token()
	return err
}

func skip(in *json.Decoder) error {
	var ignored json.RawMessage
	return in.Decode(&ignored)
}
