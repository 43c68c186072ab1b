package e2ee

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/crypto/utils"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// ErrWrongKey is a recovery key or passphrase that does not open the account's
// secret storage.
var ErrWrongKey = errors.New("encryption: wrong recovery key or passphrase")

// ErrNoStorage is an account whose secrets cannot be had, because they were never
// put into its secret storage.
var ErrNoStorage = errors.New("encryption: the account has an identity, but its secret storage does not hold the keys of it. Open the account in a client that is logged in and verified, and set up recovery there (Element: Settings, Encryption); or reset the identity there. Then run forseti restore")

const (
	// maxSecretLength bounds what is tried as a recovery key or passphrase.
	maxSecretLength = 1024
	// maxIterations bounds the work that the homeserver can ask of us to make a key
	// of a passphrase. Clients ask for half a million.
	maxIterations = 10_000_000
)

// CheckRecovery reports whether a recovery key or passphrase opens the secret storage
// of an account, and changes nothing. Its errors are [ErrWrongKey] and [ErrNoStorage]
// where they say all there is to say.
func CheckRecovery(ctx context.Context, client *mautrix.Client, recoveryKeyOrPassphrase string) error {
	_, err := openStorage(ctx, ssss.NewSSSSMachine(client), recoveryKeyOrPassphrase)
	return err
}

func (m *vault) openStorage(ctx context.Context, secret string) (*ssss.Key, error) {
	return openStorage(ctx, m.mach.SSSS, secret)
}

// openStorage finds the key of the account's secret storage by a recovery key, or
// else a passphrase.
//
// https://spec.matrix.org/v1.16/client-server-api/#secret-storage
func openStorage(ctx context.Context, storage *ssss.Machine, secret string) (*ssss.Key, error) {
	keyID, meta, err := describeStorage(ctx, storage)
	if err != nil {
		return nil, err
	}
	if keyID == "" {
		return nil, ErrNoStorage
	}
	if secret == "" || len(secret) > maxSecretLength {
		return nil, ErrWrongKey
	}
	var key *ssss.Key
	recovery := strings.Join(strings.Fields(secret), "")
	switch {
	case utils.DecodeBase58RecoveryKey(recovery) != nil:
		key, err = meta.VerifyRecoveryKey(keyID, recovery)
	case meta.Passphrase == nil:
		return nil, fmt.Errorf("%w: it is not a recovery key, or has a typing mistake, and this account has no passphrase", ErrWrongKey)
	default:
		key, err = meta.VerifyPassphrase(keyID, secret)
	}
	switch {
	case errors.Is(err, ssss.ErrUnverifiableKey): // reading with it will tell
		return key, nil
	case errors.Is(err, ssss.ErrIncorrectSSSSKey):
		return nil, ErrWrongKey
	case err != nil:
		return nil, fmt.Errorf("encryption: open the secret storage: %w", err)
	default:
		return key, nil
	}
}

// storageMeta describes the account's default storage; its ID is "" if it has none.
func (m *vault) storageMeta(ctx context.Context) (string, *ssss.KeyMetadata, error) {
	return describeStorage(ctx, m.mach.SSSS)
}

func describeStorage(ctx context.Context, storage *ssss.Machine) (string, *ssss.KeyMetadata, error) {
	keyID, err := storage.GetDefaultKeyID(ctx)
	if errors.Is(err, ssss.ErrNoDefaultKeyID) {
		return "", nil, nil
	}
	var meta *ssss.KeyMetadata
	if err == nil {
		meta, err = storage.GetKeyData(ctx, keyID)
	}
	if errors.Is(err, mautrix.MNotFound) {
		return "", nil, ErrNoStorage
	}
	if err != nil {
		return "", nil, fmt.Errorf("encryption: ask for the secret storage: %w", err)
	}
	if meta.Algorithm != ssss.AlgorithmAESHMACSHA2 {
		return "", nil, fmt.Errorf("encryption: the secret storage uses %q, which is not known here", meta.Algorithm)
	}
	// The library does as the homeserver says: an odd length panics, and many
	// rounds never end. Bounds in ssss.PassphraseMetadata.GetKey would make this
	// superfluous.
	if p := meta.Passphrase; p != nil && (p.Iterations < 1 || p.Iterations > maxIterations || p.Bits != 0 && p.Bits != 8*seedLength) {
		return "", nil, errors.New("encryption: the secret storage asks for an unreasonable way to make a key of the passphrase. Use the recovery key")
	}
	return keyID, meta, nil
}

// readStorage reads a private key out of the account's secret storage.
func (m *vault) readStorage(ctx context.Context, key *ssss.Key, name id.Secret) ([]byte, error) {
	// The library's own reader fills up what is too short with zeros.
	value, err := m.mach.SSSS.GetDecryptedAccountData(ctx, event.Type{Type: string(name), Class: event.AccountDataEventType}, key)
	switch {
	case errors.Is(err, mautrix.MNotFound), errors.Is(err, ssss.ErrNotEncryptedForKey):
		return nil, ErrNoStorage
	case errors.Is(err, ssss.ErrKeyDataMACMismatch):
		return nil, ErrWrongKey
	case err != nil:
		return nil, fmt.Errorf("encryption: read %s from the secret storage: %w", name, err)
	case len(value) != seedLength:
		return nil, fmt.Errorf("encryption: %s in the secret storage is not a key", name)
	default:
		return value, nil
	}
}

func (m *vault) writeStorage(ctx context.Context, key *ssss.Key, name id.Secret, value []byte) error {
	err := m.mach.SSSS.SetEncryptedAccountData(ctx, event.Type{Type: string(name), Class: event.AccountDataEventType}, value, key)
	if err != nil {
		return fmt.Errorf("encryption: write %s into the secret storage: %w", name, err)
	}
	return nil
}

// storedKey is how a storage key is kept in our own store.
type storedKey struct {
	ID   string            `json:"id"`
	Key  []byte            `json:"key"`
	Meta *ssss.KeyMetadata `json:"meta"`
}

func (m *vault) keepStorageKey(ctx context.Context, key *ssss.Key) error {
	raw, err := json.Marshal(storedKey{key.ID, key.Key, key.Metadata})
	if err != nil {
		return err
	}
	return m.putSecret(ctx, secretStorageKey, raw)
}

// keptStorageKey is the key of the account's secret storage as we know it. Nil
// means that there is none, or that somebody made a new storage since.
func (m *vault) keptStorageKey(ctx context.Context) (*ssss.Key, error) {
	raw, err := m.secret(ctx, secretStorageKey)
	if err != nil || raw == nil {
		return nil, err
	}
	var kept storedKey
	if json.Unmarshal(raw, &kept) != nil || len(kept.Key) != seedLength {
		return nil, fmt.Errorf("encryption: the secret %s in the database %w", secretStorageKey, errDamaged)
	}
	now, _, err := m.storageMeta(ctx)
	if err != nil || now != kept.ID {
		return nil, err
	}
	return &ssss.Key{ID: kept.ID, Key: kept.Key, Metadata: kept.Meta}, nil
}
