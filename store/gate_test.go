package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"

	"forseti/action"
	"forseti/internal/pgtest"
)

func opened(t testing.TB, url string) *Database {
	t.Helper()
	d, err := Open(t.Context(), url, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func community(t testing.TB, d *Database) *Store {
	t.Helper()
	s, err := d.Community(t.Context(), "!management:hs")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sqliteURL(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "forseti.db") }

// However long a transaction is, who else writes waits for it, and who reads does not.
func TestOneWriter(t *testing.T) {
	d := opened(t, sqliteURL(t))
	s := community(t, d)
	// What another program may do for a while is not what this is about.
	d.exec(t, `PRAGMA busy_timeout = 0`)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := d.db.DoTxn(t.Context(), nil, func(ctx context.Context) error {
			_, err := d.db.Exec(ctx, `INSERT INTO setting VALUES ('', 'a', 'b', 'c')`)
			close(begun)
			<-goOn
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	var done atomic.Int32
	for range 40 {
		all.Go(func() {
			a, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: "!a", User: "@a"})
			if err == nil {
				err = s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true})
			}
			if err != nil {
				t.Error(err)
			}
			done.Add(1)
		})
	}
	for range 20 { // more than there are readers
		if _, err := s.Journal.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := done.Load(); n != 0 {
		t.Errorf("%d wrote in the middle of a transaction", n)
	}
	close(goOn)
	all.Wait()
	if h, err := s.Journal.History(t.Context(), "@a", 100); err != nil || len(h) != 40 {
		t.Errorf("%d entries, %v", len(h), err)
	}
}

func (d *Database) exec(t testing.TB, query string) {
	t.Helper()
	if _, err := d.db.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// A write that fails for want of space or a lock can be waited out, has not happened,
// and works once there is some.
func TestTemporaryOnSQLite(t *testing.T) {
	url := sqliteURL(t)
	d := opened(t, url)
	s := community(t, d)
	big := Commit{NextBatch: "big", State: []StateRow{{Room: "!a", Type: "t", Event: bytes.Repeat([]byte("x"), 1<<20)}}}
	refused := func(what, words string) {
		t.Helper()
		err := s.Commit(t.Context(), big)
		if !Temporary(err) {
			t.Errorf("%s: %v", what, err)
		}
		if text := d.place.explain(err).Error(); !strings.HasPrefix(text, words) {
			t.Errorf("%s: %s", what, text)
		}
		if token, err := s.NextBatch(t.Context()); err != nil || token != "" {
			t.Errorf("%s: stored in part: %q, %v", what, token, err)
		}
	}
	d.exec(t, `PRAGMA max_page_count = 1`) // as small as it is
	refused("a full disk", "The disk that holds "+d.place.path+" is full")
	d.exec(t, `PRAGMA max_page_count = 1000000`)
	d.exec(t, `PRAGMA busy_timeout = 10`)
	p, err := locate(url)
	if err != nil {
		t.Fatal(err)
	}
	other := pool(p.sqlite(newGate(dbutil.SQLite), writing), 1)
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	refused("a lock", "Another program holds the database file "+d.place.path)
	if _, err := other.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), big); err != nil {
		t.Error(err)
	}
}

