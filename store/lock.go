package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// lockKey is the PostgreSQL advisory lock of a running bot: "forseti" in ASCII.
const lockKey = 0x666f7273657469

// ErrRunning is returned for a database that another process works on.
var ErrRunning = errors.New("another Forseti runs on this database already. Stop that one first: two would do everything twice")

// lock tells a process that lives from one that is gone, however that went: the
// system drops it with the process. It can be lost while we live, and so fences
// nothing; the epoch does.
type lock struct {
	sure bool     // whoever has it is the only one
	file *os.File // SQLite's; nil where there is no file or no such lock
	db   *sql.DB  // PostgreSQL's, with the one connection that holds it
	conn *sql.Conn
}

// lock returns ErrRunning if another has it. create makes SQLite's lock file; without,
// a missing one is no lock and no error.
func (p place) lock(ctx context.Context, g *gate, create bool) (*lock, error) {
	if p.pg == nil {
		return p.lockFile(create)
	}
	l := &lock{db: pool(p.postgres(g, true), 1)}
	err := l.hold(ctx)
	// PostgreSQL takes a moment to see that a process was killed.
	for end := time.Now().Add(lockPatience); errors.Is(err, ErrRunning) && time.Now().Before(end); {
		select {
		case <-time.After(lockPatience / 10):
			err = l.hold(ctx)
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	return l, nil
}

const lockPatience = time.Second

func (p place) lockFile(create bool) (*lock, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	file, err := os.OpenFile(p.path+".lock", flags, 0o600)
	switch {
	case !create && errors.Is(err, fs.ErrNotExist):
		return &lock{}, nil
	case !create && errors.Is(err, fs.ErrPermission):
		return &lock{}, nil
	case err != nil:
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	sure, err := flock(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &lock{sure: sure, file: file}, nil
}

// hold gets PostgreSQL's lock on the connection, or on a new one if that is gone.
func (l *lock) hold(ctx context.Context) error {
	if l.db == nil {
		return nil
	}
	if l.conn != nil {
		if err := l.conn.PingContext(ctx); err == nil {
			return nil
		}
		_ = l.conn.Close()
		l.conn = nil
	}
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return err
	}
	var got bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(lockKey)).Scan(&got)
	if err == nil && !got {
		err = ErrRunning
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	l.conn = conn
	return nil
}

func (l *lock) release() error {
	var err error
	if l.conn != nil {
		// Said, as the session's end takes a moment to be noticed. If it is broken, the lock
		// is gone with it.
		_, _ = l.conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock($1)", int64(lockKey))
		_ = l.conn.Close()
	}
	if l.db != nil {
		err = errors.Join(err, l.db.Close())
	}
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}
