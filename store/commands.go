package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Command is a moderator's message that asks for something. It is open until its
// plan is recorded, planned until all of that is done and told, and then done.
type Command struct {
	Event  id.EventID
	Room   id.RoomID
	Sender id.UserID
	Body   string
	// Seen is set by Commit on a command that it had stored before.
	Seen bool
	// Plan is what was decided to do about it, in the words of who decided: nil
	// until then. What has a plan goes on by it after a restart; its text is history.
	Plan json.RawMessage
}

// Planned says what a command will do. Its actions go into the same Commit.
type Planned struct {
	Command id.EventID
	Plan    json.RawMessage
}

// Commands are those that were seen, so that none is carried out twice.
type Commands struct{ view }

// put keeps what it knows of an event that is delivered again, so that a
// finished command does not run twice.
func (cs *Commands) put(ctx context.Context, c *Command, turn int64) error {
	err := changed(cs.db.Exec(ctx, `INSERT INTO command (community, event_id, turn, room_id, sender, body, plan, state, done)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', 0) ON CONFLICT (community, event_id) DO NOTHING`,
		cs.community, []byte(c.Event), turn, []byte(c.Room), []byte(c.Sender), []byte(c.Body), []byte{}))
	if errors.Is(err, ErrNotOpen) {
		c.Seen = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("store command %s: %w", c.Event, err)
	}
	return nil
}

// plan records the plan of an open command. One that is planned or done already is
// refused with ErrNotOpen: what was decided twice would be done twice.
func (cs *Commands) plan(ctx context.Context, p Planned) error {
	if len(p.Plan) == 0 {
		p.Plan = json.RawMessage("null")
	}
	err := changed(cs.db.Exec(ctx, `UPDATE command SET state = 'planned', plan = $3 WHERE community = $1 AND event_id = $2 AND state = 'open'`,
		cs.community, []byte(p.Command), []byte(p.Plan)))
	if err != nil {
		return fmt.Errorf("plan command %s: %w", p.Command, err)
	}
	return nil
}

// carry replaces the plan of a planned command: it was carried out, and a restart must
// not do so again, for later commands may want something else.
func (cs *Commands) carry(ctx context.Context, p Planned) error {
	_, err := cs.db.Exec(ctx, `UPDATE command SET plan = $3 WHERE community = $1 AND event_id = $2 AND state = 'planned'`,
		cs.community, []byte(p.Command), []byte(p.Plan))
	if err != nil {
		return fmt.Errorf("note that command %s was carried out: %w", p.Command, err)
	}
	return nil
}

// Open lists the commands that are not done, oldest first.
func (cs *Commands) Open(ctx context.Context) ([]Command, error) {
	commands, err := list(ctx, cs.db, func(scan scanner) (c Command, err error) {
		var plan []byte
		err = scan(&c.Event, &c.Room, &c.Sender, &c.Body, &plan)
		if len(plan) > 0 {
			c.Plan = plan
		}
		return c, err
	}, `SELECT event_id, room_id, sender, body, plan FROM command WHERE community = $1 AND state <> 'done' ORDER BY turn`, cs.community)
	if err != nil {
		return nil, fmt.Errorf("read open commands: %w", err)
	}
	return commands, nil
}

// Finish notes that a command was carried out and answered, and forgets
// what it said and planned, which may have been said in secret. A second time, or for an
// unknown event, it returns [ErrNotOpen].
func (cs *Commands) Finish(ctx context.Context, event id.EventID) error {
	err := changed(cs.db.Exec(ctx, `UPDATE command SET state = 'done', body = $3, plan = $3, done = $4
		WHERE community = $1 AND event_id = $2 AND state <> 'done'`, cs.community, []byte(event), []byte{}, millis(time.Now())))
	if err != nil {
		return fmt.Errorf("finish command %s: %w", event, err)
	}
	return nil
}
