package store_test

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"forseti/internal/pgtest"
	"forseti/store"
)

// refused opens a database that cannot be opened, and holds what is said about it: first
// what is wrong and what to do, and never a password.
func refused(t *testing.T, at string, want ...string) {
	t.Helper()
	d, err := store.Open(t.Context(), at, nolog)
	if err == nil {
		d.Close()
		t.Fatalf("opened %s", at)
	}
	told(t, err, want...)
}

func told(t *testing.T, err error, want ...string) {
	t.Helper()
	text := err.Error()
	if strings.Contains(text, "se cret") || strings.Contains(text, "secret") {
		t.Errorf("tells the password: %s", text)
	}
	if !strings.HasPrefix(text, want[0]) {
		t.Errorf("begins with other words than %q:\n%s", want[0], text)
	}
	for _, part := range want[1:] {
		if !strings.Contains(text, part) {
			t.Errorf("says nothing of %q:\n%s", part, text)
		}
	}
}

func TestWrongURL(t *testing.T) {
	for at, want := range map[string]string{
		"":                                 `database.url must be "sqlite:"`,
		"mysql://bot:secret@host/db":       `database.url must be "sqlite:"`,
		"sqlite:":                          `database.url has no path`,
		"postgres://bot:secret@host:x/db":  "database.url is no address",
		"postgres://bot:se cret@host/db":   "database.url is no address",
		"postgres://bot:secret%zz@host/db": "database.url is no address",
		"postgres://bot:secret@host/db?sslmode=perhaps": "database.url is no address",
	} {
		refused(t, at, want)
		if _, err := store.Look(t.Context(), at, nolog); err == nil {
			t.Errorf("looked at %q", at)
		} else {
			told(t, err, want)
		}
	}
}

