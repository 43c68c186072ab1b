// Package pgtest gives tests a PostgreSQL server of their own. It is for tests
// only, and needs nothing but the server's programs.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
)

// Required is the environment variable that, set to 1, makes tests fail where
// they would be skipped for want of PostgreSQL.
const Required = "FORSETI_REQUIRE_POSTGRES"

// One server serves a test binary; it starts with the first test that needs it.
var (
	start = sync.OnceValues(startServer)
	asked atomic.Bool
	count atomic.Int64
)

// Main runs the tests and stops the server, if one was started. It goes into
// TestMain, which [Database] needs: os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int { return Around(m).Run() }

// Tests are the tests of a package; *testing.M is.
type Tests interface{ Run() int }

// Around is Main for packages that also need another's Main: what it returns
// stops the server after the tests.
func Around(m Tests) Tests { return around{m} }

type around struct{ Tests }

func (a around) Run() int {
	code := a.Tests.Run()
	if !asked.Load() {
		return code
	}
	if s, err := start(); err == nil {
		s.stop()
	}
	return code
}

// Database returns the URL of a new, empty database. The test is skipped if
// PostgreSQL is not installed.
func Database(t testing.TB) string {
	t.Helper()
	bin, err := programs()
	if err != nil {
		if os.Getenv(Required) == "1" {
			t.Fatalf("%v, and %s=1", err, Required)
		}
		t.Skipf("needs PostgreSQL: %v", err)
	}
	asked.Store(true)
	s, err := start()
	if err != nil {
		t.Fatalf("start PostgreSQL of %s: %v", bin, err)
	}
	name := fmt.Sprintf("test%d", count.Add(1))
	if err := s.exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	return s.url(name)
}

func (s *server) exec(ctx context.Context, query string) error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, query)
	return err
}
