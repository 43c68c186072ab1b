package e2ee

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"forseti/internal/cryptoclient"
	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
	"forseti/store"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// account is one user of a real homeserver.
type account struct {
	server   *homeserver.Server
	user     id.UserID
	name     string
	password string
	token    string // of its first device
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{server: homeserver.ForTest(t), name: "bot-" + strings.ToLower(rand.Text()[:8]), password: rand.Text()}
	var err error
	a.user, a.token, err = a.server.Register(t.Context(), a.name, a.password, false)
	must(t, err)
	return a
}

// client logs in as a device of its own.
func (a *account) client(t *testing.T) *mautrix.Client {
	t.Helper()
	cli, err := mautrix.NewClient(a.server.URL, "", "")
	must(t, err)
	_, err = cli.Login(t.Context(), &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: a.password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(a.user)},
	})
	must(t, err)
	return cli
}

// rival is the account in somebody else's client.
func (a *account) rival(t *testing.T) *cryptoclient.Client {
	t.Helper()
	cli := a.client(t)
	return start(t, a.server, cli.UserID, cli.AccessToken)
}

// person is another user.
func (a *account) person(t *testing.T) *cryptoclient.Client {
	t.Helper()
	human := a.server.Client(t, "person")
	return start(t, a.server, human.UserID, human.AccessToken)
}

func start(t *testing.T, server *homeserver.Server, user id.UserID, token string) *cryptoclient.Client {
	t.Helper()
	c, err := cryptoclient.Start(t.Context(), server.URL, user, token, t.TempDir())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// device is the Machine under test, with what package matrix does around it.
type device struct {
	*Machine
	t      *testing.T
	client *mautrix.Client
	opts   Options
	url    string
	db     *store.Database
	since  string
	heard  []*event.Event // messages that could be read, in order
}

func sqlite(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "bot.db") }

// onBoth runs a test on both databases.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, pgtest.Database(t)) })
}

func (a *account) device(t *testing.T, url string) *device {
	t.Helper()
	d := &device{t: t, client: a.client(t), url: url, opts: Options{Key: []byte("the store's key"), Log: zerolog.Nop(), SendTo: Any}}
	d.open()
	return d
}

// give sends something encrypted to the device.
func (d *device) give(by *cryptoclient.Client, kind event.Type, content any) {
	d.t.Helper()
	to, err := by.Machine().GetOrFetchDevice(d.t.Context(), d.client.UserID, d.client.DeviceID)
	must(d.t, err)
	must(d.t, by.Machine().SendEncryptedToDevice(d.t.Context(), to, kind, event.Content{Parsed: content}))
}

// catchUp takes in all that somebody sent to the device so far.
func (d *device) catchUp(by *cryptoclient.Client) {
	d.t.Helper()
	out, key := newKey(d.t, "!last:example.org")
	d.give(by, event.ToDeviceRoomKey, out.ShareContent().Parsed)
	d.sync(func() bool { return d.has(key) })
}

// has reports whether the device has a key.
func (d *device) has(key *crypto.InboundGroupSession) bool { return d.stored(key) != nil }

func (d *device) stored(key *crypto.InboundGroupSession) *crypto.InboundGroupSession {
	d.t.Helper()
	found, err := d.keys.GetGroupSession(d.t.Context(), key.RoomID, key.ID())
	must(d.t, err)
	return found
}

func (d *device) open() {
	d.t.Helper()
	must(d.t, d.tryOpen())
}

func (d *device) tryOpen() (err error) {
	if d.db, err = store.Open(d.t.Context(), d.url, zerolog.Nop()); err != nil {
		return err
	}
	d.t.Cleanup(func() { _ = d.db.Close() })
	d.opts.Client, d.opts.DB = d.client, d.db.DB()
	if d.Machine, err = Open(d.t.Context(), d.opts); err != nil {
		_ = d.db.Close() // one opens it at a time
	}
	return err
}

