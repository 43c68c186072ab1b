package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/draw"
	"forseti/internal/cryptoclient"
	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
	"forseti/matrix"
)

func TestMain(m *testing.M) {
	// They wait far more than they compute. A flag on the command line wins.
	_ = flag.Set("test.parallel", "4")
	os.Exit(homeserver.Main(pgtest.Around(m)))
}

// terminal is a program run: what went in, and what came out.
type terminal struct {
	out, err bytes.Buffer
	code     int
}

func forseti(t *testing.T, in string, env map[string]string, args ...string) *terminal {
	t.Helper()
	return within(t, t.Context(), strings.NewReader(in), env, args...)
}

func within(t *testing.T, ctx context.Context, in io.Reader, env map[string]string, args ...string) *terminal {
	t.Helper()
	return until(t, ctx, "", in, env, args...)
}

// until is within that is stopped once it has said some words.
func until(t *testing.T, ctx context.Context, words string, in io.Reader, env map[string]string, args ...string) *terminal {
	t.Helper()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var term terminal
	out, err := &ear{Buffer: &term.out, words: words, heard: stop}, &ear{Buffer: &term.err, words: words, heard: stop}
	term.code = run(ctx, args, streams{in, out, err, func(name string) string { return env[name] }, func() []string {
		var pairs []string
		for name, value := range env {
			pairs = append(pairs, name+"="+value)
		}
		return pairs
	}})
	return &term
}

// ear calls heard when the words are in what was written. Like a terminal it can be written
// to by several at once, as the log is.
type ear struct {
	mu sync.Mutex
	*bytes.Buffer
	words string
	heard func()
}

func (e *ear) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.Buffer.Write(p)
	if e.words != "" && strings.Contains(e.String(), e.words) {
		e.heard()
	}
	return n, err
}

func (term *terminal) expect(t *testing.T, code int, words ...string) {
	t.Helper()
	said := term.out.String() + term.err.String()
	if term.code != code {
		t.Errorf("exit code %d, want %d:\n%s", term.code, code, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("%q is not in:\n%s", w, said)
		}
	}
}

func TestUsage(t *testing.T) {
	forseti(t, "", nil, "help").expect(t, 0, "init", "run", "check", "demo", "version")
	forseti(t, "", nil).expect(t, 2, "Usage")
	forseti(t, "", nil, "fly").expect(t, 2, `no command "fly"`)
	forseti(t, "", nil, "run", "--height", "3").expect(t, 2, "height")
	forseti(t, "", nil, "run", "now").expect(t, 2, `unexpected "now"`)
	for _, args := range [][]string{{"version"}, {"--version"}, {"-v"}} {
		forseti(t, "", nil, args...).expect(t, 0, "forseti", "go1", "mautrix")
	}
	for _, c := range subcommands() {
		for _, args := range [][]string{{c.name, "--help"}, {c.name, "-h"}, {"help", c.name}} {
			term := forseti(t, "", nil, args...)
			term.expect(t, 0, "forseti "+c.name, c.summary)
			if term.err.Len() > 0 {
				t.Errorf("%v: help is no error: %s", args, &term.err)
			}
		}
	}
	for _, way := range []string{"export", "import"} {
		forseti(t, "", nil, "keys", way, "--help").expect(t, 0, "--file", "--config")
	}
	forseti(t, "", map[string]string{"FORSETI_PASWORD": "secret"}, "version").expect(t, 0, "FORSETI_PASWORD", "did you mean FORSETI_PASSWORD?")
}

