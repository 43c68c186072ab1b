package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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

// Session returns the stored login; false if there is none.
func (s *Store) Session(ctx context.Context) (Session, bool, error) {
	var v Session
	err := s.db.QueryRow(ctx, `SELECT user_id, device_id, access_token, refresh_token, client_id FROM session`).
		Scan(&v.User, &v.Device, &v.AccessToken, &v.RefreshToken, &v.ClientID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Session{}, false, nil
	case err != nil:
		return Session{}, false, fmt.Errorf("read session: %w", err)
	}
	return v, true, nil
}

// SaveSession stores the login in place of any earlier one.
func (s *Store) SaveSession(ctx context.Context, v Session) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO session (one, user_id, device_id, access_token, refresh_token, client_id) VALUES (1, $1, $2, $3, $4, $5)
		ON CONFLICT (one) DO UPDATE SET user_id = excluded.user_id, device_id = excluded.device_id,
			access_token = excluded.access_token, refresh_token = excluded.refresh_token, client_id = excluded.client_id`,
		string(v.User), string(v.Device), v.AccessToken, v.RefreshToken, v.ClientID)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// DropSession forgets the login, after a logout.
func (s *Store) DropSession(ctx context.Context) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM session`); err != nil {
		return fmt.Errorf("drop session: %w", err)
	}
	return nil
}
