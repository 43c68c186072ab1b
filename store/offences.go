package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Offence is something that a member did, and how much it weighs. Points are the sum of a
// member's offences, each faded by its age; they are counted by who reads, and not kept.
type Offence struct {
	ID         string // filled in unless set; the same one is stored once
	User       id.UserID
	Protection string
	Weight     int64
	At         time.Time // to the millisecond
	Case       int64     // the number of its case; 0 for none
}

// Offences are what points are counted from.
type Offences struct{ view }

// Add stores an offence for good, until it is pruned by its age.
func (offs *Offences) Add(ctx context.Context, o Offence) (Offence, error) {
	err := offs.write(ctx, func(ctx context.Context) error {
		turn, err := offs.turns(ctx, 1)
		if err != nil {
			return err
		}
		return offs.put(ctx, &o, turn)
	})
	return o, err
}

func (offs *Offences) put(ctx context.Context, o *Offence, turn int64) error {
	if o.ID == "" {
		o.ID = rand.Text()
	}
	_, err := offs.db.Exec(ctx, `INSERT INTO offence (community, id, turn, user_id, protection, weight, at, case_no)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community, id) DO NOTHING`,
		offs.community, o.ID, turn, []byte(o.User), o.Protection, o.Weight, millis(o.At), o.Case)
	if err != nil {
		return fmt.Errorf("store an offence of %s: %w", o.User, err)
	}
	return nil
}

// Of lists what a user did since a time, the earliest first.
func (offs *Offences) Of(ctx context.Context, user id.UserID, since time.Time) ([]Offence, error) {
	found, err := list(ctx, offs.db, readOffence, `SELECT `+offenceColumns+` FROM offence
		WHERE community = $1 AND user_id = $2 AND at >= $3 ORDER BY turn`, offs.community, []byte(user), millis(since))
	if err != nil {
		return nil, fmt.Errorf("read offences of %s: %w", user, err)
	}
	return found, nil
}

// All lists what everybody did since a time, the earliest first: what there
// is to count again after a restart.
func (offs *Offences) All(ctx context.Context, since time.Time) ([]Offence, error) {
	found, err := list(ctx, offs.db, readOffence, `SELECT `+offenceColumns+` FROM offence
		WHERE community = $1 AND at >= $2 ORDER BY turn`, offs.community, millis(since))
	if err != nil {
		return nil, fmt.Errorf("read offences: %w", err)
	}
	return found, nil
}

const offenceColumns = `id, user_id, protection, weight, at, case_no`

func readOffence(scan scanner) (o Offence, err error) {
	var at int64
	err = scan(&o.ID, &o.User, &o.Protection, &o.Weight, &at, &o.Case)
	o.At = moment(at)
	return o, err
}
