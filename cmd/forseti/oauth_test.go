package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/internal/homeserver"
)

// The whole life of a login by OAuth: made by init, refreshed by check and by run,
// ended by its owner, and made anew without touching anything else.
func TestOAuth(t *testing.T) {
	t.Parallel()
	server := homeserver.ForTest(t)
	bot, mod := server.Client(t, "bot"), server.Client(t, "mod")
	m := newMAS(t, server.URL, bot)
	dir := t.TempDir()
	path := filepath.Join(dir, "forseti.yaml")

	m.refused = true
	initArgs := []string{
		"init", "--config", path, "--database", "sqlite:" + filepath.Join(dir, "forseti.db"),
		"--homeserver", m.url, "--login", "oauth", "--invite", string(mod.UserID), "--no-encryption",
	}
	forseti(t, "", nil, initArgs...).expect(t, 1, "refused in the browser")
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused login wrote a configuration")
	}
	m.refused = false
	term := forseti(t, "", nil, initArgs...)
	term.expect(t, 0, m.url+"/link", "ABC-DEF", "Logged in as "+string(bot.UserID), "Wrote")
	m.shows(t, term)

	m.expire()
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "logged in as "+string(bot.UserID), "is not running")
	if n := m.refreshes(); n != 1 {
		t.Errorf("check refreshed %d times", n)
	}

	room := managementRoom(t, path)
	if _, err := mod.JoinRoomByID(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	m.expire()
	ended := start(t, path)
	hear(t, mod, room, bot.UserID, "Hello")
	m.expire()
	command(t, mod, room, "!forseti status")
	hear(t, mod, room, bot.UserID, "Protecting")
	// Beside the running bot a check must leave the refresh token alone.
	before := m.refreshes()
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "the bot is running")
	if n := m.refreshes(); n != before {
		t.Errorf("check refreshed the login of a running bot")
	}
	forseti(t, "", nil, "login", "--config", path).expect(t, 1, "another Forseti runs")

	m.end()
	command(t, mod, room, "!forseti status") // wakes the waiting sync
	term = ended()
	term.expect(t, 1, "no longer good", "forseti login --config "+path)
	m.shows(t, term)
	forseti(t, "", nil, "check", "--config", path).expect(t, 1, "no longer good", "forseti login")
	forseti(t, "", nil, "run", "--config", path).expect(t, 1, "no longer good", "forseti login")

	forseti(t, "", nil, "login", "--config", path).expect(t, 0, "ABC-DEF", "Logged in as "+string(bot.UserID), "forseti run")
	if managementRoom(t, path) != room {
		t.Error("logging in again changed the management room")
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended = startWithin(t, ctx, path)
	command(t, mod, room, "!forseti help")
	hear(t, mod, room, bot.UserID, "says what each command of a family does")
	stop()
	ended().expect(t, 0, "Ready")
}

// A homeserver that cannot log in by browser says so, and what to do instead.
func TestOAuthElsewhere(t *testing.T) {
	server := homeserver.ForTest(t)
	dir := t.TempDir()
	forseti(t, "", nil, "init", "--config", filepath.Join(dir, "forseti.yaml"), "--database", "sqlite:"+filepath.Join(dir, "forseti.db"),
		"--homeserver", server.URL, "--login", "oauth", "--invite", "@a:b").expect(t, 1, "does not offer it", "password or an access token")
}

// A login by password is renewed by password, and tells a wrong one.
func TestLoginByPassword(t *testing.T) {
	path, bot, _, room := setUp(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forseti(t, "\nwrong\nwrong\n", nil, "login", "--config", path).expect(t, 1, "with the password: ")
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "logged in as") // by the login of before
	forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken}, "login", "--config", path).expect(t, 0, "Logged in as "+string(bot.UserID))
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "logged in as")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(text) || managementRoom(t, path) != room {
		t.Error("login changed the configuration")
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "homeserver:\n", "homeserver:\n  access_token: x\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	forseti(t, "", nil, "login", "--config", path).expect(t, 1, "homeserver.access_token", "wins")
}

// A homeserver that takes no passwords is not the person's mistake.
func TestPasswordWhereThereIsNone(t *testing.T) {
	server := homeserver.ForTest(t)
	m := newMAS(t, server.URL, server.Client(t, "bot"))
	dir := t.TempDir()
	forseti(t, "", map[string]string{"FORSETI_PASSWORD": "x"}, "init", "--config", filepath.Join(dir, "forseti.yaml"), "--database", "sqlite:"+filepath.Join(dir, "forseti.db"),
		"--homeserver", m.url, "--user", "@bot:localhost", "--invite", "@a:b").expect(t, 1, "takes no passwords", "--login oauth")
}

func managementRoom(t *testing.T, path string) id.RoomID {
	t.Helper()
	c, err := config.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return c.ManagementRoom
}

// start runs the bot; the function it returns waits for its end.
func start(t *testing.T, path string) (ended func() *terminal) {
	t.Helper()
	return startWithin(t, t.Context(), path)
}

func startWithin(t *testing.T, ctx context.Context, path string) (ended func() *terminal) {
	t.Helper()
	end := make(chan *terminal, 1)
	go func() { end <- within(t, ctx, strings.NewReader(""), nil, "run", "--config", path) }()
	return func() *terminal {
		t.Helper()
		select {
		case term := <-end:
			return term
		case <-time.After(2 * time.Minute):
			t.Fatal("the bot does not end")
			return nil
		}
	}
}

func command(t *testing.T, by *mautrix.Client, room id.RoomID, text string) {
	t.Helper()
	if _, err := by.SendText(t.Context(), room, text); err != nil {
		t.Fatal(err)
	}
}