// reopen is a restart.
func (d *device) reopen() {
	d.t.Helper()
	d.close()
	d.open()
}

func (d *device) close() {
	d.Close()
	must(d.t, d.db.Close())
}

// state is the identity's state, which must be had.
func (d *device) state() IdentityState {
	d.t.Helper()
	state, err := d.Identity(d.t.Context())
	must(d.t, err)
	return state
}

// bootstrap makes the identity and returns the recovery key.
func (d *device) bootstrap() (recoveryKey string) {
	d.t.Helper()
	must(d.t, d.Bootstrap(d.t.Context(), BootstrapOptions{Reveal: func(key string) error { recoveryKey = key; return nil }}))
	if recoveryKey == "" {
		d.t.Fatal("no recovery key")
	}
	return recoveryKey
}

// sync takes in batches until done.
func (d *device) sync(done func() bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	for !done() {
		resp, err := d.client.SyncRequest(ctx, 200, d.since, "", false, "")
		if err != nil {
			d.t.Fatalf("sync: %v", err)
		}
		d.since = resp.NextBatch
		otk := resp.DeviceOTKCount.SignedCurve25519
		must(d.t, d.Receive(ctx, Incoming{ToDevice: resp.ToDevice.Events, Changed: resp.DeviceLists.Changed, OneTimeKeys: &otk}))
		for room, invited := range resp.Rooms.Invite {
			must(d.t, d.TakeInvite(ctx, room, invited.State.Events))
		}
		for room, joined := range resp.Rooms.Join {
			must(d.t, d.TakeState(ctx, room, append(joined.State.Events, states(joined.Timeline.Events)...), false))
			must(d.t, d.Refresh(ctx))
			for _, evt := range joined.Timeline.Events {
				evt.RoomID = room
				d.read(ctx, evt)
			}
		}
		late, err := d.Late(ctx, false)
		must(d.t, err)
		for _, evt := range late {
			d.heard = append(d.heard, evt)
			must(d.t, d.Unpark(ctx, evt.RoomID, evt.ID))
		}
	}
}

func (d *device) read(ctx context.Context, evt *event.Event) {
	if evt.Type.Type != event.EventEncrypted.Type {
		return
	}
	evt.Type.Class = event.MessageEventType
	out, err := d.Decrypt(ctx, evt)
	_, withheld := errors.AsType[*WithheldError](err)
	switch {
	case err == nil:
		d.heard = append(d.heard, out)
	case withheld, errors.Is(err, ErrNoKey):
		must(d.t, d.Park(ctx, evt, time.Now()))
	default:
		d.t.Errorf("read %s: %v", evt.ID, err)
	}
}

// hears reports whether a text was heard.
func (d *device) hears(text string) bool {
	for _, evt := range d.heard {
		if body, _ := evt.Content.Raw["body"].(string); body == text {
			return true
		}
	}
	return false
}

func states(events []*event.Event) (of []*event.Event) {
	for _, evt := range events {
		if evt.StateKey != nil {
			of = append(of, evt)
		}
	}
	return of
}

// secretRoom makes an encrypted room of a person with the device in it.
func (d *device) secretRoom(of *cryptoclient.Client) id.RoomID {
	d.t.Helper()
	made, err := of.CreateRoom(d.t.Context(), &mautrix.ReqCreateRoom{
		Preset: "public_chat", Invite: []id.UserID{d.client.UserID},
		InitialState: []*event.Event{{Type: event.StateEncryption, Content: event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}},
	})
	must(d.t, err)
	_, err = d.client.JoinRoomByID(d.t.Context(), made.RoomID)
	must(d.t, err)
	_, err = of.State(d.t.Context(), made.RoomID)
	must(d.t, err)
	return made.RoomID
}

// say posts a text, encrypted by the client of whoever says it.
func say(t *testing.T, who *cryptoclient.Client, room id.RoomID, text string) id.EventID {
	t.Helper()
	sent, err := who.SendText(t.Context(), room, text)
	must(t, err)
	return sent.EventID
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
