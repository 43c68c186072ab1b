package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"forseti/internal/cryptoclient"
	"forseti/internal/homeserver"
	"forseti/matrix"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// encrypting is a bot that encrypts, its recovery key, and somebody to talk to.
type encrypting struct {
	t        *testing.T
	dir      string
	bot      id.UserID
	recovery string
	person   *cryptoclient.Client
	room     id.RoomID
	env      map[string]string
}

func newEncrypting(t *testing.T) *encrypting {
	t.Helper()
	t.Parallel()
	server := homeserver.ForTest(t)
	b := &encrypting{t: t, dir: t.TempDir(), env: map[string]string{"FORSETI_PASSWORD": "opensesame"}}
	var err error
	if b.bot, _, err = server.Register(t.Context(), "bot-"+strings.ToLower(rand.Text()[:8]), "opensesame", false); err != nil {
		t.Fatal(err)
	}
	mod := server.Client(t, "mod")
	if b.person, err = cryptoclient.Start(t.Context(), server.URL, mod.UserID, mod.AccessToken, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.person.Close() })
	if _, err := b.person.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(b.dir, "recovery.txt")
	b.do("", "init", "--database", "sqlite:"+filepath.Join(b.dir, "forseti.db"), "--homeserver", server.URL, "--user", string(b.bot),
		"--invite", string(mod.UserID), "--list", "none", "--recovery-key-file", file).expect(t, 0, "Wrote")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b.recovery = strings.TrimSpace(string(raw))
	b.room = managementRoom(t, b.path())
	if err := b.person.Enter(t.Context(), b.room); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *encrypting) path() string { return filepath.Join(b.dir, "forseti.yaml") }

func (b *encrypting) do(in string, args ...string) *terminal {
	b.t.Helper()
	return forseti(b.t, in, b.env, append(args, "--config", b.path())...)
}

// runs has the bot answer a command, and ends it.
func (b *encrypting) runs(words string) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	ended := startWithin(b.t, ctx, b.path())
	b.answers(words)
	stop()
	ended().expect(b.t, 0, "Stopped")
}

// answers waits for an answer to a command. A person writes again if there is
// none: their client may not know yet that the bot has a new device.
func (b *encrypting) answers(words string) {
	b.t.Helper()
	var err error
	for range 6 {
		if err = b.asks("!forseti status", words); err == nil {
			return
		}
	}
	b.t.Error(err)
}

func (b *encrypting) asks(command, words string) error {
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Second)
	defer cancel()
	sent, err := b.person.SendText(ctx, b.room, command)
	if err != nil {
		return err
	}
	_, err = b.person.Await(ctx, func(evt *event.Event) bool {
		body, _ := evt.Content.Raw["body"].(string)
		to, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
		reply, _ := to["m.in_reply_to"].(map[string]any)
		answers := reply["event_id"] == string(sent.EventID) || evt.Content.Raw["forseti.answers"] == string(sent.EventID)
		return evt.Sender == b.bot && strings.Contains(body, words) && answers
	})
	return err
}

func (b *encrypting) replaceInConfig(old, new string) {
	b.t.Helper()
	text, err := os.ReadFile(b.path())
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		b.t.Fatalf("%q is not in the configuration", old)
	}
	if err := os.WriteFile(b.path(), []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *encrypting) loseDatabase() {
	b.t.Helper()
	for _, name := range []string{"forseti.db", "forseti.db-wal", "forseti.db-shm"} {
		if err := os.Remove(filepath.Join(b.dir, name)); err != nil && !os.IsNotExist(err) {
			b.t.Fatal(err)
		}
	}
}

// Nothing is left but the configuration and the recovery key.
func TestRestoreOnANewMachine(t *testing.T) {
	b := newEncrypting(t)
	b.runs("Protecting")
	b.do("", "keys", "import", "--file", filepath.Join(b.dir, "none")).expect(t, 1, "no such file")
	file := filepath.Join(b.dir, "keys.txt")
	b.env["FORSETI_KEYS_PASSPHRASE"] = "pass"
	b.do("", "keys", "export", "--file", file).expect(t, 0, "Wrote all keys")
	b.do("", "keys", "export", "--file", file).expect(t, 1, "there already")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of keys: %v, %v", info, err)
	}

	b.loseDatabase()
	b.do("", "run").expect(t, 1, "forseti restore")
	b.do("wrong\nwrong\nwrong\n", "restore").expect(t, 1, "wrong recovery key or passphrase")
	b.do("", "restore").expect(t, 2, "FORSETI_RECOVERY_KEY")
	b.do("wrong\n"+b.recovery+"\n", "restore").expect(t, 0, "has its identity back", "key", "from the backup", "protections on again", "An earlier login of the bot is still good", "It stays", "forseti run")
	b.do("", "restore", "--log-out-old").expect(t, 0, "has its identity.", "It is logged out")
	if term := b.do("", "restore"); strings.Contains(term.out.String(), "An earlier login") {
		t.Errorf("an earlier login is still there:\n%s", &term.out)
	}
	b.do("", "restore").expect(t, 0, "has its identity.", "forseti restore --test") // nothing is asked again
	// A key that is given is looked at, also where it is not needed.
	b.do("", "restore", "--recovery-key", "wrong").expect(t, 1, "wrong recovery key or passphrase", "Nothing was changed")
	b.env["FORSETI_RECOVERY_KEY"] = "wrong"
	b.do("", "restore").expect(t, 1, "wrong recovery key or passphrase", "Nothing was changed")
	b.do("", "restore", "--test").expect(t, 1, "wrong recovery key or passphrase")
	b.env["FORSETI_RECOVERY_KEY"] = b.recovery
	b.do("", "restore").expect(t, 0, "the recovery key is right")
	b.do("", "restore", "--test").expect(t, 0, "The recovery key is right")
	delete(b.env, "FORSETI_RECOVERY_KEY")
	b.do("wrong\n"+b.recovery+"\n", "restore", "--test").expect(t, 0, "wrong recovery key", "The recovery key is right")
	b.do("", "restore", "--test").expect(t, 2, "FORSETI_RECOVERY_KEY")
	b.env["FORSETI_KEYS_PASSPHRASE"] = "wrong"
	b.do("", "keys", "import", "--file", file).expect(t, 1, "wrong passphrase")
	b.env["FORSETI_KEYS_PASSPHRASE"] = "pass"
	b.do("", "keys", "import", "--file", file).expect(t, 0, "Read")
	delete(b.env, "FORSETI_KEYS_PASSPHRASE")
	b.runs("Protecting")
}

