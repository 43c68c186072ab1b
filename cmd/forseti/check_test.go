package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/store"
)

// The last line counts what is wrong, and what is only left to do.
func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		wrong int
		left  []string
		want  string
	}{
		{0, nil, "All is as it should be."},
		{0, []string{"start the bot"}, "Nothing is broken; 1 step is left: start the bot."},
		{0, []string{"a", "b", "c"}, "Nothing is broken; 3 steps are left: a, b and c."},
		{2, nil, "2 to mend."},
		{1, []string{"a"}, "1 to mend. Besides, 1 step is left: a."},
	} {
		k := checkup{wrong: tc.wrong, left: tc.left}
		if got := k.verdict(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

// A file that everybody may read or change is told of, unless it holds nothing or
// nobody can get at it.
func TestLoose(t *testing.T) {
	outer := t.TempDir()
	for d := outer; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(outer, "bot")
	path, database := filepath.Join(dir, "forseti.yaml"), filepath.Join(dir, "forseti.db")
	const secret, harmless = "homeserver: {password: x}", "log: {json: true}"
	for name, tc := range map[string]struct {
		folder, config, database os.FileMode
		text                     string
		want                     int
	}{
		"all private":             {0o755, 0o600, 0o600, secret, 0},
		"for a group":             {0o755, 0o640, 0o660, secret, 0},
		"configuration":           {0o755, 0o644, 0o600, secret, 1},
		"database":                {0o755, 0o600, 0o644, secret, 1},
		"both, to be changed":     {0o755, 0o666, 0o602, secret, 2},
		"nothing in it":           {0o755, 0o644, 0o600, harmless, 0},
		"in a folder of its own":  {0o700, 0o644, 0o644, secret, 0},
		"a password for database": {0o755, 0o644, 0o600, "database: {url: \"postgres://u:p@h/d\"}", 1},
		"none for database":       {0o755, 0o644, 0o600, "database: {url: \"postgres://h/d\"}", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			for file, text := range map[string]string{path: tc.text, database: "x"} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for file, mode := range map[string]os.FileMode{path: tc.config, database: tc.database, dir: tc.folder} {
				if err := os.Chmod(file, mode); err != nil {
					t.Fatal(err)
				}
			}
			c := config.Default()
			c.Database.URL = "sqlite:" + database
			if got := loose(c, path); len(got) != tc.want {
				t.Errorf("%d, want %d: %v", len(got), tc.want, got)
			}
		})
	}
}

// What looks at the management room, or invites there, goes by where the bot is: in the room that
// replaced the one that is configured, once it has gone over, and in no other.
func TestWhereTheBotListens(t *testing.T) {
	const old, next, last = id.RoomID("!old:hs"), id.RoomID("!next:hs"), id.RoomID("!last:hs")
	url := "sqlite:" + filepath.Join(t.TempDir(), "forseti.db")
	in := func(configured id.RoomID) id.RoomID {
		t.Helper()
		db, err := store.Look(t.Context(), url, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		room, err := listensIn(t.Context(), db, configured)
		if err != nil {
			t.Fatal(err)
		}
		return room
	}
	move := func(from, to id.RoomID) {
		t.Helper()
		db, err := store.Open(t.Context(), url, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err = db.OnlyCommunity(t.Context(), from); err == nil && to != "" {
			_, err = db.Move(t.Context(), from, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if room, err := listensIn(t.Context(), nil, old); room != old || err != nil {
		t.Errorf("without a database in %s: %v", room, err)
	}
	move(old, "")
	if room := in(old); room != old {
		t.Errorf("in %s", room)
	}
	move(old, next)
	move(next, last)
	for configured, want := range map[id.RoomID]id.RoomID{old: last, next: last, last: last, "!other:hs": "!other:hs"} {
		if room := in(configured); room != want {
			t.Errorf("configured %s, in %s", configured, room)
		}
	}
	var out bytes.Buffer
	k := &checkup{out: &out}
	if k.moved(old, old); out.Len() > 0 || len(k.left) > 0 {
		t.Errorf("not moved: %s", out.String())
	}
	if k.moved(old, last); !strings.Contains(out.String(), "management_room: \"!last:hs\"") || len(k.left) != 1 {
		t.Errorf("moved: %s", out.String())
	}
}
