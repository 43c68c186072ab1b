package e2ee

import (
	"context"
	"fmt"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"
)

// Wipe deletes what is encrypted with a key that is lost, or what nobody wants to
// keep: the device's keys, those of rooms, and the identity's. What is known of
// others' devices stays. The account must then log in as a new device.
func Wipe(ctx context.Context, db *dbutil.Database, user id.UserID) error {
	keys := crypto.NewSQLCryptoStore(db, dbutil.ZeroLogger(zerolog.Nop()), string(user), "", nil)
	if err := keys.DB.Upgrade(ctx); err != nil {
		return fmt.Errorf("encryption: upgrade database: %w", err)
	}
	err := keys.DB.DoTxn(ctx, nil, func(ctx context.Context) error {
		// The hashes of messages refer to the account, and go with it.
		for _, table := range []string{"crypto_olm_session", "crypto_megolm_inbound_session", "crypto_megolm_outbound_session", "crypto_secrets", "crypto_account"} {
			if _, err := keys.DB.Exec(ctx, "DELETE FROM "+table+" WHERE account_id=$1", string(user)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("encryption: delete the keys of %s: %w", user, err)
	}
	return nil
}
