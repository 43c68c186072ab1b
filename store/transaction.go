package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/util/dbutil"
	lib "modernc.org/sqlite/lib"
)

// BeginTx begins a transaction, and unless it only reads asks whether we are the
// owner. The statements are our own, as the drivers tie a transaction to a context
// that would end with the time limit.
func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.Isolation != 0 {
		return nil, errors.New("no isolation but the default is used")
	}
	if err := c.sync(ctx); err != nil {
		return nil, err
	}
	begin := "BEGIN"
	switch {
	case opts.ReadOnly && c.gate.dialect == dbutil.Postgres:
		begin = "BEGIN READ ONLY"
	case !opts.ReadOnly && c.gate.dialect == dbutil.SQLite:
		// Else two that have read, and would write, both fail.
		begin = "BEGIN IMMEDIATE"
	}
	if _, err := c.exec(ctx, begin, nil); err != nil {
		c.broken = true
		return nil, err
	}
	c.inTxn, c.xid = true, 0
	tx := &transaction{c}
	if !opts.ReadOnly && c.asked(ctx) {
		if err := c.askEpoch(ctx); err != nil {
			return nil, errors.Join(err, tx.Rollback())
		}
	}
	return tx, nil
}

// unsynced marks the context of a write that a power cut may undo: the next one that is
// synced takes it along, as they go to the disk in their order.
type unsynced struct{}

// sync sets whether SQLite waits for the disk at the next commit.
func (c *conn) sync(ctx context.Context) error {
	loose := ctx.Value(unsynced{}) != nil
	if c.gate.dialect != dbutil.SQLite || loose == c.loose {
		return nil
	}
	level := c.from.sync
	if loose {
		level = "NORMAL"
	}
	_, err := c.exec(ctx, "PRAGMA synchronous = "+level, nil)
	if err != nil {
		c.broken = true
		return err
	}
	c.loose = loose
	return nil
}

// askEpoch returns ErrNotOwner if another took the database over. On PostgreSQL the row
// stays locked against a take-over until the transaction ends.
func (c *conn) askEpoch(ctx context.Context) error {
	query := `SELECT epoch, 0 FROM owner`
	if c.gate.dialect == dbutil.Postgres {
		query = `SELECT epoch, txid_current() FROM owner FOR SHARE`
	}
	row := make([]driver.Value, 2)
	if err := c.one(ctx, query, nil, row); err != nil {
		return fmt.Errorf("ask whether the database is ours still: %w", err)
	}
	epoch, _ := row[0].(int64)
	c.xid, _ = row[1].(int64)
	if epoch != c.gate.epoch.Load() {
		c.gate.lose()
		return ErrNotOwner
	}
	return nil
}

// one reads the only row of a query.
func (c *conn) one(ctx context.Context, query string, args []driver.NamedValue, row []driver.Value) error {
	return c.gate.within(ctx, func(ctx context.Context) error {
		rows, err := c.innerConn.QueryContext(ctx, query, args)
		if err != nil {
			return err
		}
		err = rows.Next(row)
		if err == io.EOF {
			err = errors.New("no row")
		}
		return errors.Join(err, rows.Close())
	})
}

type transaction struct{ conn *conn }

// Rollback undoes all since the begin. SQLite has done so already after some errors.
func (t *transaction) Rollback() error {
	c := t.conn
	c.inTxn = false
	_, err := c.exec(context.Background(), "ROLLBACK", nil)
	if sqliteCode(err) == lib.SQLITE_ERROR {
		return nil
	}
	c.broken = c.broken || err != nil
	return err
}

// Commit ends a transaction. If the answer of PostgreSQL is lost, it finds out what
// became of it: what is tried again must not have happened.
func (t *transaction) Commit() error {
	c := t.conn
	if pg, ok := c.innerConn.(*stdlib.Conn); ok && pg.Conn().PgConn().TxStatus() == 'E' {
		return errors.Join(errors.New("a statement of the transaction failed, so nothing of it is stored"), t.Rollback())
	}
	c.inTxn = false
	_, err := c.exec(context.Background(), "COMMIT", nil)
	if err == nil {
		return nil
	}
	if c.gate.dialect == dbutil.SQLite {
		return errors.Join(err, t.Rollback()) // what could not be written stays begun
	}
	c.broken = true
	if _, answered := errors.AsType[*pgconn.PgError](err); answered || c.xid == 0 {
		return err
	}
	_ = c.innerConn.Close() // an answer that is late must not commit it after all
	return c.from.settle(c.xid, err)
}

// ErrInDoubt is a transaction of which nobody can say whether it happened. Only a new
// start, which reads what there is, goes on from there.
var ErrInDoubt = errors.New("the database went away while it was written to, and whether that was stored is not known")

const (
	doubtLimit = time.Minute
	doubtPause = 250 * time.Millisecond
)

// settle returns nil if a transaction has happened, and lost if it has not.
func (c *connector) settle(xid int64, lost error) error {
	ctx, cancel := context.WithTimeout(context.Background(), doubtLimit)
	defer cancel()
	for ctx.Err() == nil {
		switch status, err := c.status(ctx, xid); {
		case err == nil && status == "committed":
			return nil
		case err == nil && status == "aborted":
			return lost
		}
		select {
		case <-time.After(doubtPause):
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("%w: %w", ErrInDoubt, lost)
}

func (c *connector) status(ctx context.Context, xid int64) (string, error) {
	opened, err := c.Connect(ctx)
	if err != nil {
		return "", err
	}
	defer opened.Close()
	other, ok := opened.(*conn)
	if !ok {
		return "", fmt.Errorf("connected to a %T", opened)
	}
	row := make([]driver.Value, 1)
	err = other.one(ctx, `SELECT COALESCE(txid_status($1), '')`, []driver.NamedValue{{Ordinal: 1, Value: xid}}, row)
	status, _ := row[0].(string)
	return status, err
}
