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

// Notes are what moderators wrote down about users.
type Notes struct{ view }

// Add stores a note. A note of the same ID stays as it is.
func (ns *Notes) Add(ctx context.Context, n Note) (Note, error) {
	if n.ID == "" {
		n.ID = rand.Text()
	}
	n.At = moment(millis(time.Now()))
	err := ns.write(ctx, func(ctx context.Context) error {
		turn, err := ns.turns(ctx, 1)
		if err != nil {
			return err
		}
		_, err = ns.db.Exec(ctx, `INSERT INTO note (community, id, turn, user_id, author, body, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community, id) DO NOTHING`,
			ns.community, n.ID, turn, []byte(n.User), []byte(n.Author), []byte(n.Body), millis(n.At))
		return err
	})
	if err != nil {
		return n, fmt.Errorf("store a note on %s: %w", n.User, err)
	}
	return n, nil
}

// On lists the notes on a user, the earliest first.
func (ns *Notes) On(ctx context.Context, user id.UserID) ([]Note, error) {
	notes, err := list(ctx, ns.db, func(scan scanner) (n Note, err error) {
		var at int64
		err = scan(&n.ID, &n.User, &n.Author, &n.Body, &at)
		n.At = moment(at)
		return n, err
	}, `SELECT id, user_id, author, body, at FROM note WHERE community = $1 AND user_id = $2 ORDER BY turn`, ns.community, []byte(user))
	if err != nil {
		return nil, fmt.Errorf("read notes on %s: %w", user, err)
	}
	return notes, nil
}

// Drop forgets a note; [ErrNotOpen] if there is none of that ID.
func (ns *Notes) Drop(ctx context.Context, note string) error {
	err := changed(ns.db.Exec(ctx, `DELETE FROM note WHERE community = $1 AND id = $2`, ns.community, note))
	if err != nil {
		return fmt.Errorf("drop note %s: %w", note, err)
	}
	return nil
}
