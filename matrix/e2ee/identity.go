package e2ee

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/signatures"
	"maunium.net/go/mautrix/id"
)

// IdentityState is how the account's identity, its cross-signing keys, stands to
// what we have.
type IdentityState string

// The states. Nothing leads from one to another but Bootstrap and Unlock.
const (
	IdentityReady    IdentityState = "ready"    // it is ours, and this device is signed by it
	IdentityMissing  IdentityState = "missing"  // there is none, or one that Bootstrap did not finish
	IdentityLocked   IdentityState = "locked"   // there is one, whose private keys we do not have
	IdentityMismatch IdentityState = "mismatch" // there is another than the one that is ours, or none any more
)

// IdentityError says that the identity is in a state that does not allow what was
// asked for.
type IdentityError struct{ State IdentityState }

// Error says what it can mean and what helps, for whoever runs the bot.
func (e *IdentityError) Error() string {
	switch e.State {
	case IdentityReady:
		return "encryption: the account's identity is there already"
	case IdentityMissing:
		return "encryption: the account has no identity (cross-signing keys) yet. Start the bot with forseti run, which makes one"
	case IdentityLocked:
		return "encryption: the account has an identity (cross-signing keys), and its keys are not in the database. Run forseti restore and give it the recovery key or passphrase. If nobody has that, reset the identity in a client that is logged in as the bot, note the new recovery key, and run forseti restore then. The bot never resets it by itself"
	case IdentityMismatch:
		return "encryption: the account's identity on the homeserver is not the one that the bot has. Either somebody who is logged in as the bot reset it in a client, or the account was made anew, or an old database was put back, or the homeserver lies and somebody poses as the bot. Find out which. If the new identity is yours, run forseti restore with its recovery key; moderators will have to verify the bot again. If nobody of yours did it, change the account's password and log out its other devices first"
	default:
		return fmt.Sprintf("encryption: identity is %s", e.State)
	}
}

// identity is what the homeserver says of our account.
type identity struct {
	keys         crypto.CrossSigningPublicKeysCache
	deviceSigned bool // this device, by the self-signing key
	masterSigned bool // the master key, by this device
}

func (i *identity) there() bool { return i.keys.MasterKey != "" }

// published asks the homeserver anew: what the library has stored may be old.
func (m *ownIdentity) published(ctx context.Context) (*identity, error) {
	me := m.client.UserID
	resp, err := m.client.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{me: {}}})
	if err != nil {
		return nil, fmt.Errorf("encryption: ask for our own identity: %w", err)
	}
	master, self, user := resp.MasterKeys[me], resp.SelfSigningKeys[me], resp.UserSigningKeys[me]
	found := &identity{keys: crypto.CrossSigningPublicKeysCache{
		MasterKey: master.FirstKey(), SelfSigningKey: self.FirstKey(), UserSigningKey: user.FirstKey(),
	}}
	if !found.there() {
		return found, nil
	}
	ours := m.mach.OwnIdentity()
	if device, ok := resp.DeviceKeys[me][ours.DeviceID]; ok && device.Keys.GetEd25519(ours.DeviceID) == ours.SigningKey && found.keys.SelfSigningKey != "" {
		found.deviceSigned, _ = signatures.VerifySignatureJSON(device, me, found.keys.SelfSigningKey.String(), found.keys.SelfSigningKey)
	}
	found.masterSigned, _ = signatures.VerifySignatureJSON(master, me, ours.DeviceID.String(), ours.SigningKey)
	return found, nil
}

// Identity compares our identity with what the homeserver has, and if they are the
// same makes use of it. It asks each time, so that a reset is noticed. Call it
// before syncing, or the first messages to devices lack a signature.
func (m *ownIdentity) Identity(ctx context.Context) (IdentityState, error) {
	theirs, err := m.published(ctx)
	if err != nil {
		return "", err
	}
	seeds, ours, err := m.seeds(ctx)
	if err != nil {
		return "", err
	}
	if !ours {
		begun, err := m.begun(ctx)
		switch {
		case err != nil:
			return "", err
		case !theirs.there(), begun != nil && begun.publicKeys() == theirs.keys:
			return IdentityMissing, nil
		default:
			return IdentityLocked, nil
		}
	}
	keys, err := seeds.Decode()
	if err != nil {
		return "", fmt.Errorf("encryption: our identity in the database %w: %w", errDamaged, err)
	}
	if *keys.PublicKeys() != theirs.keys {
		m.set(Own{Identity: keys.PublicKeys().MasterKey, Replaced: true})
		return IdentityMismatch, nil
	}
	return IdentityReady, m.adopt(ctx, seeds, theirs)
}