func TestRestoreWhenTheKeyIsLost(t *testing.T) {
	b := newEncrypting(t)
	b.runs("Protecting")
	text, err := os.ReadFile(b.path())
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "encryption:\n")
	_, after, _ = strings.Cut(after, "key: \"")
	key, _, _ := strings.Cut(after, "\"")
	b.replaceInConfig(key, "another key that is long enough to be one")
	b.do("", "run").expect(t, 1, "encrypted with another key")
	b.do("", "keys", "export").expect(t, 1, "encrypted with another key")
	b.do("", "restore").expect(t, 1, "--drop-keys")
	b.do("wrong\nwrong\nwrong\n", "restore", "--drop-keys").expect(t, 1, "wrong recovery key or passphrase")
	b.do("", "restore", "--drop-keys").expect(t, 2, "FORSETI_RECOVERY_KEY")
	b.replaceInConfig("another key that is long enough to be one", key)
	b.runs("Protecting") // nothing was lost by trying
	b.replaceInConfig(key, "another key that is long enough to be one")
	b.do("wrong\n"+b.recovery+"\n", "restore", "--drop-keys").expect(t, 0, "a new one", "has its identity back", "from the backup")
	b.runs("Protecting")
}

func TestKeysMistakes(t *testing.T) {
	path, _, _, _ := setUp(t, "--no-encryption")
	forseti(t, "", nil, "keys").expect(t, 2, "keys export")
	forseti(t, "", nil, "keys", "sell").expect(t, 2, "keys export")
	forseti(t, "", nil, "keys", "export", "--config", path).expect(t, 1, "encryption.key is not set")
	forseti(t, "", nil, "restore", "--config", path).expect(t, 1, "encryption.key is not set")
}

// Somebody makes a new identity while the bot runs: check says so, and restore takes
// the new one only with its own recovery key.
func TestRestoreWhenTheIdentityIsReset(t *testing.T) {
	b := newEncrypting(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := startWithin(t, ctx, b.path())
	b.answers("Protecting")
	client, err := mautrix.NewClient(b.person.HomeserverURL.String(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Login(t.Context(), &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: "opensesame", StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(b.bot)},
	})
	if err != nil {
		t.Fatal(err)
	}
	rival, err := cryptoclient.Start(t.Context(), client.HomeserverURL.String(), client.UserID, client.AccessToken, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer rival.Close()
	recovery, err := rival.Replace(t.Context(), "opensesame")
	if err != nil {
		t.Fatal(err)
	}
	stop()
	ended().expect(t, 0, "Stopped")
	b.do("", "check").expect(t, 1, "is not signed by the account's identity", "forseti restore")
	b.do(b.recovery+"\n", "restore").expect(t, 2, "somebody made a new one", "wrong recovery key")
	b.do(recovery+"\n", "restore").expect(t, 0, "has its identity back")
	b.runs("Protecting")
}

// A login that somebody ends is replaced by a new one while the bot runs, also where
// the device goes with it.
func TestRunLogsInAgain(t *testing.T) {
	b := newEncrypting(t)
	b.replaceInConfig("homeserver:\n", "homeserver:\n  password: opensesame\n")
	ctx, stop := context.WithCancel(t.Context())
	ended := startWithin(t, ctx, b.path())
	b.answers("Protecting")
	other, err := matrix.Open(t.Context(), matrix.Options{Homeserver: b.person.HomeserverURL.String(), User: b.bot, Password: "opensesame"})
	if err != nil {
		t.Fatal(err)
	}
	b.do("", "check").expect(t, 0, "2 other logins", string(other.Device()))
	devices, err := other.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		if d.ID != other.Device() {
			if err := other.LogOutDevice(t.Context(), d.ID, "opensesame"); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.answers("Protecting")
	stop()
	term := ended()
	term.expect(t, 0, "logging in again by password", "Stopped")
	if strings.Contains(term.err.String(), "Put a good one") {
		t.Errorf("the password is blamed:\n%s", &term.err)
	}
}
