package store_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mid "maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/internal/pgtest"
	"forseti/store"
)

const nasty = "\x00\xff'\"; DROP TABLE journal; -- \u2028"

// frozenSQLite and frozenPostgres are databases as version 3 left them, with rows of every
// kind.
func frozenSQLite(t *testing.T) string   { return thawSQLite(t, "v3") }
func frozenPostgres(t *testing.T) string { return thawPostgres(t, "v3") }

func thawSQLite(t *testing.T, version string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + version + ".db")
	ok(t, err)
	path := filepath.Join(t.TempDir(), "forseti.db")
	ok(t, os.WriteFile(path, raw, 0o600))
	return "sqlite:" + path
}

func thawPostgres(t *testing.T, version string) string {
	t.Helper()
	url := pgtest.Database(t)
	raw, err := os.ReadFile("testdata/" + version + ".sql")
	ok(t, err)
	db, err := sql.Open("pgx", url)
	ok(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), string(raw))
	ok(t, err)
	return url
}

// What the version before this one stored is all there after the upgrade, and belongs to
// the one community that there was.
func TestFrozen(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{"sqlite": frozenSQLite, "postgres": frozenPostgres} {
		t.Run(name, func(t *testing.T) {
			url := url(t)
			expectFrozen(t, open(t, url))
			// Another community of the same account sees nothing of it.
			other := openOther(t, url)
			if h, err := other.Journal.History(t.Context(), "@ours:evil.example", 5); err != nil || len(h) != 0 {
				t.Errorf("history of another community: %v, %v", h, err)
			}
		})
	}
}

func openOther(t *testing.T, url string) *store.Store {
	t.Helper()
	d, err := store.Look(t.Context(), url, nolog)
	ok(t, err)
	t.Cleanup(func() { d.Close() })
	s, err := d.Community(t.Context(), "!other:hs")
	ok(t, err)
	return s
}

func expectFrozen(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	session, found, err := s.Account().Session(ctx)
	if want := (store.Session{User: "@bot:example.org", Device: "DEVICE", AccessToken: "access", RefreshToken: "refresh", ClientID: "client"}); err != nil || !found || session != want {
		t.Errorf("session %v, %v, %v", session, found, err)
	}
	if token, err := s.NextBatch(ctx); err != nil || token != "s12_34" {
		t.Errorf("token %q, %v", token, err)
	}
	if rooms, err := s.State.Rooms(ctx); err != nil || len(rooms) != 3 {
		t.Errorf("rooms %q, %v", rooms, err)
	}
	if got := stateOf(t, s, "!a:example.org"); len(got) != 2 || !strings.Contains(got[0], `"join"`) {
		t.Errorf("state %s", got)
	}
	if got := stateOf(t, s, "!"+nasty); len(got) != 1 || got[0] != `{"nasty":1}` {
		t.Errorf("state of an odd room: %s", got)
	}
	expectFrozenJournal(t, s)
	commands, err := s.Commands.Open(ctx)
	if err != nil || len(commands) != 2 || commands[0].Body != "kick @u:example.org "+nasty || commands[1].Event != "$later" || commands[0].Plan != nil {
		t.Errorf("commands %+v, %v", commands, err)
	}
	again := []store.Command{{Event: "$done", Room: "!management:example.org", Sender: "@mod:example.org", Body: "status"}}
	if ok(t, s.Commit(ctx, store.Commit{Commands: again})); !again[0].Seen {
		t.Error("a command that was done is taken for a new one")
	}
	questions, err := s.Questions.Open(ctx)
	if err != nil || len(questions) != 2 || questions[0].Event != "$posted" || questions[1].Event != "" || questions[1].ID != "unposted" {
		t.Errorf("questions %+v, %v", questions, err)
	}
	if q, found, err := s.Questions.At(ctx, "$answered"); err != nil || !found || q.Answer != "yes" || q.AnsweredBy != "@mod:example.org" {
		t.Errorf("answered question %+v, %v, %v", q, found, err)
	}
	var limits struct{ Members int }
	if found, err := s.Settings.Read(ctx, "mode", "limits", &limits); err != nil || !found || limits.Members != 3 {
		t.Errorf("limits %v, %v, %v", limits, found, err)
	}
	if all, err := s.Settings.All(ctx, "acl"); err != nil || string(all["!a:example.org"]) != `["evil.example"]` {
		t.Errorf("settings %s, %v", all, err)
	}
	ok(t, s.Account().UseKey([]byte("a key of the store")))
	if e, found, err := s.Evidence.Of(ctx, "$flood"); err != nil || !found || string(e.Content) != `{"body":"buy"}` || !e.Secret {
		t.Errorf("evidence %+v, %v, %v", e, found, err)
	}
	hashes, err := s.Hashes.All(ctx)
	if err != nil || hashes[string(make([]byte, 32))] != "@learned:example.org" {
		t.Errorf("hashes %q, %v", hashes, err)
	}
}

