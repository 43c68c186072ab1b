package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/util/dbutil"
	lib "modernc.org/sqlite/lib"
)

// gate is what every connection of a database passes, the library's queries among
// them: a time limit for each call, and for each write the question whether we own
// the database still.
type gate struct {
	dialect dbutil.Dialect
	limit   atomic.Int64 // ns, for one call, and not for what it waits for
	epoch   atomic.Int64 // 0: not asked
	lost    chan struct{}
	once    sync.Once
	damaged atomic.Bool // met in SQLite's file
}

const (
	// callLimit is for one statement. The longest, a commit of thousands of rows on
	// a slow disk, takes seconds.
	callLimit = 30 * time.Second
	// upgradeLimit is for one statement of an upgrade, which copies whole tables.
	upgradeLimit = 30 * time.Minute
)

func newGate(dialect dbutil.Dialect) *gate {
	g := &gate{dialect: dialect, lost: make(chan struct{})}
	g.limit.Store(int64(callLimit))
	return g
}

// look remembers damage, so that the next start looks for it before it does anything.
func (g *gate) look(err error) {
	switch sqliteCode(err) & 0xff {
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		g.damaged.Store(true)
	}
}

func (g *gate) lose() { g.once.Do(func() { close(g.lost) }) }

// ErrSlow is a database that did not answer in time.
var ErrSlow = errors.New("the database did not answer in time")

// within runs f with the time limit of one call.
func (g *gate) within(ctx context.Context, f func(context.Context) error) error {
	limit := time.Duration(g.limit.Load())
	inner, cancel := context.WithTimeoutCause(ctx, limit, ErrSlow)
	defer cancel()
	err := f(inner)
	g.look(err)
	if err != nil && context.Cause(inner) == ErrSlow && ctx.Err() == nil {
		return fmt.Errorf("%w (%s): %w", ErrSlow, limit, err)
	}
	return err
}

// innerConn is what both drivers' connections can do.
type innerConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
}

// connector opens connections that pass the gate.
type connector struct {
	open   func(context.Context) (driver.Conn, error)
	driver driver.Driver
	gate   *gate
	// fenced connections may write; of the others nobody has to know whose turn it is.
	fenced bool
	sync   string // of SQLite: how it syncs unless told otherwise
}

func (c *connector) Driver() driver.Driver { return c.driver }

func (c *connector) Connect(ctx context.Context) (opened driver.Conn, err error) {
	err = c.gate.within(ctx, func(ctx context.Context) error {
		raw, err := c.open(ctx)
		if err != nil {
			return err
		}
		inner, ok := raw.(innerConn)
		if !ok {
			return errors.Join(fmt.Errorf("the driver's %T lacks methods", raw), raw.Close())
		}
		opened = &conn{innerConn: inner, from: c, gate: c.gate}
		return nil
	})
	return opened, err
}

// conn is a connection that passes the gate. Like any, one goroutine at a time
// uses it.
type conn struct {
	innerConn
	from   *connector
	gate   *gate
	inTxn  bool
	xid    int64 // of the transaction, on PostgreSQL
	broken bool  // its state is unknown: not to be used again
	loose  bool  // it does not sync what it commits, on SQLite
}

// writes reports whether a statement may change something. Queries do with RETURNING.
func writes(query string) bool {
	text := strings.TrimLeft(query, " \t\r\n(")
	end := strings.IndexAny(text, " \t\r\n(")
	if end < 0 {
		end = len(text)
	}
	switch strings.ToUpper(text[:end]) {
	case "SELECT", "PRAGMA", "EXPLAIN", "SHOW":
		return false
	case "WITH":
		return slices.ContainsFunc(strings.Fields(strings.ToUpper(text)), func(w string) bool { return w == "INSERT" || w == "UPDATE" || w == "DELETE" })
	default:
		return true
	}
}

