package store

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/id"
)

// Store is what one community keeps, in parts that share its rows and nothing else. Their
// methods may be called from any goroutine.
type Store struct {
	view
	account *Database

	Journal   *Journal
	Commands  *Commands
	Questions *Questions
	Settings  *Settings
	State     *RoomState
	Evidence  *SealedEvidence
	Offences  *Offences
	Trust     *Trust
	Samples   *Samples
	Notes     *Notes
	Cases     *Cases
	Reports   *Reports
	Hashes    *Hashes // of the account: true for all of its communities
}

func newStore(d *Database, room id.RoomID) *Store {
	v := view{d.db, string(room)}
	return &Store{
		view: v, account: d,
		Journal: newJournal(v), Commands: &Commands{v}, Questions: &Questions{v}, Settings: &Settings{v},
		State: &RoomState{v}, Evidence: &SealedEvidence{v, d}, Offences: &Offences{v}, Trust: &Trust{v}, Samples: &Samples{v, d}, Notes: &Notes{v},
		Cases: &Cases{v}, Reports: &Reports{v}, Hashes: &Hashes{v},
	}
}

// Account is the database that the community's rows are in.
func (s *Store) Account() *Database { return s.account }

// view is the rows of one community. All queries of its parts begin with its name.
type view struct {
	db        *dbutil.Database
	community string // its management room
}

// write runs f in one transaction, which all parts join that are called with its context.
func (v view) write(ctx context.Context, f func(context.Context) error) error {
	return write(ctx, v.db, f)
}

// joined reports whether a context is that of a transaction.
func (v view) joined(ctx context.Context) bool {
	return v.db.Execable(ctx) != dbutil.Execable(&v.db.LoggingDB)
}

// turns takes n numbers, in the order of transactions, and returns the first.
func (v view) turns(ctx context.Context, n int) (int64, error) {
	var last int64
	if err := v.db.QueryRow(ctx, `UPDATE turn SET last = last + $1 RETURNING last`, n).Scan(&last); err != nil {
		return 0, fmt.Errorf("take a turn: %w", err)
	}
	return last - int64(n) + 1, nil
}

// owned are the tables whose rows belong to a community.
var owned = [...]string{"state_room", "journal", "command", "question", "setting", "evidence", "offence", "trust", "sample", "note", "case_file", "report"}

// Community is the view of the community that a management room names. The first
// one to open a database from before there were several gets what is in it.
func (d *Database) Community(ctx context.Context, managementRoom id.RoomID) (*Store, error) {
	if d.looking != nil {
		return newStore(d, managementRoom), nil
	}
	err := write(ctx, d.db, func(ctx context.Context) error {
		known, err := communities(ctx, d.db)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			if err := rename(ctx, d.db, "", string(managementRoom)); err != nil {
				return err
			}
		}
		return register(ctx, d.db, managementRoom)
	})
	if err != nil {
		return nil, fmt.Errorf("open community %s: %w", managementRoom, err)
	}
	return newStore(d, managementRoom), nil
}

// OnlyCommunity is Community for a bot that serves one: if its moderators have moved to
// another management room, what belonged to the community still does.
func (d *Database) OnlyCommunity(ctx context.Context, managementRoom id.RoomID) (*Store, error) {
	err := write(ctx, d.db, func(ctx context.Context) error {
		known, err := communities(ctx, d.db)
		switch {
		case err != nil:
			return err
		case len(known) > 1:
			return fmt.Errorf("the database serves %d communities", len(known))
		case len(known) == 0 || known[0] == managementRoom:
			return nil
		}
		return move(ctx, d.db, known[0], managementRoom)
	})
	if err != nil {
		return nil, fmt.Errorf("move the community to %s: %w", managementRoom, err)
	}
	return d.Community(ctx, managementRoom)
}

// moved is the settings namespace of management rooms that were replaced: by which.
const moved = "moved"

// Move is for a community whose management room was replaced by another one. What belonged to it still does, and Now
// knows of it whatever the configuration says.
func (d *Database) Move(ctx context.Context, from, to id.RoomID) (*Store, error) {
	err := write(ctx, d.db, func(ctx context.Context) error {
		if err := move(ctx, d.db, from, to); err != nil {
			return err
		}
		return newStore(d, to).Settings.Set(ctx, moved, string(from), to)
	})
	if err != nil {
		return nil, fmt.Errorf("move the community to %s: %w", to, err)
	}
	return d.Community(ctx, to)
}

// Now is the management room of the community that had one before: itself, unless it was replaced.
func (d *Database) Now(ctx context.Context, room id.RoomID) (id.RoomID, error) {
	known, err := communities(ctx, d.db)
	if err != nil || len(known) != 1 || known[0] == room {
		return room, err
	}
	next, settings := room, newStore(d, known[0]).Settings
	for range 100 { // rooms in a circle lead nowhere
		found, err := settings.Read(ctx, moved, string(next), &next)
		switch {
		case err != nil:
			return room, err
		case !found:
			return room, nil // to which it was moved by hand
		case next == known[0]:
			return next, nil
		}
	}
	return room, nil
}

// move has what belonged to one community belong to another one. What was asked in its room is to be asked in the other one.
func move(ctx context.Context, db *dbutil.Database, from, to id.RoomID) error {
	if err := rename(ctx, db, string(from), string(to)); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, `UPDATE question SET room_id = $1, event_id = $2 WHERE community = $3 AND room_id = $4 AND state = 'open'`,
		[]byte(to), []byte{}, string(to), []byte(from)); err != nil {
		return fmt.Errorf("questions: %w", err)
	}
	if _, err := db.Exec(ctx, `DELETE FROM community WHERE room_id = $1`, string(from)); err != nil {
		return err
	}
	return register(ctx, db, to)
}

func communities(ctx context.Context, db *dbutil.Database) ([]id.RoomID, error) {
	return list(ctx, db, func(scan scanner) (room id.RoomID, err error) {
		err = scan(&room)
		return room, err
	}, `SELECT room_id FROM community ORDER BY room_id`)
}

func register(ctx context.Context, db *dbutil.Database, room id.RoomID) error {
	if room == "" {
		return errors.New("a community has no management room")
	}
	_, err := db.Exec(ctx, `INSERT INTO community (room_id) VALUES ($1) ON CONFLICT (room_id) DO NOTHING`, string(room))
	return err
}

func rename(ctx context.Context, db *dbutil.Database, from, to string) error {
	for _, table := range owned {
		if _, err := db.Exec(ctx, `UPDATE `+table+` SET community = $2 WHERE community = $1`, from, to); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