func TestInit(t *testing.T) {
	server := homeserver.ForTest(t)
	bot, mod := server.Client(t, "bot"), server.Client(t, "mod")
	dir := t.TempDir()
	path, database := filepath.Join(dir, "forseti.yaml"), "sqlite:"+filepath.Join(dir, "forseti.db")
	term := forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken},
		"init", "--config", path, "--database", database, "--homeserver", server.URL, "--invite", string(mod.UserID), "--list", "coc")
	term.expect(t, 0, `The recommended preset, "public support", does this`, "\n  flooding       Finds who sends too many messages", "There is nobody to ask, so it is on", "--preset none declines it",
		"Created the management room", "coc", "forseti run --config", "!forseti help", "The recovery key of the bot's account, shown this once")
	if strings.Contains(term.out.String(), bot.AccessToken) {
		t.Error("the token is shown")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("configuration: %v, %v", info, err)
	}
	c, err := config.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if c.Homeserver.AccessToken != "" {
		t.Error("the token is in the configuration")
	}
	if !c.Commands.Roles {
		t.Error("in a room that init makes all may do everything")
	}
	if len(c.Encryption.Key) < 32 {
		t.Errorf("encryption.key is %q", c.Encryption.Key)
	}
	var encryption map[string]any
	if err := bot.StateEvent(t.Context(), c.ManagementRoom, event.StateEncryption, "", &encryption); err != nil {
		t.Errorf("the management room is not encrypted: %v", err)
	}
	if _, err := mod.JoinRoomByID(t.Context(), c.ManagementRoom); err != nil {
		t.Errorf("the moderator was not invited: %v", err)
	}
	looks(t, bot, c.ManagementRoom)
	// Only moderators bring somebody in: who is in the room commands the bot.
	friend, stranger := server.Client(t, "friend"), server.Client(t, "stranger")
	if _, err := mod.InviteUser(t.Context(), c.ManagementRoom, &mautrix.ReqInviteUser{UserID: friend.UserID}); err != nil {
		t.Errorf("the first moderator cannot invite: %v", err)
	}
	if _, err := friend.JoinRoomByID(t.Context(), c.ManagementRoom); err != nil {
		t.Error(err)
	}
	if _, err := friend.InviteUser(t.Context(), c.ManagementRoom, &mautrix.ReqInviteUser{UserID: stranger.UserID}); !errors.Is(err, mautrix.MForbidden) {
		t.Errorf("somebody without a level invites: %v", err)
	}
	if got := chosenPreset(t, bot); got != "public support" {
		t.Errorf("the preset is %q", got)
	}
	forseti(t, "", nil, "init", "--config", path).expect(t, 2, "is there already", "--force")
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "encryption is on", "is signed by the account's identity", "in the backup", "management room", "watched list", "the bot may write to it", "no other login of the account", "no rate limit was met", "Nothing is broken; 2 steps are left: start the bot and protect a room.")

	// The same without a file, and with the file named by a variable.
	forseti(t, "", map[string]string{
		"FORSETI_HOMESERVER_ADDRESS": server.URL, "FORSETI_MANAGEMENT_ROOM": string(c.ManagementRoom),
		"FORSETI_DATABASE_URL": database, "FORSETI_ENCRYPTION_KEY": c.Encryption.Key,
	}, "check").expect(t, 0, "configuration from the environment", "logged in as", "forseti run starts it")
	forseti(t, "", map[string]string{"FORSETI_CONFIG": path}, "check").expect(t, 0, "configuration "+path, "logged in as")

	// A room in which the bot has no power is to be mended.
	room, err := mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Lobby", Preset: "public_chat"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bot.JoinRoomByID(t.Context(), room.RoomID); err != nil {
		t.Fatal(err)
	}
	if err := bot.SetAccountData(t.Context(), typeProtectedRooms, map[string]any{"rooms": []id.RoomID{room.RoomID}}); err != nil {
		t.Fatal(err)
	}
	forseti(t, "", nil, "check", "--config", path).expect(t, 1, "Lobby", "cannot ban", "power level", "1 to mend")
}

// looks holds what moderators see of a bot that was just set up: names and pictures.
func looks(t *testing.T, bot *mautrix.Client, management id.RoomID) {
	t.Helper()
	profile, err := bot.GetProfile(t.Context(), bot.UserID)
	if err != nil || profile.DisplayName != botName || profile.AvatarURL.IsEmpty() {
		t.Errorf("the bot is shown as %+v, %v", profile, err)
	}
	joined, err := bot.JoinedRooms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, room := range joined.JoinedRooms {
		var name event.RoomNameEventContent
		var picture event.RoomAvatarEventContent
		if err := bot.StateEvent(t.Context(), room, event.StateRoomName, "", &name); err != nil {
			t.Error(err)
		}
		if err := bot.StateEvent(t.Context(), room, event.StateRoomAvatar, "", &picture); err != nil || picture.URL == "" || shown[string(picture.URL)] {
			t.Errorf("%s has the picture %q, %v", name.Name, picture.URL, err)
		}
		shown[string(picture.URL)] = true
		if want := map[bool]string{true: "Moderators", false: "Policy list: coc"}[room == management]; name.Name != want {
			t.Errorf("%s is called %q", want, name.Name)
		}
	}
	if file, err := bot.DownloadBytes(t.Context(), profile.AvatarURL); err != nil || !bytes.Equal(file, draw.Scales.PNG()) {
		t.Errorf("the picture of the bot is another: %v", err)
	}
}