func expectFrozenJournal(t *testing.T, s *store.Store) {
	t.Helper()
	bans, err := s.Journal.Bans(t.Context())
	ok(t, err)
	users := map[mid.UserID]mid.EventID{}
	for _, b := range bans {
		users[b.User] = b.Event
	}
	if len(bans) != 3 || users["@ours:evil.example"] != "$ban1" || users[mid.UserID("@"+nasty)] != "$ban3" {
		t.Errorf("bans %+v", bans)
	}
	if event, doubted := users["@doubt:evil.example"]; !doubted || event != "" {
		t.Errorf("bans %+v", bans)
	}
	acts, err := s.Journal.Open(t.Context())
	if err != nil || len(acts) != 4 || acts[0].Action.Verb != action.Redact || acts[0].Action.Event != "$flood" || acts[1].Action.User != "@waiting:evil.example" {
		t.Errorf("open %+v, %v", acts, err)
	}
	history, err := s.Journal.History(t.Context(), "@lifted:evil.example", 5)
	if err != nil || len(history) != 2 || history[0].Action.Verb != action.Unban || history[0].Event != "$unban2" || history[1].State != store.EntryDone {
		t.Errorf("history %+v, %v", history, err)
	}
	// Order goes on after what there was.
	a, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: "!a:example.org", User: "@lifted:evil.example"})
	ok(t, err)
	if h, err := s.Journal.History(t.Context(), "@lifted:evil.example", 1); err != nil || h[0].Action.ID != a.ID {
		t.Errorf("latest %+v, %v", h, err)
	}
	ok(t, s.Journal.Settle(t.Context(), a.ID, action.Outcome{Dropped: true}))
}

// State that version 5 stored is all there after the upgrade, and belongs to the community
// that it belonged to.
func TestFrozenState(t *testing.T) {
	for name, thaw := range map[string]func(*testing.T, string) string{"sqlite": thawSQLite, "postgres": thawPostgres} {
		t.Run(name, func(t *testing.T) {
			url := thaw(t, "v5")
			d, err := store.Open(t.Context(), url, nolog)
			ok(t, err)
			t.Cleanup(func() { d.Close() })
			for _, management := range []mid.RoomID{"!management:example.org", "!other:example.org"} {
				s, err := d.Community(t.Context(), management)
				ok(t, err)
				if rooms, err := s.State.Rooms(t.Context()); err != nil || !slices.Equal(rooms, []mid.RoomID{"", "!" + nasty, "!a:example.org", "!list:example.org"}) {
					t.Errorf("rooms %q, %v", rooms, err)
				}
				var keys []string
				for row, err := range s.State.Of(t.Context(), "!a:example.org") {
					ok(t, err)
					keys = append(keys, row.Type+" "+row.Key)
				}
				if want := []string{"m.room.member @banned:evil.example", "m.room.member @gone:evil.example", "m.room.member @here:example.org", "m.room.name "}; !slices.Equal(keys, want) {
					t.Errorf("state %q", keys)
				}
				got := stateOf(t, s, "!a:example.org")
				if !strings.Contains(got[0], `"event_id":"$ban"`) || !strings.Contains(got[1], "redacted_because") || !strings.Contains(got[2], `"displayname":"Here \u003cb\u003e"`) || !strings.Contains(got[3], "A of "+string(management)) {
					t.Errorf("state %s", got)
				}
				if got := stateOf(t, s, "!"+nasty); !slices.Equal(got, []string{`{"nasty":1}`, "no JSON " + nasty}) {
					t.Errorf("state of an odd room: %q", got)
				}
				if got := stateOf(t, s, "!list:example.org"); len(got) != 20 {
					t.Errorf("%d rules", len(got))
				}
				// It goes on from there.
				ok(t, s.Commit(t.Context(), store.Commit{State: []store.StateRow{row("!a:example.org", "m.room.member", "@here:example.org", `"new"`), row("!new", "a", "", `1`)}}))
				if got, odd := stateOf(t, s, "!a:example.org"), stateOf(t, s, "!new"); len(got) != 4 || got[2] != `"new"` || len(odd) != 1 {
					t.Errorf("state %s, %s", got, odd)
				}
			}
		})
	}
}

