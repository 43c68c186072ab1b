package e2ee

import (
	"context"
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/backup"
	"maunium.net/go/mautrix/crypto/signatures"
	"maunium.net/go/mautrix/id"
)

var (
	// ErrBackupUntrusted is a backup on the homeserver of which nothing shows that it
	// is ours. Whoever made it could read the keys that we put into it.
	ErrBackupUntrusted = errors.New("encryption: the account's backup of keys is signed neither by its identity nor by a verified device, and its key is not in the secret storage. Somebody who is logged in as the bot made it, or the homeserver did. Nothing is put into it. If it is yours, run forseti restore with the recovery key; if not, delete it in a client that is logged in as the bot, and the bot makes its own")
	// ErrNoBackup is that there is nowhere to back up to.
	ErrNoBackup = errors.New("encryption: keys are not backed up, because the bot does not have the account's identity or its secret storage. Run forseti restore with the recovery key")
)

// backupVersion is a backup as the homeserver describes it.
type backupVersion struct {
	Version   id.KeyBackupVersion   `json:"version"`
	Algorithm id.KeyBackupAlgorithm `json:"algorithm"`
	AuthData  json.RawMessage       `json:"auth_data"`
	Count     int                   `json:"count"`

	public *ecdh.PublicKey // what keys are encrypted for
}

func (m *backups) latestBackup(ctx context.Context) (*backupVersion, error) {
	return latestBackup(ctx, m.client)
}

// latestBackup asks for the account's backup; nil if it has none.
func latestBackup(ctx context.Context, client *mautrix.Client) (*backupVersion, error) {
	var latest backupVersion
	_, err := client.MakeRequest(ctx, http.MethodGet, client.BuildClientURL("v3", "room_keys", "version"), nil, &latest)
	if errors.Is(err, mautrix.MNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("encryption: ask for the backup: %w", err)
	}
	if latest.Algorithm != id.KeyBackupAlgorithmMegolmBackupV1 || latest.Version == "" {
		return nil, fmt.Errorf("encryption: the account's backup is of a kind (%q) that is not known here", latest.Algorithm)
	}
	var auth struct {
		PublicKey string `json:"public_key"`
	}
	if err = json.Unmarshal(latest.AuthData, &auth); err == nil {
		var raw []byte
		if raw, err = unpadded.Decode(auth.PublicKey); err == nil {
			latest.public, err = ecdh.X25519().NewPublicKey(raw)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("encryption: the account's backup has no key that keys could be encrypted for: %w", err)
	}
	return &latest, nil
}

// vouched reports whether our identity, or a verified device of ours, signed a
// backup. The signature is checked over what the homeserver sent: the library checks
// it over the fields that it knows, and so finds other clients' invalid.
func (m *backups) vouched(ctx context.Context, b *backupVersion) bool {
	me := m.client.UserID
	var auth struct {
		Signatures signatures.Signatures `json:"signatures"`
	}
	if json.Unmarshal(b.AuthData, &auth) != nil {
		return false
	}
	for keyID := range auth.Signatures[me] {
		algorithm, name := keyID.Parse()
		signer := m.vouches(ctx, name)
		if algorithm != id.KeyAlgorithmEd25519 || signer == "" {
			continue
		}
		if ok, err := signatures.VerifySignatureJSON(b.AuthData, me, name, signer); err == nil && ok {
			return true
		}
	}
	return false
}

// vouches is the key behind a name in our account's signatures, if we trust it.
func (m *backups) vouches(ctx context.Context, name string) id.Ed25519 {
	if ours := m.mach.CrossSigningKeys; ours != nil && name == ours.MasterKey.PublicKey().String() {
		return ours.MasterKey.PublicKey()
	}
	if name == m.client.DeviceID.String() {
		return m.mach.OwnIdentity().SigningKey
	}
	device, err := m.keys.GetDevice(ctx, m.client.UserID, id.DeviceID(name))
	if err != nil || device == nil {
		return ""
	}
	if trust, err := m.resolve(ctx, device); err != nil || trust < id.TrustStateCrossSignedVerified {
		return ""
	}
	return device.SigningKey
}

// backupKey is the private key of the backup: as we know it, or else as the
// secret storage does. Nil means that neither has one.
func (m *backups) backupKey(ctx context.Context) (*backup.MegolmBackupKey, error) {
	raw, err := m.secret(ctx, id.SecretMegolmBackupV1)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return m.backupKeyOfStorage(ctx)
	}
	key, err := backup.MegolmBackupKeyFromBytes(raw)
	if err != nil {
		return nil, fmt.Errorf("encryption: the secret %s in the database %w", id.SecretMegolmBackupV1, errDamaged)
	}
	return key, nil
}

