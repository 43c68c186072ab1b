package store

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/id"
)

// Command is a moderator's message that asks for something.
type Command struct {
	Event  id.EventID
	Room   id.RoomID
	Sender id.UserID
	Body   string
	// Seen is set by Commit on a command that it had stored before.
	Seen bool
}

// putCommand keeps what it knows of an event that is delivered again, so that a
// finished command does not run twice.
func (s *Store) putCommand(ctx context.Context, c *Command) error {
	err := changed(s.db.Exec(ctx, `INSERT INTO command (event_id, turn, room_id, sender, body, state)
		VALUES ($1, $2, $3, $4, $5, 'open') ON CONFLICT (event_id) DO NOTHING`,
		[]byte(c.Event), s.turn.Add(1), []byte(c.Room), []byte(c.Sender), []byte(c.Body)))
	if errors.Is(err, ErrNotOpen) {
		c.Seen = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("store command %s: %w", c.Event, err)
	}
	return nil
}

// OpenCommands lists the commands that were not finished, oldest first.
func (s *Store) OpenCommands(ctx context.Context) ([]Command, error) {
	commands, err := list(ctx, s.db, func(scan scanner) (c Command, err error) {
		err = scan(&c.Event, &c.Room, &c.Sender, &c.Body)
		return c, err
	}, `SELECT event_id, room_id, sender, body FROM command WHERE state = 'open' ORDER BY turn`)
	if err != nil {
		return nil, fmt.Errorf("read open commands: %w", err)
	}
	return commands, nil
}

// FinishCommand notes that a command was carried out and answered, and forgets
// what it said, which may have been said in secret. A second time, or for an
// unknown event, it returns [ErrNotOpen].
func (s *Store) FinishCommand(ctx context.Context, event id.EventID) error {
	err := changed(s.db.Exec(ctx, `UPDATE command SET state = 'done', body = $2 WHERE event_id = $1 AND state = 'open'`, []byte(event), []byte{}))
	if err != nil {
		return fmt.Errorf("finish command %s: %w", event, err)
	}
	return nil
}
