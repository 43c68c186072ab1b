package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mau.fi/util/dbutil"
	mid "maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/internal/pgtest"
	"forseti/store"
)

func databases(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "forseti.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.Database(t)) })
}

// A second process is turned away before it changes anything.
func TestSecondIsTurnedAway(t *testing.T) {
	for name, frozen := range map[string]func(*testing.T) string{"sqlite": frozenSQLite, "postgres": frozenPostgres} {
		t.Run(name, func(t *testing.T) {
			url := frozen(t)
			first := openDatabase(t, url)
			// As one of an earlier version would have it.
			_, err := first.DB().Exec(t.Context(), `UPDATE forseti_version SET version = 3, compat = 1`)
			ok(t, err)
			second, err := store.Open(t.Context(), url, nolog)
			if !errors.Is(err, store.ErrRunning) {
				t.Fatalf("opened %v: %v", second, err)
			}
			looked, err := store.Look(t.Context(), url, nolog)
			ok(t, err)
			if !looked.Running() || !looked.Behind() {
				t.Errorf("running %t, behind %t", looked.Running(), looked.Behind())
			}
			if err := looked.SaveSession(t.Context(), store.Session{}); !errors.Is(err, store.ErrRunning) {
				t.Errorf("saved a login beside a bot that runs: %v", err)
			}
			ok(t, looked.Close())
			var version int
			if err := first.DB().QueryRow(t.Context(), `SELECT version FROM forseti_version`).Scan(&version); err != nil || version != 3 {
				t.Errorf("version %d, %v", version, err)
			}
			ok(t, first.Close())
		})
	}
}

// unlock takes the lock from an owner that lives on and does not notice.
func unlock(t *testing.T, d *store.Database, url string) {
	t.Helper()
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if err := os.Remove(path + ".lock"); err != nil {
			t.Fatal(err)
		}
		return
	}
	_, err := d.DB().Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	ok(t, err)
}

// Whoever lost the lock without knowing can write nothing once another has begun: not we,
// and not the library.
func TestFence(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		ctx := t.Context()
		d := openDatabase(t, url)
		first, err := d.Community(ctx, management)
		ok(t, err)
		entry := begin(t, first, action.Ban, "@a")
		ok(t, first.Commit(ctx, store.Commit{NextBatch: "in time"}))
		_, err = d.DB().Exec(ctx, `CREATE TABLE library (a INTEGER PRIMARY KEY)`)
		ok(t, err)

		other := takeOver(t, d, url)
		for name, late := range map[string]func() error{
			"commit": func() error { return first.Commit(ctx, store.Commit{NextBatch: "late"}) },
			"begin": func() error {
				_, err := first.Journal.Begin(ctx, action.Action{Verb: action.Ban, Room: "!a", User: "@b"})
				return err
			},
			"settle": func() error { return first.Journal.Settle(ctx, entry.ID, action.Outcome{Done: true}) },
			"prune":  func() error { _, err := first.Prune(ctx, time.Now()); return err },
			"exec":   func() error { _, err := d.DB().Exec(ctx, `INSERT INTO library VALUES (1)`); return err },
			"query": func() error {
				var a int
				return d.DB().QueryRow(ctx, `INSERT INTO library VALUES (2) RETURNING a`).Scan(&a)
			},
			"transaction": func() error {
				return d.DB().DoTxn(ctx, nil, func(ctx context.Context) error {
					_, err := d.DB().Exec(ctx, `INSERT INTO library VALUES (3)`)
					return err
				})
			},
			"library's child": func() error {
				_, err := d.DB().Child("child_version", nil, dbutil.NoopLogger).Exec(ctx, `INSERT INTO library VALUES (4)`)
				return err
			},
		} {
			if err := late(); !errors.Is(err, store.ErrNotOwner) {
				t.Errorf("%s of who is not the owner any more: %v", name, err)
			} else if store.Temporary(err) {
				t.Errorf("%s could be waited out: %v", name, err)
			}
		}
		select {
		case <-d.Lost():
		default:
			t.Error("who lost the database is not told")
		}
		if token, err := other.NextBatch(ctx); err != nil || token != "in time" {
			t.Errorf("token %q, %v", token, err)
		}
		var rows int
		if err := other.Account().DB().QueryRow(ctx, `SELECT COUNT(*) FROM library`).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d late rows, %v", rows, err)
		}
		ok(t, other.Commit(ctx, store.Commit{NextBatch: "next"}))
		ok(t, d.Close()) // must not give away what it does not have
		ok(t, other.Commit(ctx, store.Commit{NextBatch: "after"}))
	})
}