// What init does with an identity that the account has already.
func TestInitTakesAnIdentity(t *testing.T) {
	t.Parallel()
	server := homeserver.ForTest(t)
	mod := server.Client(t, "mod")
	bot, token, err := server.Register(t.Context(), "known-"+strings.ToLower(rand.Text()[:8]), "opensesame", false)
	if err != nil {
		t.Fatal(err)
	}
	client, err := cryptoclient.Start(t.Context(), server.URL, bot, token, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := client.Identify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	set := func(name, in string, env map[string]string) *terminal {
		env["FORSETI_PASSWORD"] = "opensesame"
		return forseti(t, in, env, "init", "--config", filepath.Join(dir, name+".yaml"), "--database", "sqlite:"+filepath.Join(dir, "forseti.db"),
			"--homeserver", server.URL, "--invite", string(mod.UserID), "--user", string(bot), "--list", "none", "--force")
	}
	account, err := matrix.Open(t.Context(), matrix.Options{Homeserver: server.URL, User: bot, AccessToken: token})
	if err != nil {
		t.Fatal(err)
	}
	nothingLeft := func() {
		t.Helper()
		rooms, err := account.JoinedRooms(t.Context())
		if err != nil || len(rooms) > 0 {
			t.Errorf("rooms are left over: %v, %v", rooms, err)
		}
		if devices, err := account.Devices(t.Context()); err != nil || len(devices) != 1 {
			t.Errorf("logins are left over: %v, %v", devices, err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("files are left over: %v, %v", files, err)
		}
	}
	// Without the key nothing is made, however that comes about.
	set("none", "", map[string]string{}).expect(t, 2, "has a cryptographic identity already", "nobody to ask: give FORSETI_RECOVERY_KEY")
	nothingLeft()
	set("none", "wrong\nwrong\nwrong\n", map[string]string{}).expect(t, 1, "wrong recovery key or passphrase")
	nothingLeft()
	set("none", "", map[string]string{"FORSETI_RECOVERY_KEY": "wrong"}).expect(t, 1, "wrong recovery key or passphrase")
	nothingLeft()
	input, typing := io.Pipe()
	defer typing.Close()
	until(t, t.Context(), "ecovery key or passphrase", input, map[string]string{"FORSETI_PASSWORD": "opensesame"}, "init", "--config", filepath.Join(dir, "none.yaml"), "--database", "sqlite:"+filepath.Join(dir, "forseti.db"),
		"--homeserver", server.URL, "--invite", string(mod.UserID), "--user", string(bot)).expect(t, 1, "given up. Nothing was made")
	nothingLeft()
	set("none", "wrong wrong\n"+recovery+"\n", map[string]string{}).expect(t, 0, "Wrote", "recovery key or passphrase")

	// The room that is there now is offered, and the key asked for no more.
	room := managementRoom(t, filepath.Join(dir, "none.yaml"))
	set("none", "", map[string]string{}).expect(t, 2, "has a management room already", "--management-room '"+string(room)+"'", "--new")
	set("none", "\n", map[string]string{}).expect(t, 0, "Use that room", "Wrote")
	if managementRoom(t, filepath.Join(dir, "none.yaml")) != room {
		t.Error("another room was made")
	}
}

// A second set-up of one account, in another folder, finds what the first has made.
func TestInitTwice(t *testing.T) {
	path, bot, mod, management := setUp(t, "--no-encryption")
	dir := t.TempDir()
	again := func(in string, flags ...string) *terminal {
		return forseti(t, in, map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken}, append([]string{
			"init", "--force", "--config", filepath.Join(dir, "forseti.yaml"), "--database", "sqlite:" + filepath.Join(dir, "forseti.db"),
			"--homeserver", bot.HomeserverURL.String(), "--invite", string(mod.UserID), "--no-encryption",
		}, flags...)...)
	}
	before, err := bot.JoinedRooms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := id.ContentURI{Homeserver: "example.org", FileID: "chosen"}
	if err := errors.Join(bot.SetDisplayName(t.Context(), "Our guard"), bot.SetAvatarURL(t.Context(), own)); err != nil {
		t.Fatal(err)
	}
	again("").expect(t, 2, "has a management room already", "follows 1 list", string(management))
	again("no\n").expect(t, 0, "follows 1 list already, so that no new one is made", "Created the management room")
	again("", "--management-room", string(management), "--list", "RULES").expect(t, 2, "a list of that name already")
	again("", "--management-room", string(management)).expect(t, 0, "Wrote")
	if profile, err := bot.GetProfile(t.Context(), bot.UserID); err != nil || profile.DisplayName != "Our guard" || profile.AvatarURL != own {
		t.Errorf("a name and a picture that somebody chose are now %+v, %v", profile, err)
	}
	if c, err := config.Load(filepath.Join(dir, "forseti.yaml"), func(string) string { return "" }); err != nil || c.Commands.Roles {
		t.Errorf("in a room that was there levels count unasked (%v)", err)
	}
	after, err := bot.JoinedRooms(t.Context())
	if err != nil || len(after.JoinedRooms) != len(before.JoinedRooms)+1 {
		t.Errorf("%d rooms, before %d", len(after.JoinedRooms), len(before.JoinedRooms))
	}
	forseti(t, "", nil, "check", "--config", filepath.Join(dir, "forseti.yaml")).expect(t, 0, "logged in as", string(management))
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "logged in as")
}

