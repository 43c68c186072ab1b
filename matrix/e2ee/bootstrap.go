package e2ee

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/backup"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/id"
)

// BootstrapOptions of Bootstrap.
type BootstrapOptions struct {
	// Password of the account, for homeservers that want it. May be empty.
	Password string
	// Passphrase, if it is set, opens the new secret storage besides the recovery key.
	Passphrase string
	// Storage is the recovery key or passphrase of a secret storage that the account
	// has already. Without one, a new one is made.
	Storage string
	// Reveal shows the recovery key to whoever is to keep it. It is called once, when
	// all else is done; if it fails, or the bot ends before it returns, it is called
	// again by the next Bootstrap.
	Reveal func(recoveryKey string) error
}

// ErrStorageExists is an account without an identity, but with a secret storage
// that a new one would shut out.
var ErrStorageExists = errors.New("encryption: the account has no identity (cross-signing keys), but a secret storage with secrets of its own, such as the key of a backup. A new one would lose them: give the recovery key or passphrase of the old one, or delete it in a client that is logged in as the bot")

// unfinished is an identity in the making. It is stored before anything is sent,
// so that a crash at any point leaves nothing on the homeserver that only it knew.
type unfinished struct {
	Seeds      crypto.CrossSigningSeeds `json:"seeds"`
	Backup     []byte                   `json:"backup"`
	Storage    storedKey                `json:"storage"`
	OldStorage bool                     `json:"old_storage"` // it was the account's before
}

func (u *unfinished) publicKeys() crypto.CrossSigningPublicKeysCache {
	keys, err := u.Seeds.Decode()
	if err != nil {
		return crypto.CrossSigningPublicKeysCache{}
	}
	return *keys.PublicKeys()
}

func (u *unfinished) storageKey() *ssss.Key {
	return &ssss.Key{ID: u.Storage.ID, Key: u.Storage.Key, Metadata: u.Storage.Meta}
}

// Bootstrap makes the account's first identity, its secret storage and its backup.
// It never replaces an identity: unless there is none it fails with [*IdentityError].
// Other errors are [ErrStorageExists], [ErrWrongKey] and [*ApprovalError].
//
// The library's own GenerateAndUploadCrossSigningKeys overwrites the secret storage
// before it publishes the keys, and so breaks the recovery key if that is refused.
// Publishing first upstream would make most of this superfluous.
func (m *ownIdentity) Bootstrap(ctx context.Context, o BootstrapOptions) error {
	theirs, err := m.published(ctx)
	if err != nil {
		return err
	}
	if _, ours, err := m.seeds(ctx); err != nil || ours {
		return errors.Join(err, &IdentityError{IdentityMismatch})
	}
	begun, err := m.begun(ctx)
	if err != nil {
		return err
	}
	if theirs.there() && (begun == nil || begun.publicKeys() != theirs.keys) {
		return &IdentityError{IdentityLocked}
	}
	if begun == nil {
		if begun, err = m.begin(ctx, o); err != nil {
			return err
		}
	}
	if !theirs.there() {
		if err := m.publish(ctx, begun, o.Password); err != nil {
			return err
		}
		theirs.keys = begun.publicKeys()
		theirs.masterSigned = true
	}
	return m.finish(ctx, begun, theirs, o.Reveal)
}

// begun reads the identity that an earlier Bootstrap began, nil if none did.
func (m *ownIdentity) begun(ctx context.Context) (*unfinished, error) {
	raw, err := m.secret(ctx, secretUnfinished)
	if err != nil || raw == nil {
		return nil, err
	}
	var u unfinished
	if json.Unmarshal(raw, &u) != nil || u.publicKeys().MasterKey == "" {
		return nil, fmt.Errorf("encryption: the secret %s in the database %w", secretUnfinished, errDamaged)
	}
	return &u, nil
}

func (m *ownIdentity) begin(ctx context.Context, o BootstrapOptions) (*unfinished, error) {
	old, _, err := m.storageMeta(ctx)
	var key *ssss.Key
	switch {
	case err != nil:
		return nil, err
	case old != "" && o.Storage == "":
		return nil, ErrStorageExists
	case old != "":
		key, err = m.openStorage(ctx, o.Storage)
	default:
		key, err = ssss.NewKey(o.Passphrase)
	}
	if err != nil {
		return nil, err
	}
	keys, err := m.mach.GenerateCrossSigningKeys()
	if err != nil {
		return nil, err
	}
	u := &unfinished{Seeds: keys.Seeds(), Storage: storedKey{key.ID, key.Key, key.Metadata}, OldStorage: old != ""}
	if u.OldStorage {
		// Its backup, if it has one, goes on.
		if u.Backup, err = m.readStorage(ctx, key, id.SecretMegolmBackupV1); err != nil && !errors.Is(err, ErrNoStorage) {
			return nil, err
		}
	}
	if u.Backup == nil {
		fresh, err := backup.NewMegolmBackupKey()
		if err != nil {
			return nil, err
		}
		u.Backup = fresh.Bytes()
	}
	raw, err := json.Marshal(u)
	if err != nil {
		return nil, err
	}
	return u, m.putSecret(ctx, secretUnfinished, raw)
}

// finish does what is left once the keys are published. All of it may be done twice.
func (m *ownIdentity) finish(ctx context.Context, u *unfinished, theirs *identity, reveal func(string) error) error {
	key := u.storageKey()
	if !u.OldStorage {
		if err := m.mach.SSSS.SetKeyData(ctx, key.ID, key.Metadata); err != nil {
			return fmt.Errorf("encryption: make the secret storage: %w", err)
		}
	}
	for _, s := range []struct {
		name  id.Secret
		value []byte
	}{
		{id.SecretXSMaster, u.Seeds.MasterKey},
		{id.SecretXSSelfSigning, u.Seeds.SelfSigningKey},
		{id.SecretXSUserSigning, u.Seeds.UserSigningKey},
		{id.SecretMegolmBackupV1, u.Backup},
	} {
		if err := m.writeStorage(ctx, key, s.name, s.value); err != nil {
			return err
		}
	}
	if !u.OldStorage {
		if err := m.mach.SSSS.SetDefaultKeyID(ctx, key.ID); err != nil {
			return fmt.Errorf("encryption: make the secret storage: %w", err)
		}
	}
	if err := m.adopt(ctx, u.Seeds, theirs); err != nil {
		return err
	}
	if reveal != nil {
		if err := reveal(key.RecoveryKey()); err != nil {
			return fmt.Errorf("encryption: show the recovery key: %w", err)
		}
	}
	if err := m.keep(ctx, u.Seeds, key, u.Backup); err != nil {
		return err
	}
	if _, err := m.backups.usableBackup(ctx); err != nil {
		m.log.Warn().Err(err).Msg("No backup yet; RunBackup tries again")
	}
	return nil
}

// keep stores an identity as ours.
func (m *ownIdentity) keep(ctx context.Context, seeds crypto.CrossSigningSeeds, storage *ssss.Key, backupKey []byte) error {
	defer poke(m.backups.again)
	return m.keys.DB.DoTxn(ctx, nil, func(ctx context.Context) error {
		err := errors.Join(m.putSeeds(ctx, seeds), m.keepStorageKey(ctx, storage), m.keys.DeleteSecret(ctx, secretUnfinished))
		if backupKey != nil {
			err = errors.Join(err, m.putSecret(ctx, id.SecretMegolmBackupV1, backupKey))
		}
		return err
	})
}
