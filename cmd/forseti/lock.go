package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// lockKey is the PostgreSQL advisory lock of a running bot: "forseti" in ASCII.
const lockKey = 0x666f7273657469

var errRunning = errors.New("another Forseti runs on this database already. Stop that one first: two would do everything twice")

// lockDatabase makes sure that one process alone works on a database. The lock
// ends with the process, however that ends.
func lockDatabase(ctx context.Context, url string) (unlock func(), err error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return lockFile(strings.TrimPrefix(path, "//") + ".lock")
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), db.Close())
	}
	var got bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(lockKey)).Scan(&got)
	if err == nil && !got {
		err = errRunning
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(), db.Close())
	}
	return func() { _ = errors.Join(conn.Close(), db.Close()) }, nil
}
