package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.mau.fi/util/dbutil"
	"modernc.org/sqlite"
)

// place is where a database is, read from its URL.
type place struct {
	path string          // of SQLite's file; "" for PostgreSQL
	sync string          // SQLite's synchronous
	pg   *pgx.ConnConfig // nil for SQLite
}

func locate(raw string) (place, error) {
	if path, ok := strings.CutPrefix(raw, "sqlite:"); ok {
		path = strings.TrimPrefix(path, "//")
		if path == "" {
			return place{}, errors.New(`database.url has no path after "sqlite:". Write sqlite:forseti.db, or the path of another file`)
		}
		return place{path: path, sync: synchronous}, nil
	}
	if !strings.HasPrefix(raw, "postgres://") && !strings.HasPrefix(raw, "postgresql://") {
		// The URL is left out, here and below: it may hold a password.
		return place{}, errors.New(`database.url must be "sqlite:" with a path, or "postgres://user:password@host/name"`)
	}
	config, err := pgx.ParseConfig(raw)
	if err != nil {
		return place{}, errors.New("database.url is no address of a PostgreSQL database. Write postgres://user:password@host/name; " +
			"in a password, write %40 for @, %2F for /, %3A for :, and %25 for %")
	}
	return place{pg: config}, nil
}

func (p place) dialect() dbutil.Dialect {
	if p.pg != nil {
		return dbutil.Postgres
	}
	return dbutil.SQLite
}

// How many connections there are at most. PostgreSQL's own limit is 100 for all of
// its clients.
const (
	postgresConns = 8
	sqliteReaders = 4
	idleConns     = 2
	idleTime      = 5 * time.Minute
)

// pools are the connections to a database. SQLite has one that writes: who else
// wants to waits in line, however long it takes. On PostgreSQL both are one.
type pools struct{ write, read *sql.DB }

func (p pools) close() error {
	err := p.read.Close()
	if p.write != nil && p.write != p.read {
		err = errors.Join(err, p.write.Close()) // the last one tidies SQLite's files
	}
	return err
}

func (p place) connect(g *gate) pools {
	if p.pg != nil {
		db := pool(p.postgres(g, false), postgresConns)
		return pools{db, db}
	}
	return pools{
		write: pool(p.sqlite(g, writing), 1),
		read:  pool(p.sqlite(g, reading), sqliteReaders),
	}
}

func pool(c *connector, most int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(min(most, idleConns))
	db.SetConnMaxIdleTime(idleTime)
	return db
}

// postgres opens connections. Those that only look cannot write by mistake.
func (p place) postgres(g *gate, looking bool) *connector {
	config := p.pg.Copy()
	config.RuntimeParams["application_name"] = "forseti"
	if looking {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	inner := stdlib.GetConnector(*config)
	return &connector{open: inner.Connect, driver: inner.Driver(), gate: g, fenced: !looking}
}

// What a connection to SQLite is for.
type use int

const (
	writing  use = iota
	reading      // beside one that writes
	looking      // at a file that another process may be using, or nobody
	untended     // looking at a file that nobody uses, where nothing may be left behind
	patching     // writing into a file that is there, and nothing but that
)

func (p place) sqlite(g *gate, u use) *connector {
	inner := &sqlite.Driver{}
	dsn := p.dsn(u)
	return &connector{
		open:   func(context.Context) (driver.Conn, error) { return inner.Open(dsn) },
		driver: inner, gate: g, fenced: u == writing || u == patching, sync: p.sync,
	}
}

// dsn is for SQLite's driver. The system caches the file; SQLite's own cache of 2 MB
// would be there for each connection besides. Without _time_format the driver stores
// times in a form that the library's own queries never match.
func (p place) dsn(u use) string {
	query := url.Values{
		"_time_format": {"sqlite"},
		"_pragma":      {"busy_timeout(5000)", "cache_size(-500)", "foreign_keys(1)"},
	}
	switch u {
	case writing, patching:
		query["_pragma"] = append(query["_pragma"], "journal_mode(WAL)", "synchronous("+p.sync+")",
			"secure_delete(FAST)") // what was said in secret does not outlive its row
		query.Set("mode", "rw")
	case reading:
		query["_pragma"] = append(query["_pragma"], "query_only(1)")
		query.Set("mode", "rw")
	case looking:
		query["_pragma"] = append(query["_pragma"], "query_only(1)")
		query.Set("mode", "ro")
	case untended:
		query.Set("immutable", "1")
		query.Set("mode", "ro")
	}
	escape := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")
	return "file:" + escape.Replace(p.path) + "?" + query.Encode()
}

// synchronous has SQLite sync each commit to the disk. NORMAL would do so now and
// then: after a power cut, what was written down before it was done would be gone,
// and our own bans be nobody's. What became of an action is not worth a sync, and goes
// with the next one. BenchmarkJournal shows what that costs.
const synchronous = "FULL"

// create makes SQLite's file. It holds an access token, and SQLite itself would make it readable
// for all; its -wal and -shm files take the mode of the file.
func (p place) create() error {
	file, err := os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// split sends what reads to the readers, so that it does not wait in line with
// what writes.
type split struct{ pools }

func (s split) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return s.write.ExecContext(ctx, query, args...)
}

func (s split) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.of(query).QueryContext(ctx, query, args...)
}

func (s split) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return s.of(query).QueryRowContext(ctx, query, args...)
}

func (s split) of(query string) *sql.DB {
	if writes(query) {
		return s.write
	}
	return s.read
}

// wrap makes the pools a database of the Matrix library.
func (p pools) wrap(dialect dbutil.Dialect) (*dbutil.Database, error) {
	raw := p.write
	if raw == nil {
		raw = p.read // nothing is written
	}
	db, err := dbutil.NewWithDB(raw, dialect.String())
	if err != nil {
		return nil, err
	}
	if p.read != raw {
		db.LoggingDB.UnderlyingExecable = split{p}
		db.ReadOnlyDB = p.read
	}
	return db, nil
}

// Files are those that an SQLite database may consist of, for who looks whether others
// can read them: they hold the bot's login. PostgreSQL has none here.
func Files(databaseURL string) []string {
	p, err := locate(databaseURL)
	if err != nil || p.path == "" {
		return nil
	}
	return []string{p.path, p.path + "-wal", p.path + "-shm"}
}
