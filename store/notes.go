package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Note is what a moderator wrote down about a user. It stays until it is dropped.
type Note struct {
	ID     string // filled in unless set
	User   id.UserID
	Author id.UserID
	Body   string
	At     time.Time // filled in, to the millisecond
}

// AddNote stores a note. A note of the same ID stays as it is.
func (s *Store) AddNote(ctx context.Context, n Note) (Note, error) {
	if n.ID == "" {
		n.ID = rand.Text()
	}
	n.At = moment(millis(time.Now()))
	err := s.write(ctx, func(ctx context.Context) error {
		turn, err := s.turns(ctx, 1)
		if err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `INSERT INTO note (community, id, turn, user_id, author, body, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community, id) DO NOTHING`,
			s.community, n.ID, turn, []byte(n.User), []byte(n.Author), []byte(n.Body), millis(n.At))
		return err
	})
	if err != nil {
		return n, fmt.Errorf("store a note on %s: %w", n.User, err)
	}
	return n, nil
}

// Notes lists the notes on a user, the earliest first.
func (s *Store) Notes(ctx context.Context, user id.UserID) ([]Note, error) {
	notes, err := list(ctx, s.db, func(scan scanner) (n Note, err error) {
		var at int64
		err = scan(&n.ID, &n.User, &n.Author, &n.Body, &at)
		n.At = moment(at)
		return n, err
	}, `SELECT id, user_id, author, body, at FROM note WHERE community = $1 AND user_id = $2 ORDER BY turn`, s.community, []byte(user))
	if err != nil {
		return nil, fmt.Errorf("read notes on %s: %w", user, err)
	}
	return notes, nil
}

// DropNote forgets a note; [ErrNotOpen] if there is none of that ID.
func (s *Store) DropNote(ctx context.Context, note string) error {
	err := changed(s.db.Exec(ctx, `DELETE FROM note WHERE community = $1 AND id = $2`, s.community, note))
	if err != nil {
		return fmt.Errorf("drop note %s: %w", note, err)
	}
	return nil
}
