package e2ee

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"
)

// Names under which the store keeps, encrypted with its key, what is nobody's
// business. Those of the specification are in identitySecrets.
const (
	secretStorageKey id.Secret = "forseti.secret_storage" // opens the account's secret storage
	secretUnfinished id.Secret = "forseti.unfinished"     // an identity that is being made
)

// identitySecrets are what our own verified devices may ask for, by the names that
// the specification gives them.
var identitySecrets = []id.Secret{id.SecretXSMaster, id.SecretXSSelfSigning, id.SecretXSUserSigning, id.SecretMegolmBackupV1}

// mayBeAskedFor keeps our own secrets to ourselves: the library hands out whatever
// is stored under the name that is asked for. A list of names to share upstream
// would make this superfluous.
func mayBeAskedFor(name id.Secret) bool { return slices.Contains(identitySecrets, name) }

// errDamaged is a secret in the database that is not as we wrote it.
var errDamaged = errors.New("is damaged, or was put into the database by something else than this bot")

// vault keeps the account's secrets: in our own store, and in the account's secret
// storage.
type vault struct{ *base }

// secret reads a secret of the store, nil if there is none.
func (m *vault) secret(ctx context.Context, name id.Secret) ([]byte, error) {
	value, err := m.keys.GetSecret(ctx, name)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("encryption: the secret %s in the database %w: %w", name, errDamaged, err)
	}
	if err != nil || value == "" {
		return nil, err
	}
	raw, err := unpadded.Decode(value)
	if err != nil {
		return nil, fmt.Errorf("encryption: the secret %s in the database %w", name, errDamaged)
	}
	return raw, nil
}

func (m *vault) putSecret(ctx context.Context, name id.Secret, value []byte) error {
	if err := m.keys.PutSecret(ctx, name, unpadded.Encode(value)); err != nil {
		return fmt.Errorf("encryption: store the secret %s: %w", name, err)
	}
	return nil
}

// seeds reads the private keys of our identity; false if they are not all there.
func (m *vault) seeds(ctx context.Context) (seeds crypto.CrossSigningSeeds, ok bool, err error) {
	for _, s := range []struct {
		name id.Secret
		into *[]byte
	}{
		{id.SecretXSMaster, (*[]byte)(&seeds.MasterKey)},
		{id.SecretXSSelfSigning, (*[]byte)(&seeds.SelfSigningKey)},
		{id.SecretXSUserSigning, (*[]byte)(&seeds.UserSigningKey)},
	} {
		if *s.into, err = m.secret(ctx, s.name); err != nil {
			return seeds, false, err
		}
		if *s.into == nil {
			return seeds, false, nil
		}
		if len(*s.into) != seedLength {
			return seeds, false, fmt.Errorf("encryption: the secret %s in the database %w", s.name, errDamaged)
		}
	}
	return seeds, true, nil
}

// putSeeds stores all or none.
func (m *vault) putSeeds(ctx context.Context, seeds crypto.CrossSigningSeeds) error {
	return m.keys.DB.DoTxn(ctx, nil, func(ctx context.Context) error {
		return errors.Join(
			m.putSecret(ctx, id.SecretXSMaster, seeds.MasterKey),
			m.putSecret(ctx, id.SecretXSSelfSigning, seeds.SelfSigningKey),
			m.putSecret(ctx, id.SecretXSUserSigning, seeds.UserSigningKey),
		)
	})
}

// seedLength is that of every private key here.
const seedLength = 32
