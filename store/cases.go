package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Case is what happened to one user, as moderators refer to it: by a number. Journal
// entries, offences and evidence belong to it by what its details say.
type Case struct {
	Number    int64 // from 1 on, in each community; given by Cases.Add
	User      id.UserID
	OpenedBy  id.UserID // "" for us
	Reason    string
	Details   json.RawMessage // of who opened it
	Opened    time.Time       // filled in, to the millisecond
	Decision  string          // "" while open
	DecidedBy id.UserID
	Decided   time.Time // zero while open
}

// Cases are what moderators decide on, numbered in each community.
type Cases struct{ view }

// Add stores a case under the next number.
func (cs *Cases) Add(ctx context.Context, c Case) (Case, error) {
	c.Opened = moment(millis(time.Now()))
	if c.Details == nil {
		c.Details = json.RawMessage("null")
	}
	err := cs.write(ctx, func(ctx context.Context) error {
		// A turn is taken by one transaction at a time: no two see the same last number.
		if _, err := cs.turns(ctx, 1); err != nil {
			return err
		}
		last, err := count(ctx, cs.db, `SELECT COALESCE(MAX(number), 0) FROM case_file WHERE community = $1`, cs.community)
		if err != nil {
			return err
		}
		c.Number = last + 1
		_, err = cs.db.Exec(ctx, `INSERT INTO case_file (community, number, user_id, opened_by, reason, details, opened, decision, decided_by, decided)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 0)`,
			cs.community, c.Number, []byte(c.User), []byte(c.OpenedBy), []byte(c.Reason), []byte(c.Details), millis(c.Opened), []byte{})
		return err
	})
	if err != nil {
		return c, fmt.Errorf("open a case on %s: %w", c.User, err)
	}
	return c, nil
}

// put stores a case as it is by now, under the number that it has. What opened it does not
// change, and details that are nil stay as they are, with the reason.
func (cs *Cases) put(ctx context.Context, c Case) error {
	if c.Details == nil {
		c.Details = json.RawMessage("null")
	}
	_, err := cs.db.Exec(ctx, `INSERT INTO case_file (community, number, user_id, opened_by, reason, details, opened, decision, decided_by, decided)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (community, number) DO UPDATE
		SET decision = excluded.decision, decided_by = excluded.decided_by, decided = excluded.decided,
			reason = CASE WHEN excluded.details = $11 THEN case_file.reason ELSE excluded.reason END,
			details = CASE WHEN excluded.details = $11 THEN case_file.details ELSE excluded.details END`,
		cs.community, c.Number, []byte(c.User), []byte(c.OpenedBy), []byte(c.Reason), []byte(c.Details), millis(c.Opened),
		[]byte(c.Decision), []byte(c.DecidedBy), stamped(c.Decided), []byte("null"))
	if err != nil {
		return fmt.Errorf("store case %d: %w", c.Number, err)
	}
	return nil
}

// Last is the highest number that was given; 0 for none.
func (cs *Cases) Last(ctx context.Context) (int64, error) {
	last, err := count(ctx, cs.db, `SELECT COALESCE(MAX(number), 0) FROM case_file WHERE community = $1`, cs.community)
	if err != nil {
		return 0, fmt.Errorf("read the last case: %w", err)
	}
	return last, nil
}

// Since lists the cases that were opened since a time, the first one first.
func (cs *Cases) Since(ctx context.Context, at time.Time) ([]Case, error) {
	return cs.find(ctx, `opened >= $2 ORDER BY number`, millis(at))
}

// Decide closes a case. A decided or unknown one is refused with [ErrNotOpen].
func (cs *Cases) Decide(ctx context.Context, number int64, decision string, by id.UserID) error {
	if decision == "" {
		return errors.New("decide a case: no decision")
	}
	err := changed(cs.db.Exec(ctx, `UPDATE case_file SET decision = $3, decided_by = $4, decided = $5
		WHERE community = $1 AND number = $2 AND decided = 0`, cs.community, number, []byte(decision), []byte(by), millis(time.Now())))
	if err != nil {
		return fmt.Errorf("decide case %d: %w", number, err)
	}
	return nil
}

// Find finds a case by its number; false if there is none.
func (cs *Cases) Find(ctx context.Context, number int64) (Case, bool, error) {
	found, err := cs.find(ctx, `number = $2`, number)
	if err != nil || len(found) == 0 {
		return Case{}, false, err
	}
	return found[0], true, nil
}

// On lists the cases on a user, the first one first.
func (cs *Cases) On(ctx context.Context, user id.UserID) ([]Case, error) {
	return cs.find(ctx, `user_id = $2 ORDER BY number`, []byte(user))
}

// Latest lists the cases that were opened since a time, the last one first and that many at most:
// those on a user or opened or decided by them, if one is given.
func (cs *Cases) Latest(ctx context.Context, since time.Time, u id.UserID, most int) ([]Case, error) {
	if u == "" {
		return cs.find(ctx, `opened >= $2 ORDER BY number DESC LIMIT $3`, millis(since), most)
	}
	return cs.find(ctx, `opened >= $2 AND (user_id = $3 OR opened_by = $3 OR decided_by = $3) ORDER BY number DESC LIMIT $4`, millis(since), []byte(u), most)
}

// Undecided lists the cases without a decision, the first one first.
func (cs *Cases) Undecided(ctx context.Context) ([]Case, error) {
	return cs.find(ctx, `decided = 0 ORDER BY number`)
}

func (cs *Cases) find(ctx context.Context, where string, args ...any) ([]Case, error) {
	found, err := list(ctx, cs.db, func(scan scanner) (c Case, err error) {
		var details []byte
		var opened, decided int64
		err = scan(&c.Number, &c.User, &c.OpenedBy, &c.Reason, &details, &opened, &c.Decision, &c.DecidedBy, &decided)
		c.Details, c.Opened, c.Decided = details, moment(opened), moment(decided)
		return c, err
	}, `SELECT number, user_id, opened_by, reason, details, opened, decision, decided_by, decided FROM case_file WHERE community = $1 AND `+where,
		append([]any{cs.community}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return found, nil
}