func (m *backups) backupKeyOfStorage(ctx context.Context) (*backup.MegolmBackupKey, error) {
	storage, err := m.keptStorageKey(ctx)
	if err != nil || storage == nil {
		return nil, err
	}
	raw, err := m.readStorage(ctx, storage, id.SecretMegolmBackupV1)
	if errors.Is(err, ErrNoStorage) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return backup.MegolmBackupKeyFromBytes(raw)
}

// usableBackup finds the backup that keys may go into, and makes it if the account
// has none. Its errors are ErrBackupUntrusted, ErrNoBackup, or of requests.
func (m *backups) usableBackup(ctx context.Context) (*backupVersion, error) {
	latest, err := m.latestBackup(ctx)
	if err != nil {
		return nil, err
	}
	if latest == nil {
		return m.createBackup(ctx)
	}
	if m.vouched(ctx, latest) {
		return latest, nil
	}
	key, err := m.backupKey(ctx)
	if err != nil {
		return nil, err
	}
	if key != nil && key.PublicKey().Equal(latest.public) {
		return latest, nil
	}
	// Another client of ours may have made it, with a new key.
	if key, err = m.backupKeyOfStorage(ctx); err != nil {
		return nil, err
	}
	if key == nil || !key.PublicKey().Equal(latest.public) {
		return nil, ErrBackupUntrusted
	}
	return latest, m.putSecret(ctx, id.SecretMegolmBackupV1, key.Bytes())
}

// createBackup makes the account's first backup, or the next one if somebody
// deleted it. Its key is in the secret storage before it is used.
func (m *backups) createBackup(ctx context.Context) (*backupVersion, error) {
	ours := m.mach.CrossSigningKeys
	storage, err := m.keptStorageKey(ctx)
	if err != nil {
		return nil, err
	}
	if ours == nil || storage == nil {
		return nil, ErrNoBackup
	}
	key, err := m.backupKeyOfStorage(ctx)
	if err != nil {
		return nil, err
	}
	if key == nil {
		if key, err = backup.NewMegolmBackupKey(); err != nil {
			return nil, err
		}
		if err := m.writeStorage(ctx, storage, id.SecretMegolmBackupV1, key.Bytes()); err != nil {
			return nil, err
		}
	}
	if err := m.putSecret(ctx, id.SecretMegolmBackupV1, key.Bytes()); err != nil {
		return nil, err
	}
	me := m.client.UserID
	auth := backup.MegolmAuthData{PublicKey: id.Ed25519(unpadded.Encode(key.PublicKey().Bytes()))}
	byMaster, err := ours.MasterKey.SignJSON(auth)
	if err != nil {
		return nil, err
	}
	byDevice, err := m.mach.GetAccount().SignJSON(auth)
	if err != nil {
		return nil, err
	}
	auth.Signatures = signatures.Signatures{me: {
		id.NewKeyID(id.KeyAlgorithmEd25519, ours.MasterKey.PublicKey().String()): byMaster,
		id.NewKeyID(id.KeyAlgorithmEd25519, m.client.DeviceID.String()):          byDevice,
	}}
	made, err := m.client.CreateKeyBackupVersion(ctx, &mautrix.ReqRoomKeysVersionCreate[backup.MegolmAuthData]{
		Algorithm: id.KeyBackupAlgorithmMegolmBackupV1, AuthData: auth,
	})
	if err != nil {
		return nil, fmt.Errorf("encryption: make the backup: %w", err)
	}
	m.log.Info().Stringer("version", made.Version).Msg("Backup of keys made")
	return &backupVersion{Version: made.Version, public: key.PublicKey()}, nil
}
