// Package store keeps what must outlive a restart: the session, the sync token,
// room state, the journal of what we did, and settings. It decides nothing.
//
// One database serves one bot process. It is SQLite or PostgreSQL, and holds the
// tables of the Matrix library as well (see [Store.DB]).
package store

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	_ "modernc.org/sqlite" // driver "sqlite"
)

//go:embed upgrades/*.sql
var upgrades embed.FS

// Store is an open database. Its methods may be called from any goroutine.
type Store struct {
	db *dbutil.Database
	// turn orders journal entries, commands and questions. A counter rather than
	// a clock, because clocks step back.
	turn atomic.Int64
	seal cipher.AEAD // nil without a key
}

// Open opens the database at url, creating or upgrading its tables as needed.
// The url is "sqlite:path", or "postgres://…" as in libpq.
func Open(ctx context.Context, url string, log zerolog.Logger) (*Store, error) {
	raw, dialect, err := connect(url)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, raw, dialect, log)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return s, nil
}

func open(ctx context.Context, raw *sql.DB, dialect string, log zerolog.Logger) (*Store, error) {
	db, err := dbutil.NewWithDB(raw, dialect)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	// Below this level it logs the values of slow queries, logins and secrets among them.
	db.Log = dbutil.ZeroLogger(log.Level(max(zerolog.DebugLevel, log.GetLevel())))
	db.Owner = "forseti"
	db.VersionTable = "forseti_version"
	db.IgnoreForeignTables = false // refuse the database of a homeserver
	db.UpgradeTable = dbutil.BuildUpgradeTable().WithFSPath(upgrades, "upgrades").Finish()
	if err := db.Upgrade(ctx); err != nil {
		return nil, fmt.Errorf("upgrade database: %w", err)
	}
	s := &Store{db: db}
	var last int64
	err = db.QueryRow(ctx, `SELECT COALESCE(MAX(turn), 0) FROM (
		SELECT turn FROM journal UNION ALL SELECT turn FROM command UNION ALL SELECT turn FROM question
	) AS turns`).Scan(&last)
	if err != nil {
		return nil, fmt.Errorf("read database: %w", err)
	}
	s.turn.Store(last)
	return s, nil
}

// Close closes the database. A Store is of no use afterwards.
func (s *Store) Close() error { return s.db.RawDB.Close() }

// DB is the database itself, for the library's own tables beside ours.
func (s *Store) DB() *dbutil.Database { return s.db }

func connect(url string) (db *sql.DB, dialect string, err error) {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		db, err = openSQLite(strings.TrimPrefix(path, "//"))
		return db, "sqlite", err
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		db, err = sql.Open("pgx", url)
		return db, "pgx", err
	}
	// The url is left out: it may hold a password.
	return nil, "", errors.New(`open database: the URL must start with "sqlite:" or "postgres://"`)
}

func openSQLite(path string) (*sql.DB, error) {
	if path == "" {
		return nil, errors.New(`open database: no path after "sqlite:"`)
	}
	// The file holds an access token. SQLite itself would create it readable for
	// all; its -wal and -shm files take the mode of the file.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	// The system caches the file; SQLite's own cache of 2 MB would be there for each
	// connection besides. Without _time_format the driver stores times in a form that the library's
	// own queries never match.
	query := url.Values{
		"_txlock":      {"immediate"},
		"_time_format": {"sqlite"},
		"_pragma": {
			"busy_timeout(5000)", "cache_size(-500)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)",
			"secure_delete(FAST)", // what was said in secret does not outlive its row
		},
	}
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return sql.Open("sqlite", "file:"+escape.Replace(path)+"?"+query.Encode())
}

func millis(at time.Time) int64 { return at.UnixMilli() }

// moment is the reverse of millis; zero is the zero time.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
