// Package store keeps what must outlive a restart. It decides nothing.
//
// A [Database] is SQLite or PostgreSQL and belongs to one account of the bot: its
// login, its sync token, the keys of encrypted rooms (tables of the Matrix library,
// see [Database.DB]), and which entities stand behind hashes, which is true for
// everybody. All else belongs to a community, which a management room names: the
// journal of what we did, commands, questions, settings, evidence, offences, trust, samples,
// notes, cases, reports, and the state of rooms, of which each community has weighed its own
// part. A [Store] is one community's view; no query of it sees another's rows.
//
// # Who may write
//
// One process works on a database. Two things see to it, as neither is enough:
//
// A lock tells who lives: for SQLite one on a file beside the database, for PostgreSQL
// an advisory lock of a session. The system drops it with the process, so that a start
// after a crash need not wait. A second process is turned away with [ErrRunning],
// before it changes anything.
//
// An epoch fences: each start counts the one row of the table owner up by one, and
// every write transaction, the library's included, first looks whether it is still the
// epoch that it began with, and keeps it from changing until it is through. Whoever lost
// the lock without knowing (the session broke, the process or its machine stood still)
// can thus write nothing once another has begun: it gets [ErrNotOwner], and
// [Database.Lost] tells it to stop.
//
// Where a lock may be free though its process lives (behind a proxy for connections, or
// where files cannot be locked), the owner renews its row by the database's clock, and who
// comes next waits for fifteen seconds to see whether it does. It does not wait for
// an owner that ended in good order, or whose process is seen to be gone.
//
// # Order
//
// The journal, commands and questions are ordered by a number that the database counts
// up in the transaction that stores them: clocks step back, and a process does not
// know of what another wrote.
package store

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	lib "modernc.org/sqlite/lib"
)

//go:embed upgrades/*.sql
var upgrades embed.FS

// Database is an open database. Its methods may be called from any goroutine.
type Database struct {
	place   place
	log     zerolog.Logger
	gate    *gate
	pools   pools
	db      *dbutil.Database
	owner   *owner // nil for who only looks
	seal    cipher.AEAD
	looking *look // nil for the owner
}

// Open opens the database at url for the one process that works on it, and creates
// or upgrades its tables as needed. The url is "sqlite:path", or "postgres://…" as in
// libpq. It returns [ErrRunning] if there is such a process already, and [*Trouble] for what
// can be mended.
func Open(ctx context.Context, url string, log zerolog.Logger) (*Database, error) {
	p, err := locate(url)
	if err != nil {
		return nil, err
	}
	d := &Database{place: p, log: log, gate: newGate(p.dialect())}
	if err := d.open(ctx); err != nil {
		return nil, p.explain(err)
	}
	return d, nil
}

// open locks first: what another process works on is not to be changed.
func (d *Database) open(ctx context.Context) (err error) {
	held, err := d.place.lock(ctx, d.gate, true)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && d.owner == nil {
			err = errors.Join(err, held.release())
		}
	}()
	if d.place.path != "" {
		if err := d.place.create(); err != nil {
			return err
		}
	}
	d.pools = d.place.connect(d.gate)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if d.db, err = d.pools.wrap(d.place.dialect()); err != nil {
		return err
	}
	d.describe()
	unclean, err := d.await(ctx, held)
	if err != nil {
		return err
	}
	if unclean {
		if err := d.whole(ctx); err != nil {
			return err
		}
	}
	d.gate.limit.Store(int64(upgradeLimit))
	err = d.db.Upgrade(ctx)
	d.gate.limit.Store(int64(callLimit))
	if err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	return d.own(ctx, held)
}

// describe tells the library about our tables.
func (d *Database) describe() {
	// Below this level it logs the values of slow queries, logins and secrets among them.
	d.db.Log = dbutil.ZeroLogger(d.log.Level(max(zerolog.DebugLevel, d.log.GetLevel())))
	d.db.Owner = "forseti"
	d.db.VersionTable = versionTable
	d.db.IgnoreForeignTables = false // refuse the database of a homeserver
	d.db.UpgradeTable = dbutil.BuildUpgradeTable().WithFSPath(upgrades, "upgrades").Finish()
}

const versionTable = "forseti_version"

// whole looks for damage after an end that was not in good order. Met later, it would end
// the bot again and again.
func (d *Database) whole(ctx context.Context) error {
	if d.place.path == "" {
		return nil // PostgreSQL sees to that itself
	}
	d.gate.limit.Store(int64(upgradeLimit))
	defer d.gate.limit.Store(int64(callLimit))
	var found string
	if err := d.db.QueryRow(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return &Trouble{d.place.sqliteText(lib.SQLITE_CORRUPT), errors.New(found)}
	}
	return nil
}

// Close closes the database, which is of no use afterwards.
func (d *Database) Close() error {
	var err error
	if d.owner != nil {
		err = d.owner.release(!d.gate.damaged.Load())
	}
	if d.looking != nil {
		err = errors.Join(err, d.looking.lock.release())
	}
	if d.pools.read != nil {
		err = errors.Join(err, d.pools.close())
	}
	return err
}

// DB is the database itself, for the library's own tables beside ours.
func (d *Database) DB() *dbutil.Database { return d.db }

// write runs f in one transaction.
func write(ctx context.Context, db *dbutil.Database, f func(context.Context) error) error {
	return db.DoTxn(ctx, nil, f)
}

// count is how many rows a query says there are.
func count(ctx context.Context, db *dbutil.Database, query string, args ...any) (n int64, err error) {
	err = db.QueryRow(ctx, query, args...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}
