package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	lib "modernc.org/sqlite/lib"
)

// Temporary reports whether a write failed for want of space, a lock, an answer or a
// connection: what can be waited out. It has not happened then, and the same may be
// tried again.
func Temporary(err error) bool {
	switch {
	case err == nil, errors.Is(err, ErrNotOwner), errors.Is(err, ErrInDoubt):
		return false
	case errors.Is(err, ErrSlow): // also where a canceled context is in it
		return true
	case errors.Is(err, context.Canceled):
		return false
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	}
	switch sqliteCode(err) & 0xff {
	case lib.SQLITE_FULL, lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_INTERRUPT,
		lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PROTOCOL, lib.SQLITE_NOMEM:
		return true
	}
	// Whatever is said to who cannot connect: somebody can mend it while we wait.
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return waitable(pg.Code)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return pgconn.SafeToRetry(err)
}

// waitable goes by PostgreSQL's classes of errors, and by single ones where a class
// is mixed.
func waitable(code string) bool {
	switch class := code[:min(len(code), 2)]; class {
	case "08", "53", "58": // connection, resources, system
		return true
	}
	switch code {
	case "40001", "40P01", // lost against another transaction
		"55P03", "57014", // a lock or the statement took too long
		"57P01", "57P02", "57P03", "57P05", // it stops, has crashed, starts, or was idle
		"25006": // read-only, as while another becomes the primary
		return true
	}
	return false
}
