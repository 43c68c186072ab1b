package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// Session is the bot's login at its homeserver.
type Session struct {
	User         id.UserID
	Device       id.DeviceID
	AccessToken  string
	RefreshToken string // "" where the homeserver gave none
	ClientID     string // whom RefreshToken was given to
}

// withoutClient is the version of a database that knows no Session.ClientID.
const withoutClient = 1

// Session returns the stored login; false if there is none.
func (d *Database) Session(ctx context.Context) (Session, bool, error) {
	client := "client_id"
	if d.looking != nil && d.looking.version <= withoutClient {
		client = "''"
	}
	var v Session
	err := d.db.QueryRow(ctx, `SELECT user_id, device_id, access_token, refresh_token, `+client+` FROM session`).
		Scan(&v.User, &v.Device, &v.AccessToken, &v.RefreshToken, &v.ClientID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Session{}, false, nil
	case err != nil:
		return Session{}, false, fmt.Errorf("read session: %w", err)
	}
	return v, true, nil
}

// SaveSession stores the login in place of any earlier one. Who only looks may do
// so too, where no bot runs: a login that was renewed and not stored is lost.
func (d *Database) SaveSession(ctx context.Context, v Session) error {
	save := func(db *dbutil.Database) error { return saveSession(ctx, db, v) }
	var err error
	switch {
	case d.looking == nil:
		err = save(d.db)
	case d.looking.version <= withoutClient:
		err = errors.New("the database has to be upgraded first, which forseti run does")
	default:
		err = d.patch(ctx, save)
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

func saveSession(ctx context.Context, db *dbutil.Database, v Session) error {
	_, err := db.Exec(ctx, `
		INSERT INTO session (one, user_id, device_id, access_token, refresh_token, client_id) VALUES (1, $1, $2, $3, $4, $5)
		ON CONFLICT (one) DO UPDATE SET user_id = excluded.user_id, device_id = excluded.device_id,
			access_token = excluded.access_token, refresh_token = excluded.refresh_token, client_id = excluded.client_id`,
		string(v.User), string(v.Device), v.AccessToken, v.RefreshToken, v.ClientID)
	return err
}

// DropSession forgets the login, after a logout.
func (d *Database) DropSession(ctx context.Context) error {
	if _, err := d.db.Exec(ctx, `DELETE FROM session`); err != nil {
		return fmt.Errorf("drop session: %w", err)
	}
	return nil
}
