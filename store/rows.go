package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"go.mau.fi/util/dbutil"
)

type scanner = func(dest ...any) error

// list reads all rows of a query.
func list[T any](ctx context.Context, db *dbutil.Database, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, query, args...)
	convert := func(row dbutil.Scannable) (T, error) { return read(row.Scan) }
	return dbutil.NewRowIterWithError(rows, convert, err).AsList()
}

// changed turns a statement that met no row into ErrNotOpen.
func changed(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNotOpen
	}
	return nil
}

// pairs reads a query of two columns into a map.
func pairs[V ~string | ~[]byte](ctx context.Context, db *dbutil.Database, doing, query string, args ...any) (map[string]V, error) {
	type pair struct {
		key   string
		value []byte
	}
	rows, err := list(ctx, db, func(scan scanner) (p pair, err error) {
		err = scan(&p.key, &p.value)
		return p, err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	all := make(map[string]V, len(rows))
	for _, p := range rows {
		all[p.key] = V(p.value)
	}
	return all, nil
}

func millis(at time.Time) int64 { return at.UnixMilli() }

// moment is the reverse of millis; zero is the zero time.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// notNil is bytes for a column that is never null.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
