package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/sqlstatestore"

	"forseti/internal/pgtest"
	"forseti/store"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// suite is what both databases must do alike.
var suite = map[string]func(t *testing.T, url string){
	"session":            testSession,
	"commit":             testCommit,
	"commit is whole":    testCommitIsWhole,
	"hostile text":       testHostileText,
	"replace state":      testReplaceState,
	"much state":         testMuchState,
	"journal":            testJournal,
	"begin again":        testBeginAgain,
	"bans":               testBans,
	"bans in doubt":      testBansInDoubt,
	"retried ban":        testRetriedBan,
	"ban after all":      testBanAfterAll,
	"journal at once":    testJournalAtOnce,
	"rules of orders":    testWrote,
	"commands":           testCommands,
	"questions":          testQuestions,
	"one answer":         testOneAnswer,
	"settings":           testSettings,
	"hashes":             testHashes,
	"hashes pruned":      testHashesArePruned,
	"evidence":           testEvidence,
	"settled at the end": testSettledAtTheEnd,
	"joined ban":         testJoinedBan,
	"plans":              testPlans,
	"asked in one":       testAskedInOne,
	"expired":            testExpired,
	"communities":        testCommunities,
	"moved":              testMoved,
	"prune":              testPrune,
	"offences":           testOffences,
	"given cases":        testCasesThatAreGiven,
	"trust":              testTrust,
	"samples":            testSamples,
	"samples pruned":     testSamplesArePruned,
	"tallies":            testTallies,
	"notes":              testNotes,
	"cases":              testCases,
	"reports":            testReports,
	"prune keeps bans":   testPruneKeepsBans,
	"library tables":     testLibraryTables,
	"foreign tables":     testForeignTables,
}

func TestSQLite(t *testing.T) {
	for name, test := range suite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, "sqlite:"+filepath.Join(t.TempDir(), "forseti.db"))
		})
	}
}

func TestPostgres(t *testing.T) {
	for name, test := range suite {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, pgtest.Database(t))
		})
	}
}

var nolog = zerolog.Nop()

const management = "!management:hs"

// open is the one community of a database.
func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := openDatabase(t, url).Community(t.Context(), management)
	ok(t, err)
	return s
}