func (c *conn) exec(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	err = c.gate.within(ctx, func(ctx context.Context) error {
		result, err = c.innerConn.ExecContext(ctx, query, args)
		return err
	})
	return result, err
}

// ExecContext makes a statement of its own a transaction, as the owner's epoch has
// to hold at the very moment of the write.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	if c.inTxn || !c.asked(ctx) || !writes(query) {
		return c.exec(ctx, query, args)
	}
	tx, err := c.BeginTx(ctx, driver.TxOptions{})
	if err != nil {
		return nil, err
	}
	if result, err = c.exec(ctx, query, args); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return result, tx.Commit()
}

// unasked marks the context of a write that looks at the epoch itself.
type unasked struct{}

// asked reports whether writes have to be those of the owner.
func (c *conn) asked(ctx context.Context) bool {
	return c.from.fenced && c.gate.epoch.Load() != 0 && ctx.Value(unasked{}) == nil
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	var tx driver.Tx
	if !c.inTxn && c.asked(ctx) && writes(query) {
		var err error
		if tx, err = c.BeginTx(ctx, driver.TxOptions{}); err != nil {
			return nil, err
		}
	}
	limit := time.Duration(c.gate.limit.Load())
	inner, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(limit, func() { cancel(ErrSlow) })
	rows, err := c.innerConn.QueryContext(inner, query, args)
	watch.Stop()
	c.gate.look(err)
	if err != nil {
		err = slow(inner, ctx, err)
		cancel(nil)
		if tx != nil {
			err = errors.Join(err, tx.Rollback())
		}
		return nil, err
	}
	return &gatedRows{Rows: rows, ctx: inner, outer: ctx, cancel: cancel, watch: watch, limit: limit, gate: c.gate, tx: tx}, nil
}

func slow(inner, outer context.Context, err error) error {
	if context.Cause(inner) == ErrSlow && outer.Err() == nil {
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return err
}

// gatedRows are rows with a time limit for each: what the reader does in between
// is not the database's fault.
type gatedRows struct {
	driver.Rows
	ctx, outer context.Context // of the query; kept as long as it is read
	cancel     context.CancelCauseFunc
	watch      *time.Timer
	limit      time.Duration
	gate       *gate
	tx         driver.Tx // of a statement that writes by itself
	failed     bool
}

func (r *gatedRows) Next(into []driver.Value) error {
	r.watch.Reset(r.limit)
	err := r.Rows.Next(into)
	r.watch.Stop()
	if err != nil && err != io.EOF {
		r.failed = true
		r.gate.look(err)
		return slow(r.ctx, r.outer, err)
	}
	return err
}

func (r *gatedRows) Close() error {
	err := r.Rows.Close()
	r.watch.Stop()
	r.cancel(nil)
	switch {
	case r.tx == nil:
		return err
	case err != nil || r.failed:
		return errors.Join(err, r.tx.Rollback())
	default:
		return r.tx.Commit()
	}
}

// Prepare is for statements that are used more than once, of which there are none.
func (c *conn) Prepare(string) (driver.Stmt, error) {
	return nil, errors.New("prepared statements would pass the gate by")
}

// Begin is of an interface that nobody uses.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c *conn) Ping(ctx context.Context) error { return c.gate.within(ctx, c.innerConn.Ping) }

func (c *conn) ResetSession(ctx context.Context) error {
	if c.broken || c.inTxn {
		return driver.ErrBadConn
	}
	return c.gate.within(ctx, c.innerConn.ResetSession)
}

// IsValid keeps what is broken out of the pool.
func (c *conn) IsValid() bool {
	v, ok := c.innerConn.(driver.Validator)
	return !c.broken && !c.inTxn && (!ok || v.IsValid())
}

// CheckNamedValue lets PostgreSQL's driver take values as they are.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if checks, ok := c.innerConn.(driver.NamedValueChecker); ok {
		return checks.CheckNamedValue(v)
	}
	return driver.ErrSkip
}