// Somebody who was named wrongly at the start does not shut everybody out.
func TestInvite(t *testing.T) {
	path, bot, _, management := setUp(t, "--no-encryption")
	other := homeserver.ForTest(t).Client(t, "other")
	local, _, _ := other.UserID.Parse()
	forseti(t, "", nil, "invite", "--config", path).expect(t, 2, "forseti invite USER")
	forseti(t, "", nil, "invite", "--config", path, "a b").expect(t, 2, "is no account")
	forseti(t, "", nil, "invite", "--config", path, string(bot.UserID)).expect(t, 2, "is the bot itself")
	forseti(t, "", nil, "invite", "--config", path, "nobody-of-that-name").expect(t, 0, "Careful: nobody is called @nobody-of-that-name:")
	forseti(t, "", nil, "invite", "--config", path, local).expect(t, 0, "Invited "+string(other.UserID), string(management))
	if _, err := other.JoinRoomByID(t.Context(), management); err != nil {
		t.Error(err)
	}
	forseti(t, "", nil, "invite", "--config", path, string(other.UserID)).expect(t, 1, "was not invited")
}

// A management room that the bot cannot join is told of in words, before anything is made.
func TestInitInARoomThatIsNotOpen(t *testing.T) {
	server := homeserver.ForTest(t)
	bot, mod := server.Client(t, "bot"), server.Client(t, "mod")
	closed, err := mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Preset: "private_chat"})
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []string{string(closed.RoomID), "!nowhere:" + server.Name, "!nowhere:elsewhere.invalid"} {
		dir := t.TempDir()
		term := forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken}, "init", "--config", filepath.Join(dir, "forseti.yaml"),
			"--database", "sqlite:"+filepath.Join(dir, "forseti.db"), "--homeserver", server.URL, "--management-room", room)
		term.expect(t, 1, "the bot cannot join the management room "+room+": ", "Invite "+string(bot.UserID), "Nothing was made")
		if found := raw.FindString(term.err.String()); found != "" {
			t.Errorf("%q is in:\n%s", found, &term.err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("files are left over: %v", files)
		}
	}
}

func TestInitAsks(t *testing.T) {
	server := homeserver.ForTest(t)
	mod := server.Client(t, "mod")
	user, _, err := server.Register(t.Context(), "asked-"+strings.ToLower(rand.Text()[:8]), "opensesame", false)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "forseti.yaml")
	bot, ghost := string(user), string(id.NewUserID("nobody-"+strings.ToLower(rand.Text()[:8]), server.Name))
	// Each wrong answer is asked for again, with what is wrong about it.
	answers := []string{
		"exam ple", "http://127.0.0.1:1", server.URL,
		"4", "1",
		"@asked", "asked@" + server.Name, bot[:len(bot)-2], "opensesam",
		bot, "opensesam",
		"", "opensesame",
		"", bot, "you@example.org", ghost, "perhaps", "no", string(mod.UserID), "what", "no", "",
	}
	forseti(t, strings.Join(answers, "\n"), nil, "init", "--config", path, "--database", "sqlite:"+filepath.Join(dir, "f.db")).expect(t, 0,
		"Homeserver of the bot's account", `"exam ple" is no homeserver`, "nothing listens there",
		"How to log in", "write password, token or oauth",
		"write it in full", "is a mail address", "Its password", "with the password: ", "["+bot+"]",
		"first moderator", "is the bot itself", "written @you:example.org", "Nobody is called "+ghost, "write yes or no", "then once more", "Switch that on", "No protection is on", "invited "+string(mod.UserID), "Wrote")
}

