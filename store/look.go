package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
)

// look is what belongs to a database that is only looked at.
type look struct {
	lock    *lock // held unless a bot runs
	running bool
	version int
}

// Look opens the database at url to read in it, beside a bot that runs or without
// one. It creates nothing and upgrades nothing. Where there is no database,
// [ErrNoDatabase] is in its error.
//
// If no bot runs, none can start until it is closed: a login may have to be renewed, which
// only one may do.
func Look(ctx context.Context, url string, log zerolog.Logger) (*Database, error) {
	p, err := locate(url)
	if err != nil {
		return nil, err
	}
	d := &Database{place: p, log: log, gate: newGate(p.dialect()), looking: &look{lock: &lock{}}}
	if err := d.look(ctx); err != nil {
		return nil, errors.Join(p.explain(err), d.Close())
	}
	return d, nil
}

func (d *Database) look(ctx context.Context) error {
	if d.place.path != "" {
		info, err := os.Stat(d.place.path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			return d.place.none()
		}
	}
	held, err := d.place.lock(ctx, d.gate, false)
	switch {
	case errors.Is(err, ErrRunning):
		d.looking.running = true
	case err != nil:
		return err
	default:
		d.looking.lock = held
	}
	d.pools = d.place.look(d.gate)
	if d.db, err = d.pools.wrap(d.place.dialect()); err != nil {
		return err
	}
	d.describe()
	there, err := d.db.TableExists(ctx, versionTable)
	if err != nil {
		return err
	}
	if !there {
		return d.place.none()
	}
	return d.readVersion(ctx)
}

func (d *Database) readVersion(ctx context.Context) error {
	var compatible int
	err := d.db.QueryRow(ctx, `SELECT version, COALESCE(compat, version) FROM `+versionTable).Scan(&d.looking.version, &compatible)
	if err != nil {
		return err
	}
	if known := len(d.db.UpgradeTable); compatible > known {
		return fmt.Errorf("%w: it is of version %d, and this program knows %d", dbutil.ErrUnsupportedDatabaseVersion, d.looking.version, known)
	}
	return nil
}

func (p place) none() error {
	return &Trouble{fmt.Sprintf("There is no database of a bot at %s yet. forseti init makes one, and so does forseti run", p), ErrNoDatabase}
}

func (p place) look(g *gate) pools {
	if p.pg != nil {
		return pools{read: pool(p.postgres(g, true), 2)}
	}
	u := looking
	// With a log beside it, somebody is writing or was interrupted, and SQLite needs to see
	// the files. Without one it would make them.
	if _, err := os.Stat(p.path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		u = untended
	}
	return pools{read: pool(p.sqlite(g, u), 1)}
}

// Running reports whether a bot was at work on a database when it was looked at.
func (d *Database) Running() bool { return d.looking != nil && d.looking.running }

// Behind reports whether a database that is looked at has yet to be upgraded, by
// the next forseti run. Only its session can be read until then.
func (d *Database) Behind() bool {
	return d.looking != nil && d.looking.version < len(d.db.UpgradeTable)
}

// patch writes into a database that is only looked at, and that no bot works on. It
// upgrades nothing.
func (d *Database) patch(ctx context.Context, f func(*dbutil.Database) error) error {
	if d.looking.running {
		return ErrRunning
	}
	db := pool(d.place.patching(d.gate), 1)
	defer db.Close()
	wrapped, err := dbutil.NewWithDB(db, d.place.dialect().String())
	if err != nil {
		return err
	}
	return f(wrapped)
}

func (p place) patching(g *gate) *connector {
	if p.pg != nil {
		return p.postgres(g, false)
	}
	return p.sqlite(g, patching)
}