// What version 6 stored is there after the upgrade, nobody is trusted yet, and what is known
// of members can be stored.
func TestFrozenBeforeTrust(t *testing.T) {
	for name, thaw := range map[string]func(*testing.T, string) string{"sqlite": thawSQLite, "postgres": thawPostgres} {
		t.Run(name, func(t *testing.T) {
			d, err := store.Open(t.Context(), thaw(t, "v6"), nolog)
			ok(t, err)
			t.Cleanup(func() { d.Close() })
			for _, management := range []mid.RoomID{"!management:example.org", "!other:example.org"} {
				s, err := d.Community(t.Context(), management)
				ok(t, err)
				if got := stateOf(t, s, "!a:example.org"); len(got) != 4 {
					t.Errorf("state %s", got)
				}
				var flooding struct{ Enabled bool }
				if found, err := s.Settings.Read(t.Context(), "protection", "flooding", &flooding); err != nil || !found || !flooding.Enabled {
					t.Errorf("settings %v, %v, %v", flooding, found, err)
				}
				if all, err := s.Offences.Of(t.Context(), mid.UserID("@"+nasty), time.Time{}); err != nil || len(all) != 1 || all[0].Weight != 3 || all[0].Case != 2 {
					t.Errorf("offences %+v, %v", all, err)
				}
				if notes, err := s.Notes.On(t.Context(), "@u:hs"); err != nil || len(notes) != 1 || notes[0].Body != nasty {
					t.Errorf("notes %+v, %v", notes, err)
				}
				if got := trusted(t, s); len(got) != 0 {
					t.Errorf("trusted %q", got)
				}
				ok(t, s.Commit(t.Context(), store.Commit{Known: store.Known{Trust: []store.TrustRow{{Entity: "@u:hs", Record: []byte(management)}}}}))
				if got := trusted(t, s); len(got) != 1 || got["@u:hs"] != string(management) {
					t.Errorf("trusted %q", got)
				}
			}
		})
	}
}

// The login of a bot of the first version is still there after an upgrade.
func TestFirstSchema(t *testing.T) {
	url := frozenSQLite(t)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	ok(t, err)
	for _, query := range []string{"ALTER TABLE session DROP COLUMN client_id", "DROP TABLE evidence", "UPDATE forseti_version SET version = 1, compat = 1"} {
		_, err := db.ExecContext(t.Context(), query)
		ok(t, err)
	}
	ok(t, db.Close())
	looked, err := store.Look(t.Context(), url, nolog)
	ok(t, err)
	if got, found, err := looked.Session(t.Context()); err != nil || !found || got.AccessToken != "access" || !looked.Behind() {
		t.Errorf("looked at: %v, %v, %v", got, found, err)
	}
	ok(t, looked.Close())
	s := open(t, url)
	if got, found, err := s.Account().Session(t.Context()); err != nil || !found || got.AccessToken != "access" || got.ClientID != "" {
		t.Errorf("got %v, %v, %v", got, found, err)
	}
}

// Looking changes not a byte, and makes no file.
func TestLookChangesNothing(t *testing.T) {
	url := frozenSQLite(t)
	path := strings.TrimPrefix(url, "sqlite:")
	before, err := os.ReadFile(path)
	ok(t, err)
	d, err := store.Look(t.Context(), url, nolog)
	ok(t, err)
	if !d.Behind() || d.Running() {
		t.Errorf("behind %t, running %t", d.Behind(), d.Running())
	}
	if _, found, err := d.Session(t.Context()); err != nil || !found {
		t.Errorf("session: %v, %v", found, err)
	}
	if _, err := d.DB().Exec(t.Context(), `DELETE FROM session`); err == nil {
		t.Error("who looks could write")
	}
	ok(t, d.Close())
	after, err := os.ReadFile(path)
	ok(t, err)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) != 1 || !bytes.Equal(before, after) {
		t.Errorf("changed %t, files %v, %v", !bytes.Equal(before, after), files, err)
	}
}

// A login that was renewed while looking is stored, in a database of an earlier version too,
// and nothing else of it changes.
func TestLookSavesALogin(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{"sqlite": frozenSQLite, "postgres": frozenPostgres} {
		t.Run(name, func(t *testing.T) {
			url := url(t)
			d, err := store.Look(t.Context(), url, nolog)
			ok(t, err)
			want := store.Session{User: "@bot:example.org", Device: "DEVICE", AccessToken: "fresh", RefreshToken: "next", ClientID: "client"}
			ok(t, d.SaveSession(t.Context(), want))
			ok(t, d.Close())
			again, err := store.Look(t.Context(), url, nolog)
			ok(t, err)
			defer again.Close()
			if got, found, err := again.Session(t.Context()); err != nil || !found || got != want || !again.Behind() {
				t.Errorf("got %v, %v, %v, behind %t", got, found, err, again.Behind())
			}
		})
	}
}
