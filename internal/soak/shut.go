package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"
)

// shutter keeps the bot from using its database for a while.
type shutter struct {
	name string
	shut func(ctx context.Context, d time.Duration) error
}

// shutters are the ways in which a database cannot be used.
func (s *stage) shutters() []shutter {
	if path, is := strings.CutPrefix(s.database, "sqlite:"); is {
		ways := []shutter{{"locked", func(ctx context.Context, d time.Duration) error { return lockFile(ctx, path, d) }}}
		if canFill {
			ways = append(ways, shutter{"full", s.fillDisk})
		}
		return ways
	}
	return []shutter{{"locked", s.lockTables}, {"full", s.fillTables}, {"away", s.turnAway}}
}

// holding opens a connection for as long as f runs.
func holding(ctx context.Context, driver, name string, f func(*sql.Conn) error) error {
	db, err := sql.Open(driver, name)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return f(conn)
}

// lockFile writes to a file of SQLite's for a while, as a backup or a vacuum does.
func lockFile(ctx context.Context, path string, d time.Duration) error {
	return holding(ctx, "sqlite", "file:"+path+"?_pragma=busy_timeout(3000)", func(conn *sql.Conn) error {
		if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return ignore(err, "locked") // the bot is busy writing
		}
		pause(ctx, d)
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return err
	})
}

func ignore(err error, sign string) error {
	if err != nil && strings.Contains(err.Error(), sign) {
		return nil
	}
	return err
}

// fillDisk lets the bot write to no file.
func (s *stage) fillDisk(ctx context.Context, d time.Duration) error {
	full := func(is bool) error {
		s.mu.Lock()
		s.full = is
		bot := s.bot
		s.mu.Unlock()
		if !bot.Alive() {
			return nil
		}
		return s.fit(bot.PID())
	}
	if err := full(true); err != nil {
		return err
	}
	pause(ctx, d)
	return full(false)
}

// tables names all tables of the bot.
func tables(ctx context.Context, conn *sql.Conn) (names []string, err error) {
	rows, err := conn.QueryContext(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		names = append(names, `"`+table+`"`)
	}
	return names, rows.Err()
}

// lockTables has somebody else hold all tables.
func (s *stage) lockTables(ctx context.Context, d time.Duration) error {
	return holding(ctx, "pgx", s.database, func(conn *sql.Conn) error {
		names, err := tables(ctx, conn)
		if err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
			return err
		}
		_, err = conn.ExecContext(ctx, fmt.Sprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", strings.Join(names, ", ")))
		if err == nil {
			pause(ctx, d)
		}
		_, back := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(ignore(err, "deadlock"), back)
	})
}

// fillTables has each write fail as it does on a full disk. To fill PostgreSQL's own
// would end the server, which is another case: turnAway.
func (s *stage) fillTables(ctx context.Context, d time.Duration) error {
	return holding(ctx, "pgx", s.database, func(conn *sql.Conn) error {
		names, err := tables(ctx, conn)
		if err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, `CREATE OR REPLACE FUNCTION soak_full() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`); err != nil {
			return err
		}
		var filled []string
		for _, table := range names {
			_, err := conn.ExecContext(ctx, "CREATE TRIGGER soak_full BEFORE INSERT OR UPDATE OR DELETE ON "+table+" FOR EACH STATEMENT EXECUTE FUNCTION soak_full()")
			if err == nil {
				filled = append(filled, table)
			} else if ignore(err, "deadlock") != nil {
				return err
			}
		}
		pause(ctx, d)
		for _, table := range filled {
			for end := time.Now().Add(30 * time.Second); ; {
				_, err := conn.ExecContext(context.WithoutCancel(ctx), "DROP TRIGGER soak_full ON "+table)
				if err == nil {
					break
				}
				if time.Now().After(end) {
					return err
				}
			}
		}
		return nil
	})
}

// turnAway ends all connections, and lets nobody connect.
func (s *stage) turnAway(ctx context.Context, d time.Duration) error {
	admin, err := url.Parse(s.database)
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(admin.Path, "/")
	admin.Path = "/postgres"
	return holding(ctx, "pgx", admin.String(), func(conn *sql.Conn) error {
		allow := func(is bool) error {
			_, err := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(`ALTER DATABASE "%s" ALLOW_CONNECTIONS %t`, name, is))
			return err
		}
		if err := allow(false); err != nil {
			return err
		}
		_, err := conn.ExecContext(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
		if err == nil {
			pause(ctx, d)
		}
		return errors.Join(err, allow(true))
	})
}
