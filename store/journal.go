package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Progress is how far a journal entry has come.
type Progress string

// An entry is open until it is settled, once and for all.
const (
	EntryOpen    Progress = "open"    // wanted; it may or may not have happened
	EntryDone    Progress = "done"    // happened
	EntryFailed  Progress = "failed"  // refused; will not be tried again
	EntryDropped Progress = "dropped" // not wanted any more, or left undone by a dry run
)

// progress is where an entry stands after an attempt.
func progress(o action.Outcome) Progress {
	switch {
	case o.Dropped:
		return EntryDropped
	case o.Done && o.Failure != "":
		return EntryFailed
	case o.Done:
		return EntryDone
	default:
		return EntryOpen
	}
}

// Entry is an action with its fate.
type Entry struct {
	Action   action.Action
	State    Progress
	Event    id.EventID // what it sent, where it sent something
	Attempts int
	Failure  string    // of the latest attempt
	Created  time.Time // to the millisecond
	Settled  time.Time // zero while open
}

// Ban is a ban of ours, as far as we know: others may have lifted it since.
type Ban struct {
	Room  id.RoomID
	User  id.UserID
	Event id.EventID // "" if not known
	Cause action.Cause
	Made  time.Time // when it was first wanted
	// Unsettled is set if this ban, or our later unban, was begun and not settled:
	// only the room can tell whether it happened.
	Unsettled bool
}

// Begin notes that an action is about to be tried, and must return before the
// request is sent. It gives the action an ID unless it has one; beginning an open
// one again counts as another attempt. A settled one is refused with [ErrNotOpen].
func (s *Store) Begin(ctx context.Context, a action.Action) (action.Action, error) {
	if err := s.put(ctx, &a, 1); err != nil {
		return a, fmt.Errorf("journal %s: %w", a.Verb, err)
	}
	return a, nil
}

// want notes an action that has not been tried.
func (s *Store) want(ctx context.Context, a *action.Action) error {
	if err := s.put(ctx, a, 0); err != nil {
		return fmt.Errorf("journal %s: %w", a.Verb, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, a *action.Action, attempts int) error {
	if a.ID == "" {
		a.ID = rand.Text()
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	// The turn moves with each attempt: a ban retried after an unban comes after it.
	return changed(s.db.Exec(ctx, `
		INSERT INTO journal (id, turn, verb, room_id, user_id, action, state, result_event, attempts, error, created, settled)
		VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $7, $9, 0)
		ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, attempts = journal.attempts + excluded.attempts
		WHERE journal.state = 'open'`,
		a.ID, s.turn.Add(1), string(a.Verb), []byte(a.Room), []byte(a.User), text, []byte{}, attempts, millis(time.Now())))
}

// Settle notes what became of an action that was begun. Only an open entry can be
// settled; else it returns [ErrNotOpen].
func (s *Store) Settle(ctx context.Context, entry string, o action.Outcome) error {
	state, settled := progress(o), int64(0)
	if state != EntryOpen {
		settled = millis(time.Now())
	}
	// The event may be known already, from an echo that overtook the answer.
	query := `UPDATE journal SET state = $2, error = $3, settled = $4 WHERE id = $1 AND state = 'open'`
	args := []any{entry, string(state), []byte(o.Failure), settled}
	if o.Event != "" {
		query = `UPDATE journal SET state = $2, error = $3, settled = $4, result_event = $5 WHERE id = $1 AND state = 'open'`
		args = append(args, []byte(o.Event))
	}
	err := changed(s.db.Exec(ctx, query, args...))
	if err != nil {
		return fmt.Errorf("settle journal entry %s: %w", entry, err)
	}
	return nil
}

// OpenActions lists the actions that are not settled, oldest first, to be taken
// up after a restart. Their IDs make a send that went through before harmless.
func (s *Store) OpenActions(ctx context.Context) ([]action.Action, error) {
	open, err := list(ctx, s.db, func(scan scanner) (a action.Action, err error) {
		var text []byte
		if err := scan(&text); err != nil {
			return a, err
		}
		err = json.Unmarshal(text, &a)
		return a, err
	}, `SELECT action FROM journal WHERE state = 'open' ORDER BY turn`)
	if err != nil {
		return nil, fmt.Errorf("read open actions: %w", err)
	}
	return open, nil
}

const entryColumns = `action, state, result_event, attempts, error, created, settled`

func readEntry(scan scanner) (e Entry, err error) {
	var text []byte
	var created, settled int64
	if err := scan(&text, &e.State, &e.Event, &e.Attempts, &e.Failure, &created, &settled); err != nil {
		return e, err
	}
	e.Created, e.Settled = moment(created), moment(settled)
	err = json.Unmarshal(text, &e.Action)
	return e, err
}

// History lists what we did or tried to do to a user, latest first.
func (s *Store) History(ctx context.Context, user id.UserID, limit int) ([]Entry, error) {
	entries, err := list(ctx, s.db, readEntry,
		`SELECT `+entryColumns+` FROM journal WHERE user_id = $1 ORDER BY turn DESC LIMIT $2`, []byte(user), limit)
	if err != nil {
		return nil, fmt.Errorf("read history of %s: %w", user, err)
	}
	return entries, nil
}
