package main

import (
	"context"
	"path/filepath"
	"testing"

	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
)

// What a new user does on SQLite works on PostgreSQL, where another lock keeps a
// second bot away.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	database := pgtest.Database(t)
	server := homeserver.ForTest(t)
	bot, mod := server.Client(t, "bot"), server.Client(t, "mod")
	path := filepath.Join(t.TempDir(), "forseti.yaml")
	forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken},
		"init", "--config", path, "--database", database, "--homeserver", server.URL, "--invite", string(mod.UserID), "--no-encryption").expect(t, 0, "Wrote")
	room := managementRoom(t, path)
	if _, err := mod.JoinRoomByID(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := startWithin(t, ctx, path)
	hear(t, mod, room, bot.UserID, "Hello")
	command(t, mod, room, "!forseti limits set members 3")
	hear(t, mod, room, bot.UserID, "10 → 3")
	forseti(t, "", nil, "run", "--config", path).expect(t, 1, "another Forseti runs")
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "the bot is running")
	stop()
	ended().expect(t, 0, "Stopped")
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	ended = startWithin(t, ctx, path)
	command(t, mod, room, "!forseti limits")
	hear(t, mod, room, bot.UserID, "otherwise 10")
	stop()
	ended().expect(t, 0, "Stopped")
}