// chosenPreset is what the account keeps of the set-up.
func chosenPreset(t *testing.T, bot *mautrix.Client) string {
	t.Helper()
	var kept struct{ Preset string }
	if err := bot.GetAccountData(t.Context(), typePreset, &kept); err != nil {
		t.Error(err)
	}
	return kept.Preset
}

// A bot that was set up in one folder can be started from another.
func TestInitHere(t *testing.T) {
	server := homeserver.ForTest(t)
	bot, mod := server.Client(t, "bot"), server.Client(t, "mod")
	dir := t.TempDir()
	t.Chdir(dir)
	forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken}, "init", "--homeserver", server.URL, "--invite", string(mod.UserID), "--preset", "None").expect(t, 0, "Wrote forseti.yaml", "No protection is on", "!forseti preset use public support")
	if got := chosenPreset(t, bot); got != "none" {
		t.Errorf("the preset is %q", got)
	}
	t.Chdir(t.TempDir())
	forseti(t, "", nil, "check", "--config", filepath.Join(dir, "forseti.yaml")).expect(t, 0, "logged in as")
}

func TestInitMistakes(t *testing.T) {
	server := homeserver.ForTest(t)
	dir := t.TempDir()
	path, database := filepath.Join(dir, "forseti.yaml"), "sqlite:"+filepath.Join(dir, "forseti.db")
	base := []string{"init", "--config", path, "--database", database}
	with := func(args ...string) []string { return append(base[:len(base):len(base)], args...) }
	forseti(t, "", nil, base...).expect(t, 2, "nobody to ask", "--homeserver")
	forseti(t, "", nil, with("--preset", "best")...).expect(t, 2, `--preset is "best": there are "public support", "announcements", "under attack", and "none"`)
	forseti(t, "", nil, with("--homeserver", server.URL, "--login", "magic")...).expect(t, 2, "magic", "password, token or oauth")
	forseti(t, "", nil, with("--homeserver", server.URL, "--access-token", "x", "--invite", "maria@example.org")...).expect(t, 2, "--invite", "@maria:example.org")
	forseti(t, "", nil, with("--homeserver", server.URL, "--access-token", "wrong", "--invite", "@a:b")...).expect(t, 1, "access token")
	forseti(t, "", nil, with("--homeserver", server.URL, "--user", "@nobody:localhost", "--password", "wrong", "--invite", "@a:b")...).expect(t, 1, "password")
	forseti(t, "", nil, with("--homeserver", "http://127.0.0.1:1", "--access-token", "x", "--invite", "@a:b")...).expect(t, 1, "no Matrix homeserver answers")
	forseti(t, "", nil, "init", "--config", filepath.Join(dir, "nowhere", "forseti.yaml")).expect(t, 2, "folder")
	if _, err := os.Stat(path); err == nil {
		t.Error("a failed init wrote a configuration")
	}
}

// setUp makes a bot that is ready to run, and returns its configuration.
func setUp(t *testing.T, flags ...string) (path string, bot, mod *mautrix.Client, management id.RoomID) {
	t.Helper()
	server := homeserver.ForTest(t)
	bot, mod = server.Client(t, "bot"), server.Client(t, "mod")
	dir := t.TempDir()
	path = filepath.Join(dir, "forseti.yaml")
	args := append([]string{
		"init", "--config", path, "--database", "sqlite:" + filepath.Join(dir, "forseti.db"),
		"--homeserver", server.URL, "--invite", string(mod.UserID),
	}, flags...)
	forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": bot.AccessToken}, args...).expect(t, 0, "Wrote")
	c, err := config.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mod.JoinRoomByID(t.Context(), c.ManagementRoom); err != nil {
		t.Fatal(err)
	}
	return path, bot, mod, c.ManagementRoom
}