// A database that takes no connections, for whatever reason, is waited for.
func TestClosedDatabaseIsWaitedFor(t *testing.T) {
	at := pgtest.Database(t)
	d := opened(t, at)
	s := community(t, d)
	elsewhere, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(elsewhere.Path, "/")
	elsewhere.Path = "/postgres"
	admin, err := sql.Open("pgx", elsewhere.String())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	for _, query := range []string{
		"ALTER DATABASE " + name + " ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
	} {
		if _, err := admin.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	told := ""
	for range postgresConns + 1 { // as many as may be idle
		if err := s.Commit(t.Context(), Commit{NextBatch: "no"}); !Temporary(err) {
			t.Fatalf("closed: %v", err)
		} else {
			told = d.Explain(err).Error()
		}
	}
	if !strings.Contains(told, "takes no connections now") {
		t.Errorf("told %s", told)
	}
	if _, err := admin.ExecContext(t.Context(), "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), Commit{NextBatch: "next"}); err != nil {
		t.Errorf("open again: %v", err)
	}
}

func TestTemporaryOnPostgres(t *testing.T) {
	d := opened(t, pgtest.Database(t))
	s := community(t, d)
	ctx := t.Context()
	end := func(others string) {
		t.Helper()
		d.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`+others)
	}
	err := d.db.DoTxn(ctx, nil, func(inner context.Context) error {
		_, err := d.db.Exec(inner, `UPDATE turn SET last = last + 1`)
		if err == nil {
			end(` AND query LIKE 'UPDATE turn%'`)
			_, err = d.db.Exec(inner, `UPDATE turn SET last = last + 1`)
		}
		return err
	})
	if !Temporary(err) {
		t.Errorf("a session that was ended: %v", err)
	}
	if err := s.Commit(ctx, Commit{NextBatch: "next"}); err != nil {
		t.Errorf("after it: %v", err)
	}
	d.gate.limit.Store(int64(100 * time.Millisecond))
	if _, err := d.db.Exec(ctx, `SELECT pg_sleep(20)`); !errors.Is(err, ErrSlow) || !Temporary(err) {
		t.Errorf("a statement that hangs: %v", err)
	}
	var slept any
	if err := d.db.QueryRow(ctx, `SELECT pg_sleep(20)`).Scan(&slept); !errors.Is(err, ErrSlow) || !Temporary(err) {
		t.Errorf("a query that hangs: %v", err)
	}
	// Who reads slowly is not the database.
	d.gate.limit.Store(int64(callLimit))
	for range 3 {
		if err := s.Commit(ctx, Commit{NextBatch: "after"}); err != nil {
			t.Errorf("after it: %v", err)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Commit(canceled, Commit{NextBatch: "no"}); err == nil || Temporary(err) {
		t.Errorf("who gave up itself: %v", err)
	}
}

// cut is a connection that ends at the next COMMIT, before or after it arrived.
type cut struct {
	net.Conn
	armed *atomic.Int32
}

const (
	before = 1
	after  = 2
)

func (c cut) Write(b []byte) (int, error) {
	if !bytes.Contains(b, []byte("COMMIT")) {
		return c.Conn.Write(b)
	}
	how := c.armed.Swap(0)
	if how == 0 {
		return c.Conn.Write(b)
	}
	n := len(b)
	if how == after {
		n, _ = c.Conn.Write(b)
	}
	return n, errors.Join(net.ErrClosed, c.half())
}

// half closes our side once the server has all that we sent.
func (c cut) half() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return c.Close()
}

// If the connection ends with the commit, what is reported is what happened: to try it
// again would do it twice, not to would lose it.
func TestCommitInDoubt(t *testing.T) {
	url := pgtest.Database(t)
	p, err := locate(url)
	if err != nil {
		t.Fatal(err)
	}
	var armed atomic.Int32
	dial := p.pg.DialFunc
	p.pg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return cut{conn, &armed}, err
	}
	d := &Database{place: p, log: zerolog.Nop(), gate: newGate(p.dialect())}
	if err := d.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := community(t, d)
	// The driver asks the server to cancel what it lost, which on a busy machine arrives
	// before the commit: then it did not happen, and is to be reported so.
	c := Commit{NextBatch: "one", Commands: []Command{{Event: "$c"}}}
	happened := false
	for tries := 0; !happened && tries < 20; tries++ {
		armed.Store(after)
		err := s.Commit(t.Context(), c)
		token, err2 := s.NextBatch(t.Context())
		if happened = err == nil; happened != (token == "one") || !happened && !Temporary(err) || err2 != nil || c.Commands[0].Seen {
			t.Fatalf("a commit that may have happened: %v; token %q, %v, seen %t", err, token, err2, c.Commands[0].Seen)
		}
	}
	if !happened {
		t.Error("no commit ever happened")
	}
	armed.Store(before)
	c = Commit{NextBatch: "two", Commands: []Command{{Event: "$d"}}}
	if err := s.Commit(t.Context(), c); !Temporary(err) {
		t.Errorf("a commit that did not happen: %v", err)
	}
	if token, err := s.NextBatch(t.Context()); err != nil || token != "one" {
		t.Errorf("token %q, %v", token, err)
	}
	if err := s.Commit(t.Context(), c); err != nil || c.Commands[0].Seen {
		t.Errorf("the same again: %v, seen %t", err, c.Commands[0].Seen)
	}
}

// The pool is bounded, and rows that are being read do not keep out a transaction.
func TestPoolIsBounded(t *testing.T) {
	d := opened(t, pgtest.Database(t))
	s := community(t, d)
	var all sync.WaitGroup
	for range 5 * postgresConns {
		all.Go(func() {
			if _, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Kick, Room: "!a", User: "@a"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most := d.pools.write.Stats().MaxOpenConnections; most != postgresConns {
		t.Errorf("at most %d connections", most)
	}
	if open := d.pools.write.Stats().OpenConnections; open > postgresConns {
		t.Errorf("%d connections are open", open)
	}
}

func TestWrites(t *testing.T) {
	for query, want := range map[string]bool{
		"SELECT 1": false, "\n\t select 1": false, "(SELECT 1)": false, "WITH a AS (SELECT 1) SELECT * FROM a": false, "PRAGMA quick_check": false,
		"INSERT INTO a VALUES (1) RETURNING b": true, "\n\t\tUPDATE a SET b = 1": true, "DELETE FROM a": true, "CREATE TABLE a (b TEXT)": true, "": true,
		"WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a": true,
	} {
		if got := writes(query); got != want {
			t.Errorf("%q writes: %t", strings.TrimSpace(query), got)
		}
	}
}

// What is written down before it is done is on the disk by then. What became of it
// goes there with the next write.
func TestSynced(t *testing.T) {
	d := opened(t, sqliteURL(t))
	s := community(t, d)
	level := func() (n int) {
		t.Helper()
		if err := d.pools.write.QueryRowContext(t.Context(), `PRAGMA synchronous`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const normal, full = 1, 2
	for range 2 {
		a, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: "!a", User: "@a"})
		if err != nil || level() != full {
			t.Errorf("begun at level %d: %v", level(), err)
		}
		if err := s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true}); err != nil || level() != normal {
			t.Errorf("settled at level %d: %v", level(), err)
		}
		if err := s.Commit(t.Context(), Commit{NextBatch: "a"}); err != nil || level() != full {
			t.Errorf("committed at level %d: %v", level(), err)
		}
		if err := s.Settings.Set(t.Context(), "a", "b", 1); err != nil || level() != full {
			t.Errorf("set at level %d: %v", level(), err)
		}
	}
}
