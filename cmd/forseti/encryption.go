package main

import (
	"context"

	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/store"
)

// openEncryption lets the session take part in encrypted rooms; nil if the
// configuration has no key to keep secrets with.
func openEncryption(ctx context.Context, c config.Config, db *store.Database, session *matrix.Session, moderator func(id.UserID) bool) (*e2ee.Machine, error) {
	if c.Encryption.Key == "" {
		return nil, nil
	}
	if err := db.UseKey([]byte(c.Encryption.Key)); err != nil {
		return nil, err
	}
	return session.Encrypt(ctx, matrix.Encryption{
		DB: db.DB(), Key: []byte(c.Encryption.Key), SendTo: e2ee.Trust(c.Encryption.SendTo),
		Moderator: moderator, ShareKeys: c.Encryption.ShareKeys,
	})
}
