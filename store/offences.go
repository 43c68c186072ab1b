package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

// Offence is something that a member did, and how much it weighs. Points are the sum of a
// member's offences, each faded by its age; they are counted by who reads, and not kept.
type Offence struct {
	ID         string // filled in unless set; the same one is stored once
	User       id.UserID
	Room       id.RoomID
	Protection string
	Event      id.EventID // that it is about; "" if that is not known
	Class      string     // how bad it is, in the words of who counts
	Weight     int64
	At         time.Time // to the millisecond
	Case       int64     // the number of its case; 0 for none
	// What follows can change: the step that was taken, and since when it counts no more;
	// zero while it does.
	Step   string
	Undone time.Time
}

// Offences are what points are counted from.
type Offences struct{ view }

// Add stores an offence until it is pruned by its age. What was done does not change: of one
// that is there only its step is changed, and that it is undone stays so.
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
	_, err := offs.db.Exec(ctx, `INSERT INTO offence (community, id, turn, user_id, room_id, protection, class, weight, at, case_no, step, undone, event_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (community, id) DO UPDATE
		SET step = excluded.step, undone = CASE WHEN offence.undone = 0 THEN excluded.undone ELSE offence.undone END`,
		offs.community, o.ID, turn, []byte(o.User), []byte(o.Room), o.Protection, o.Class, o.Weight, millis(o.At), o.Case, o.Step, stamped(o.Undone), []byte(o.Event))
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

// Latest lists what everybody did since a time, the earliest first and the latest at most:
// what there is to count again after a restart.
func (offs *Offences) Latest(ctx context.Context, since time.Time, most int) ([]Offence, error) {
	found, err := list(ctx, offs.db, readOffence, `SELECT `+offenceColumns+` FROM offence
		WHERE community = $1 AND at >= $2 ORDER BY turn DESC LIMIT $3`, offs.community, millis(since), most)
	if err != nil {
		return nil, fmt.Errorf("read offences: %w", err)
	}
	slices.Reverse(found)
	return found, nil
}

const offenceColumns = `id, user_id, room_id, protection, class, weight, at, case_no, step, undone, event_id`

func readOffence(scan scanner) (o Offence, err error) {
	var at, undone int64
	err = scan(&o.ID, &o.User, &o.Room, &o.Protection, &o.Class, &o.Weight, &at, &o.Case, &o.Step, &undone, &o.Event)
	o.At = moment(at)
	if undone != 0 {
		o.Undone = moment(undone)
	}
	return o, err
}

// stamped is a time in milliseconds, 0 if there is none.
func stamped(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return millis(at)
}

// Tally is how many offences of a protection led to a step.
type Tally struct {
	Protection, Step string
	Offences         int // all of them
	Overturned       int // of those, by what was decided about their case
	Lifted           int // of the others, those that count no more and did not soon after they were done
	Users            int // whose they are
}

// Tallies counts offences since a time, by protection and step. decision is how a case ends that
// overturns what was done, and soon how long after an offence what is undone is a lift of it.
func (offs *Offences) Tallies(ctx context.Context, since time.Time, decision string, soon time.Duration) ([]Tally, error) {
	read := func(scan scanner) (t Tally, err error) {
		return t, scan(&t.Protection, &t.Step, &t.Offences, &t.Overturned, &t.Lifted, &t.Users)
	}
	found, err := list(ctx, offs.db, read, `SELECT protection, step, COUNT(*), COUNT(CASE WHEN undone <> 0 AND number IS NOT NULL THEN 1 END),
			COUNT(CASE WHEN undone <> 0 AND number IS NULL AND undone - at <= $4 THEN 1 END), COUNT(DISTINCT offence.user_id)
		FROM offence LEFT JOIN case_file ON case_file.community = offence.community AND number = case_no AND decision = $3
		WHERE offence.community = $1 AND at >= $2 GROUP BY protection, step ORDER BY protection, step`, offs.community, millis(since), []byte(decision), soon.Milliseconds())
	if err != nil {
		return nil, fmt.Errorf("count offences: %w", err)
	}
	return found, nil
}
