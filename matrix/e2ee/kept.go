package e2ee

import (
	"context"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// HasIdentity reports whether the database has the identity of a user, without opening
// it. One that has never held keys has none.
func HasIdentity(ctx context.Context, db *dbutil.Database, user id.UserID) bool {
	var n int
	err := db.QueryRow(ctx, "SELECT COUNT(*) FROM crypto_secrets WHERE account_id=$1 AND name=$2", string(user), string(id.SecretXSMaster)).Scan(&n)
	return err == nil && n > 0
}