// adopt makes use of our identity, and signs what is not signed yet.
func (m *ownIdentity) adopt(ctx context.Context, seeds crypto.CrossSigningSeeds, theirs *identity) error {
	if err := m.mach.ImportCrossSigningKeys(seeds); err != nil {
		return fmt.Errorf("encryption: use our identity: %w", err)
	}
	ours := m.mach.OwnIdentity()
	if !theirs.deviceSigned {
		if err := m.mach.SignOwnDevice(ctx, ours); err != nil {
			return fmt.Errorf("encryption: sign this device: %w", err)
		}
	}
	// Some homeservers do not give back this signature.
	noted, err := m.keys.IsKeySignedBy(ctx, ours.UserID, theirs.keys.MasterKey, ours.UserID, ours.SigningKey)
	if err == nil && !noted && !theirs.masterSigned {
		err = m.mach.SignOwnMasterKey(ctx)
	}
	if err != nil {
		return fmt.Errorf("encryption: sign the master key: %w", err)
	}
	// The library judges devices by what it has stored of signatures.
	stored, err := m.resolve(ctx, &id.Device{UserID: ours.UserID, DeviceID: ours.DeviceID, IdentityKey: ours.IdentityKey, SigningKey: ours.SigningKey})
	if err == nil && stored < id.TrustStateCrossSignedVerified {
		_, err = m.fetch(ctx, ours.UserID)
	}
	if err != nil {
		return fmt.Errorf("encryption: read our own devices: %w", err)
	}
	m.set(Own{Identity: theirs.keys.MasterKey})
	return nil
}

// Unlock gets our identity, and the key of the backup if there is one, out of the
// account's secret storage, and signs this device. Its errors are [ErrWrongKey],
// [ErrNoStorage] and [*IdentityError] where they say all there is to say.
//
// It replaces an identity that is ours no more: whoever has the recovery key of
// the account's present one decides.
func (m *ownIdentity) Unlock(ctx context.Context, recoveryKeyOrPassphrase string) error {
	theirs, err := m.published(ctx)
	if err != nil {
		return err
	}
	if !theirs.there() {
		return &IdentityError{IdentityMissing}
	}
	key, err := m.openStorage(ctx, recoveryKeyOrPassphrase)
	if err != nil {
		return err
	}
	var seeds crypto.CrossSigningSeeds
	if seeds.MasterKey, err = m.readStorage(ctx, key, id.SecretXSMaster); err != nil {
		return err
	}
	if seeds.SelfSigningKey, err = m.readStorage(ctx, key, id.SecretXSSelfSigning); err != nil {
		return err
	}
	if seeds.UserSigningKey, err = m.readStorage(ctx, key, id.SecretXSUserSigning); err != nil {
		return err
	}
	keys, err := seeds.Decode()
	if err != nil {
		return fmt.Errorf("encryption: the secret storage holds no identity: %w", err)
	}
	if *keys.PublicKeys() != theirs.keys {
		return fmt.Errorf("%w. (The recovery key is right, but the secret storage holds another identity than the account has)", &IdentityError{IdentityMismatch})
	}
	backupKey, err := m.readStorage(ctx, key, id.SecretMegolmBackupV1)
	if err != nil && !errors.Is(err, ErrNoStorage) {
		return err
	}
	if backupKey == nil {
		// After a reset the storage is a new one, and the backup goes on.
		if backupKey, err = m.secret(ctx, id.SecretMegolmBackupV1); err != nil {
			return err
		}
		if backupKey != nil {
			err = m.writeStorage(ctx, key, id.SecretMegolmBackupV1, backupKey)
		}
	}
	if err != nil {
		return err
	}
	if err := m.keep(ctx, seeds, key, backupKey); err != nil {
		return err
	}
	return m.adopt(ctx, seeds, theirs)
}