// A new user's way: init, run, and a first command; then a second process is
// turned away, and the first ends in good order.
func TestRun(t *testing.T) {
	path, bot, mod, management := setUp(t)
	secret, err := cryptoclient.Start(t.Context(), mod.HomeserverURL.String(), mod.UserID, mod.AccessToken, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	if _, err := secret.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan *terminal, 1)
	go func() { ended <- within(t, ctx, strings.NewReader(""), nil, "run", "--config", path) }()
	hearSecret(t, secret, bot.UserID, "Hello")
	if _, err := secret.SendText(t.Context(), management, "!forseti status"); err != nil {
		t.Fatal(err)
	}
	hearSecret(t, secret, bot.UserID, "Protecting")
	forseti(t, "", nil, "run", "--config", path).expect(t, 1, "another Forseti runs")
	stop()
	select {
	case term := <-ended:
		term.expect(t, 0, "Ready", "Stopped")
	case <-time.After(2 * time.Minute):
		t.Fatal("the bot does not end")
	}
}

// hearSecret waits for what the bot says encrypted.
func hearSecret(t *testing.T, by *cryptoclient.Client, bot id.UserID, words string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	_, err := by.Await(ctx, func(evt *event.Event) bool {
		body, _ := evt.Content.Raw["body"].(string)
		return evt.Sender == bot && evt.Mautrix.WasEncrypted && strings.Contains(body, words)
	})
	if err != nil {
		t.Fatalf("the bot did not say %q: %v", words, err)
	}
}

func hear(t *testing.T, by *mautrix.Client, room id.RoomID, bot id.UserID, words string) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		page, err := by.Messages(t.Context(), room, "", "", mautrix.DirectionBackward, nil, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, evt := range page.Chunk {
			body, _ := evt.Content.Raw["body"].(string)
			if evt.Sender == bot && evt.Type == event.EventMessage && strings.Contains(body, words) {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the bot did not say %q", words)
		}
		<-tick.C
	}
}

func TestRunMistakes(t *testing.T) {
	server := homeserver.ForTest(t)
	dir := t.TempDir()
	write := func(text string) string {
		path := filepath.Join(dir, "forseti.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	head := "management_room: \"!m:localhost\"\ndatabase: {url: \"sqlite:" + filepath.Join(dir, "x.db") + "\"}\n"
	forseti(t, "", nil, "run", "--config", filepath.Join(dir, "none.yaml")).expect(t, 1, "--config")
	forseti(t, "", nil, "run", "--config", write(head+"homserver: {}\n")).expect(t, 1, "did you mean homeserver?", "[3:1]")
	forseti(t, "", nil, "run", "--config", write(head+"homeserver: {address: \""+server.URL+"\"}\n")).expect(t, 1, "forseti login")
	forseti(t, "", nil, "run", "--config", write(head+"homeserver: {address: \""+server.URL+"\", access_token: wrong}\n")).expect(t, 1, "access token")
	forseti(t, "", nil, "run", "--config", write(head+"homeserver: {address: \""+server.URL+"\", user: \"@a:localhost\", password: wrong}\n")).expect(t, 1, "log in as @a:localhost")
	forseti(t, "", nil, "check", "--config", write(head+"homeserver: {address: \""+server.URL+"\"}\n")).expect(t, 1, "not logged in yet")
	elsewhere := "management_room: \"!m:localhost\"\ndatabase: {url: \"sqlite:" + filepath.Join(dir, "y.db") + "\"}\nhomeserver: {address: \"" + server.URL + "\""
	forseti(t, "", nil, "check", "--config", write(elsewhere+"}\n")).expect(t, 1, "There is no database of a bot at")
	forseti(t, "", nil, "check", "--config", write(elsewhere+", access_token: wrong}\n")).expect(t, 1, "there is no database yet", "access token")
	if made, err := filepath.Glob(filepath.Join(dir, "y.db*")); err != nil || len(made) != 0 {
		t.Errorf("check made %v, %v", made, err)
	}
}

// A homeserver that is not up yet is waited for. When nobody waits any longer the
// program says what it waited for, and nothing is lost.
func TestRunWithoutHomeserver(t *testing.T) {
	path, _, _, _ := setUp(t, "--no-encryption")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	away := strings.Replace(string(text), c.Homeserver.Address, "http://127.0.0.1:1", 1)
	if err := os.WriteFile(path, []byte(away), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	until(t, ctx, "waiting", strings.NewReader(""), nil, "run", "--config", path).expect(t, 1, "waiting", "no Matrix homeserver answers at http://127.0.0.1:1")
	forseti(t, "", nil, "check", "--config", path).expect(t, 1, "no Matrix homeserver answers at http://127.0.0.1:1")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "logged in as")
}