func openDatabase(t *testing.T, url string) *store.Database {
	t.Helper()
	d, err := store.Open(t.Context(), url, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// reopen is a restart.
func reopen(t *testing.T, s *store.Store, url string) *store.Store {
	t.Helper()
	ok(t, s.Account().Close())
	return open(t, url)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSQLiteFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c%20d.db")
	s := openDatabase(t, "sqlite:"+path)
	ok(t, s.SaveSession(t.Context(), store.Session{User: "@bot:hs", AccessToken: "secret"}))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		ok(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("mode of database%s is %o", suffix, mode)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, url := range []string{"", "mysql://bot:secret@host/db", "sqlite:", "sqlite:/nowhere/at/all.db", "postgres://bot:secret@127.0.0.1:1/db"} {
		s, err := store.Open(t.Context(), url, zerolog.Nop())
		if err == nil {
			s.Close()
			t.Errorf("opened %q", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("error tells the password: %v", err)
		}
	}
}

func testSession(t *testing.T, url string) {
	s := openDatabase(t, url)
	if _, found, err := s.Session(t.Context()); err != nil || found {
		t.Fatalf("new database has a session: %v, %v", found, err)
	}
	ok(t, s.SaveSession(t.Context(), store.Session{User: "@bot:hs", Device: "ONE", AccessToken: "a"}))
	want := store.Session{User: "@bot:hs", Device: "TWO", AccessToken: "b", RefreshToken: "c", ClientID: "d"}
	ok(t, s.SaveSession(t.Context(), want))
	ok(t, s.Close())
	s = openDatabase(t, url)
	if got, found, err := s.Session(t.Context()); err != nil || !found || got != want {
		t.Fatalf("got %v, %v, %v", got, found, err)
	}
	ok(t, s.DropSession(t.Context()))
	if _, found, err := s.Session(t.Context()); err != nil || found {
		t.Fatalf("dropped session is there: %v, %v", found, err)
	}
}

func testSettings(t *testing.T, url string) {
	s := open(t, url)
	var got []string
	if found, err := s.Settings.Read(t.Context(), "!room", "lists", &got); err != nil || found {
		t.Fatalf("unset setting: %v, %v", found, err)
	}
	ok(t, s.Settings.Set(t.Context(), "!room", "lists", []string{"!old"}))
	ok(t, s.Settings.Set(t.Context(), "!room", "lists", []string{"!a", "!b"}))
	ok(t, s.Settings.Set(t.Context(), "!other", "lists", 5))
	if found, err := s.Settings.Read(t.Context(), "!room", "lists", &got); err != nil || !found || strings.Join(got, " ") != "!a !b" {
		t.Fatalf("got %v, %v, %v", got, found, err)
	}
	if _, err := s.Settings.Read(t.Context(), "!other", "lists", &got); err == nil {
		t.Error("a number was read as a list")
	}
	all, err := s.Settings.All(t.Context(), "!room")
	if err != nil || len(all) != 1 || string(all["lists"]) != `["!a","!b"]` {
		t.Errorf("got %s, %v", all, err)
	}
	ok(t, s.Settings.Drop(t.Context(), "!room", "lists"))
	if found, err := s.Settings.Read(t.Context(), "!room", "lists", &got); err != nil || found {
		t.Errorf("dropped setting: %v, %v", found, err)
	}
}

func testHashes(t *testing.T, url string) {
	s := open(t, url)
	hash := strings.Repeat("\x00\xff", 16)
	ok(t, s.Hashes.Learn(t.Context(), hash, "@a:hs"))
	ok(t, s.Hashes.Learn(t.Context(), hash, "@a:hs"))
	all, err := s.Hashes.All(t.Context())
	if err != nil || len(all) != 1 || all[hash] != "@a:hs" {
		t.Errorf("got %q, %v", all, err)
	}
}

// A hash is kept for as long as a rule has it, and for a while after that.
func testHashesArePruned(t *testing.T, url string) {
	s := open(t, url)
	sql := func(query string, args ...any) {
		_, err := s.Account().DB().Exec(t.Context(), query, args...)
		ok(t, err)
	}
	left := func(want ...string) {
		t.Helper()
		all, err := s.Hashes.All(t.Context())
		if got := slices.Sorted(maps.Values(all)); err != nil || !slices.Equal(got, want) {
			t.Errorf("left are %q, want %q, %v", got, want, err)
		}
	}
	hash := func(n byte) string { return strings.Repeat(string([]byte{0, n}), 16) }
	for n, entity := range []string{"had.example", "gone.example", "older.example", "late.example"} {
		ok(t, s.Hashes.Learn(t.Context(), hash(byte(n)), entity))
	}
	day := 24 * time.Hour
	sql(`UPDATE learned_hash SET used = $1`, time.Now().Add(-30*day).UnixMilli())
	sql(`UPDATE learned_hash SET used = 0 WHERE entity = $1`, []byte("older.example")) // of a version that did not note it
	sql(`UPDATE learned_hash SET used = $1 WHERE entity = $2`, time.Now().Add(-time.Hour).UnixMilli(), []byte("late.example"))
	ok(t, s.Hashes.Prune(t.Context(), nil, time.Time{}))
	left("gone.example", "had.example", "late.example", "older.example")
	ok(t, s.Hashes.Prune(t.Context(), []string{hash(0), hash(9)}, time.Now().Add(-day)))
	left("had.example", "late.example", "older.example")
	// Of too many, those that were of use the longest ago go.
	sql(`DELETE FROM learned_hash`)
	for n := range 50_010 {
		if n%500 == 0 {
			var rows []string
			for i := n; i < min(n+500, 50_010); i++ {
				rows = append(rows, fmt.Sprintf(`('h%06d', 'h%06d', %d)`, i, i, i+1))
			}
			sql(`INSERT INTO learned_hash (hash, entity, used) VALUES ` + strings.Join(rows, ", "))
		}
	}
	ok(t, s.Hashes.Prune(t.Context(), nil, time.Time{}))
	all, err := s.Hashes.All(t.Context())
	if err != nil || len(all) != 50_000 || all["h000009"] != "" || all["h000010"] == "" {
		t.Errorf("%d are left, %v", len(all), err)
	}
}

func testLibraryTables(t *testing.T, url string) {
	for range 2 {
		s := open(t, url)
		ok(t, sqlstatestore.NewSQLStateStore(s.Account().DB(), dbutil.NoopLogger, false).Upgrade(t.Context()))
		ok(t, s.Settings.Set(t.Context(), "a", "b", 1))
		ok(t, s.Account().Close())
	}
}

// A wrong URL must not end in our tables amid those of a homeserver.
func testForeignTables(t *testing.T, url string) {
	s := openDatabase(t, url)
	for _, query := range []string{
		"DROP TABLE forseti_version", "DROP TABLE database_owner", "CREATE TABLE state_groups_state (a INTEGER)",
	} {
		_, err := s.DB().Exec(t.Context(), query)
		ok(t, err)
	}
	ok(t, s.Close())
	if again, err := store.Open(t.Context(), url, zerolog.Nop()); !errors.Is(err, dbutil.ErrForeignTables) {
		if err == nil {
			again.Close()
		}
		t.Errorf("opened the database of a homeserver: %v", err)
	}
}

func stateOf(t *testing.T, s *store.Store, room string) []string {
	t.Helper()
	var got []string
	for row, err := range s.State.Of(context.WithoutCancel(t.Context()), id(room)) {
		ok(t, err)
		got = append(got, string(row.Event))
	}
	return got
}

func row(room, kind, key, event string) store.StateRow {
	r := store.StateRow{Room: id(room), Type: kind, Key: key}
	if event != "" {
		r.Event = json.RawMessage(event)
	}
	return r
}

// The values of queries are nobody's business: logins and secrets are among them.
func TestValuesAreNotLogged(t *testing.T) {
	var log bytes.Buffer
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bot.db"), zerolog.New(&log).Level(zerolog.TraceLevel))
	ok(t, err)
	defer s.Close()
	s.DB().Log.QueryTiming(t.Context(), "Exec", "UPDATE session", []any{"syt_secret"}, 1, 2*time.Second, nil)
	if text := log.String(); !strings.Contains(text, "Query took long") || strings.Contains(text, "syt_secret") {
		t.Errorf("logged: %s", text)
	}
}

// The library compares times in the form that its own queries write.
func TestTimesCompare(t *testing.T) {
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bot.db"), zerolog.Nop())
	ok(t, err)
	defer s.Close()
	var stored string
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	_, err = s.DB().Exec(t.Context(), `CREATE TABLE moment (at timestamp)`)
	ok(t, err)
	_, err = s.DB().Exec(t.Context(), `INSERT INTO moment VALUES ($1)`, at)
	ok(t, err)
	ok(t, s.DB().QueryRow(t.Context(), `SELECT CAST(at AS TEXT) FROM moment WHERE at < datetime('2026-03-01')`).Scan(&stored))
	if !strings.HasPrefix(stored, "2026-02-03 04:05:06") || strings.Contains(stored, "UTC") {
		t.Errorf("stored as %q", stored)
	}
}