func TestTroubleWithPostgres(t *testing.T) {
	at := func(edit func(u *url.URL)) string {
		u, err := url.Parse(pgtest.Database(t))
		ok(t, err)
		u.User = url.UserPassword("forseti", "secret")
		edit(u)
		return u.String()
	}
	admin := func(u *url.URL, queries ...string) {
		t.Helper()
		db, err := sql.Open("pgx", u.String())
		ok(t, err)
		defer db.Close()
		for _, query := range queries {
			_, err := db.ExecContext(t.Context(), query)
			ok(t, err)
		}
	}
	as := func(u *url.URL, role string) { u.User = url.UserPassword(role, "secret") }
	refused(t, "postgres://bot:secret@127.0.0.1:1/db?sslmode=disable", "No PostgreSQL answers at 127.0.0.1:1", "Start it, or correct host and port")
	refused(t, "postgres://bot:secret@no.such.host.invalid/db", "No PostgreSQL answers at no.such.host.invalid:5432")
	refused(t, at(func(u *url.URL) { u.Path = "/nowhere" }), "The database nowhere does not exist at 127.0.0.1:", "CREATE DATABASE nowhere OWNER forseti;")
	refused(t, at(func(u *url.URL) { u.Path = `/It"s here` }), `The database It"s here does not exist at`, `CREATE DATABASE "It""s here" OWNER forseti;`)
	refused(t, at(func(u *url.URL) { as(u, "stranger") }), "PostgreSQL at 127.0.0.1:", "does not let the role stranger in")
	refused(t, at(func(u *url.URL) {
		admin(u, `CREATE ROLE guest LOGIN`, `REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
		as(u, "guest")
	}), "The role guest may not create or use tables in the database", "ALTER DATABASE", "OWNER TO guest;")
	refused(t, at(func(u *url.URL) {
		admin(u, `CREATE ROLE many LOGIN CONNECTION LIMIT 0`)
		as(u, "many")
	}), "PostgreSQL at 127.0.0.1:", "has no connection left")
	refused(t, at(func(u *url.URL) {
		admin(u, `ALTER DATABASE `+u.Path[1:]+` SET default_transaction_read_only = on`)
	}), "The database", "is read-only, as a standby is")
	refused(t, at(func(u *url.URL) { u.RawQuery = "sslmode=require" }), "PostgreSQL at 127.0.0.1:", "speaks no TLS", "?sslmode=disable")
	refused(t, at(func(u *url.URL) { admin(u, `CREATE TABLE state_groups_state (a INTEGER)`) }), "The database", "is that of a homeserver")
	refused(t, at(func(u *url.URL) {
		admin(u, `CREATE TABLE forseti_version (version INTEGER, compat INTEGER)`, `INSERT INTO forseti_version VALUES (99, 98)`)
	}), "The database", "by a newer Forseti")
	refused(t, at(func(u *url.URL) {
		admin(u, `CREATE TABLE database_owner (key INTEGER PRIMARY KEY, owner TEXT NOT NULL)`, `INSERT INTO database_owner VALUES (0, 'bridge')`)
	}), "The database", "belongs to another program")
	empty := at(func(*url.URL) {})
	if _, err := store.Look(t.Context(), empty, nolog); !errors.Is(err, store.ErrNoDatabase) {
		t.Errorf("looked at an empty database: %v", err)
	} else {
		told(t, err, "There is no database of a bot at", "forseti init makes one")
	}
}

func TestTroubleWithSQLite(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, content []byte) string {
		ok(t, os.WriteFile(path(name), content, 0o600))
		return path(name)
	}
	rebuilt := "docs/operating.md"
	refused(t, "sqlite:"+path("no/folder.db"), "The folder "+path("no")+" of the database does not exist")
	refused(t, "sqlite:"+write("file", nil)+"/x.db", "The folder "+path("file")+" of the database does not exist")
	ok(t, os.Mkdir(path("folder"), 0o700))
	refused(t, "sqlite:"+path("folder"), path("folder")+" is a folder", "sqlite:"+path("folder/forseti.db"))
	refused(t, "sqlite:"+write("text", []byte(strings.Repeat("no database\n", 1000))), "The file "+path("text")+" is no SQLite database, or damaged", rebuilt)
	if runtime.GOOS == "linux" { // where nobody may make files, not even root
		refused(t, "sqlite:/sys/forseti.db", "The user ", "may not write to the database file /sys/forseti.db, or not to its folder /sys")
	}

	whole := frozenSQLite(t)
	ok(t, openDatabase(t, whole).Close())
	raw, err := os.ReadFile(strings.TrimPrefix(whole, "sqlite:"))
	ok(t, err)
	header := append([]byte("SQLite format 4\x00"), raw[16:]...)
	refused(t, "sqlite:"+write("header", header), "The file "+path("header")+" is no SQLite database, or damaged", rebuilt)
	refused(t, "sqlite:"+write("half", raw[:len(raw)/2]), "The database file "+path("half")+" is damaged", rebuilt, "forseti restore")
	query(t, write("newer", raw), `UPDATE forseti_version SET version = 99, compat = 98`)
	refused(t, "sqlite:"+path("newer"), "The database "+path("newer")+" was made or upgraded by a newer Forseti")
	if _, err := store.Look(t.Context(), "sqlite:"+path("newer"), nolog); err == nil {
		t.Error("looked into a newer database")
	} else {
		told(t, err, "The database "+path("newer")+" was made or upgraded by a newer Forseti")
	}
	query(t, write("bridge", raw), `UPDATE database_owner SET owner = 'bridge'`)
	refused(t, "sqlite:"+path("bridge"), "The database "+path("bridge")+" belongs to another program")

	// Damage that a start would not meet is looked for after an end that was not in good order.
	query(t, write("middle", raw), `UPDATE owner SET renewed = 1`, `PRAGMA wal_checkpoint(TRUNCATE)`)
	hurt(t, path("middle"), "evidence_kept")
	refused(t, "sqlite:"+path("middle"), "The database file "+path("middle")+" is damaged", rebuilt)

	if _, err := store.Look(t.Context(), "sqlite:"+path("none.db"), nolog); !errors.Is(err, store.ErrNoDatabase) {
		t.Errorf("looked at nothing: %v", err)
	} else {
		told(t, err, "There is no database of a bot at "+path("none.db"), "forseti init makes one")
	}
	for _, suffix := range []string{"", ".lock", "-wal", "-shm"} {
		if _, err := os.Stat(path("none.db") + suffix); err == nil {
			t.Errorf("looking made none.db%s", suffix)
		}
	}
}

func query(t *testing.T, path string, queries ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	ok(t, err)
	defer db.Close()
	for _, query := range queries {
		_, err := db.ExecContext(t.Context(), query)
		ok(t, err)
	}
}

// hurt overwrites the page of an index.
func hurt(t *testing.T, path, index string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	ok(t, err)
	var page, size int64
	ok(t, db.QueryRowContext(t.Context(), `SELECT rootpage FROM sqlite_master WHERE name = ?`, index).Scan(&page))
	ok(t, db.QueryRowContext(t.Context(), `PRAGMA page_size`).Scan(&size))
	ok(t, db.Close())
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	ok(t, err)
	_, err = file.WriteAt([]byte(strings.Repeat("\xff", 100)), (page-1)*size)
	ok(t, errors.Join(err, file.Close()))
}

func TestFiles(t *testing.T) {
	at := "sqlite:" + filepath.Join(t.TempDir(), "forseti.db")
	openDatabase(t, at)
	for _, path := range store.Files(at) {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if files := store.Files("postgres://host/name"); files != nil {
		t.Errorf("PostgreSQL has %v", files)
	}
}

// Damage that is met while it runs is said in words too, and looked for at the next start.
func TestDamageMet(t *testing.T) {
	at := frozenSQLite(t)
	path := strings.TrimPrefix(at, "sqlite:")
	ok(t, open(t, at).Account().Close())
	hurt(t, path, "journal_user")
	d := openDatabase(t, at) // its last end was in good order
	s, err := d.Community(t.Context(), management)
	ok(t, err)
	_, err = s.Journal.History(t.Context(), "@ours:evil.example", 5)
	told(t, d.Explain(err), "The database file "+path+" is damaged", "docs/operating.md", "read history of @ours:evil.example")
	ok(t, d.Close())
	refused(t, at, "The database file "+path+" is damaged")
	other := errors.New("something else")
	if got := d.Explain(other); !errors.Is(got, other) || got.Error() != other.Error() {
		t.Errorf("explained as %v", got)
	}
}