// takeOver is a second process after the first lost its lock.
func takeOver(t *testing.T, first *store.Database, url string) *store.Store {
	t.Helper()
	unlock(t, first, url)
	return open(t, url)
}

// Orders of two processes fit together: what the later one writes comes after.
func TestOrderIsTheDatabases(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		d := openDatabase(t, url)
		first, err := d.Community(t.Context(), management)
		ok(t, err)
		did(t, first, action.Ban, "@a", "$1")
		second := takeOver(t, d, url)
		did(t, second, action.Unban, "@a", "$2")
		did(t, second, action.Ban, "@b", "$3")
		expectBans(t, second, store.Ban{Room: "!a", User: "@b", Event: "$3", Cause: byRule})
	})
}

// A process that is killed leaves nothing behind that the next start has to wait for, and
// all that it had written.
func TestKilled(t *testing.T) {
	if url := os.Getenv("FORSETI_TEST_OWNER"); url != "" {
		s := open(t, url)
		did(t, s, action.Ban, "@a", "$1")
		fmt.Println("written")
		select {} // until it is killed
	}
	databases(t, func(t *testing.T, url string) {
		victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		victim.Env = append(os.Environ(), "FORSETI_TEST_OWNER="+url)
		out, err := victim.StdoutPipe()
		ok(t, err)
		ok(t, victim.Start())
		line := make([]byte, len("written"))
		if _, err := out.Read(line); err != nil || string(line) != "written" {
			t.Fatalf("the other process said %q, %v", line, err)
		}
		if _, err := store.Open(t.Context(), url, nolog); !errors.Is(err, store.ErrRunning) {
			t.Fatalf("opened beside it: %v", err)
		}
		ok(t, victim.Process.Kill())
		_ = victim.Wait()
		began := time.Now()
		s := open(t, url)
		if waited := time.Since(began); waited > 5*time.Second {
			t.Errorf("waited %s after a crash", waited)
		}
		expectBans(t, s, store.Ban{Room: "!a", User: "@a", Event: "$1", Cause: byRule})
	})
}

// Behind a proxy that shares sessions the lock tells nothing. An owner that lives is
// seen by its row.
func TestLivingOwnerWithoutALock(t *testing.T) {
	url := pgtest.Database(t)
	d := openDatabase(t, url)
	unlock(t, d, url)
	stop := make(chan struct{})
	defer close(stop)
	alive := func(ctx context.Context) error { // of another machine, which is why it is not known to be dead
		_, err := d.DB().Exec(ctx, `UPDATE owner SET holder = 'elsewhere 1 host', renewed = CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`)
		return err
	}
	ok(t, alive(t.Context()))
	ctx := context.WithoutCancel(t.Context())
	go func() {
		for {
			select {
			case <-time.After(200 * time.Millisecond):
				_ = alive(ctx)
			case <-stop:
				return
			}
		}
	}()
	if second, err := store.Open(t.Context(), url, nolog); !errors.Is(err, store.ErrRunning) {
		t.Errorf("opened %v: %v", second, err)
	}
	ok(t, d.SaveSession(t.Context(), store.Session{User: mid.UserID("@bot:hs")})) // it is the owner still
}
