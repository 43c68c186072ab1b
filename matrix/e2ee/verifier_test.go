package e2ee_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"forseti/action"
	"forseti/internal/cryptoclient"
	"forseti/internal/homeserver"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/matrix/e2ee/verify"
	"forseti/store"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// device is a session of ours that syncs and verifies.
type device struct {
	t        *testing.T
	client   *mautrix.Client // of the same login
	password string
	session  *matrix.Session
	machine  *e2ee.Machine
	others   sync.Map  // users who may verify it
	with     id.UserID // whom alone notice is about, if it is set
	batches  chan int  // one per batch that was handled
}

// newDevice logs a new user in, with an identity.
func newDevice(t *testing.T, name string) *device {
	t.Helper()
	return newDeviceThatSends(t, name, e2ee.Any)
}

func newDeviceThatSends(t *testing.T, name string, to e2ee.Trust) *device {
	t.Helper()
	server := homeserver.ForTest(t)
	user, password := register(t, name)
	d := &device{t: t, client: login(t, user, password), password: password, batches: make(chan int, 1000)}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "bot.db"), zerolog.Nop())
	d.must(err)
	t.Cleanup(func() { _ = db.Close() })
	d.session, err = matrix.Open(t.Context(), matrix.Options{Homeserver: server.URL, AccessToken: d.client.AccessToken, User: d.client.UserID})
	d.must(err)
	d.machine, err = d.session.Encrypt(t.Context(), matrix.Encryption{
		DB: db.DB(), Key: []byte("pickle"), SendTo: to,
		Moderator: func(user id.UserID) bool { _, ok := d.others.Load(user); return ok },
	})
	d.must(err)
	t.Cleanup(d.machine.Close)
	d.must(d.machine.Bootstrap(t.Context(), e2ee.BootstrapOptions{Password: password, Reveal: func(string) error { return nil }}))
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var work sync.WaitGroup
	t.Cleanup(func() { stop(); work.Wait() })
	work.Go(func() { d.session.Verify(ctx) })
	work.Go(func() {
		since := ""
		for ctx.Err() == nil {
			_ = d.session.Run(ctx, since, func(_ context.Context, b *matrix.Batch) (time.Duration, error) {
				since = b.Next
				d.batches <- len(b.Rooms)
				return 0, nil
			})
		}
	})
	return d
}

func (d *device) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// within bounds what should come soon.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// notice waits for a notice of a kind. An end of another kind is a failure.
func notice[N verify.Notice](d *device) N {
	d.t.Helper()
	ctx := within(d.t)
	for {
		select {
		case n := <-d.machine.Verifier().Notices():
			if d.with != "" && n.About().User != d.with {
				continue
			}
			if n, ok := n.(N); ok {
				return n
			}
			if c, ok := n.(verify.Cancelled); ok {
				d.t.Fatalf("%s: cancelled: %+v", d.client.UserID, c)
			}
		case <-ctx.Done():
			var n N
			d.t.Fatalf("%s: no %T came", d.client.UserID, n)
		}
	}
}

// knows holds that all devices of a user are verified to us.
func (d *device) knows(user id.UserID) {
	d.t.Helper()
	devices, err := d.machine.Devices(d.t.Context(), user)
	d.must(err)
	for _, other := range devices {
		if other.Standing != e2ee.StandsVerified {
			d.t.Errorf("to %s, %s of %s is %s", d.client.UserID, other.ID, user, other.Standing)
		}
	}
	if len(devices) == 0 {
		d.t.Errorf("%s knows no device of %s", d.client.UserID, user)
	}
}

// meet makes a room of both; clear or encrypted.
func meet(t *testing.T, a, b *mautrix.Client, encrypted bool) id.RoomID {
	t.Helper()
	req := &mautrix.ReqCreateRoom{Preset: "public_chat"}
	if encrypted {
		req.InitialState = []*event.Event{{Type: event.StateEncryption, Content: event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}}
	}
	room, err := a.CreateRoom(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.JoinRoomByID(t.Context(), room.RoomID); err != nil {
		t.Fatal(err)
	}
	return room.RoomID
}

// heard waits until a device knows of a room.
func (d *device) heard(room id.RoomID, encrypted bool) {
	d.t.Helper()
	ctx := within(d.t)
	for encrypted && !d.machine.Encrypted(room) {
		select {
		case <-d.batches:
		case <-ctx.Done():
			d.t.Fatalf("%s does not hear that %s is encrypted", d.client.UserID, room)
		}
	}
}

// places are where two can verify each other.
var places = []string{"to-device", "clear room", "encrypted room"}

// TestVerifyEachOther is between two of ours, with every choice of who asks, where,
// and who confirms first.
func TestVerifyEachOther(t *testing.T) {
	for i, place := range places {
		for _, asks := range []string{"a", "b"} {
			for _, first := range []string{"a", "b"} {
				t.Run(fmt.Sprintf("%s, %s asks, %s confirms first", place, asks, first), func(t *testing.T) {
					a, b := newDevice(t, "alice"), newDevice(t, "bob")
					a.others.Store(b.client.UserID, true)
					b.others.Store(a.client.UserID, true)
					var room id.RoomID
					if i > 0 {
						room = meet(t, a.client, b.client, i == 2)
						a.heard(room, i == 2)
						b.heard(room, i == 2)
					}
					if asks == "b" {
						a, b = b, a
					}
					_, err := a.machine.Verifier().Start(within(t), b.client.UserID, room)
					a.must(err)
					shownA, shownB := notice[verify.Compare](a), notice[verify.Compare](b)
					if !slices.Equal(shownA.Emoji, shownB.Emoji) || !slices.Equal(shownA.Numbers, shownB.Numbers) || len(shownA.Emoji) != 7 {
						t.Fatalf("%v, %v", shownA, shownB)
					}
					x, y, idX, idY := a, b, shownA.ID, shownB.ID
					if first == "b" {
						x, y, idX, idY = y, x, idY, idX
					}
					x.must(x.machine.Verifier().Confirm(within(t), idX))
					y.must(y.machine.Verifier().Confirm(within(t), idY))
					notice[verify.Done](a)
					notice[verify.Done](b)
					a.knows(b.client.UserID)
					b.knows(a.client.UserID)
				})
			}
		}
	}
}

// newPerson is somebody with a client of mautrix, and an identity.
func newPerson(t *testing.T) *cryptoclient.Client {
	t.Helper()
	user, password := register(t, "person")
	person := newDeviceOf(t, user, password)
	if _, err := person.Identify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return person
}

func register(t *testing.T, name string) (user id.UserID, password string) {
	t.Helper()
	password = rand.Text()
	user, _, err := homeserver.ForTest(t).Register(t.Context(), name+"-"+strings.ToLower(rand.Text()[:8]), password, false)
	if err != nil {
		t.Fatal(err)
	}
	return user, password
}

// login makes a new device. The one that a registration makes has the same ID for
// all users on some homeservers, and the helper takes that for its own.
func login(t *testing.T, user id.UserID, password string) *mautrix.Client {
	t.Helper()
	client, err := mautrix.NewClient(homeserver.ForTest(t).URL, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Login(t.Context(), &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: password, StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(user)},
	}); err != nil {
		t.Fatal(err)
	}
	return client
}

// newDeviceOf logs a client of mautrix in.
func newDeviceOf(t *testing.T, user id.UserID, password string) *cryptoclient.Client {
	t.Helper()
	server := homeserver.ForTest(t)
	person, err := cryptoclient.Start(t.Context(), server.URL, user, login(t, user, password).AccessToken, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	return person
}

// trusts holds that a person takes the bot for verified.
func trusts(t *testing.T, person *cryptoclient.Client, bot id.UserID) {
	t.Helper()
	if _, err := person.Machine().FetchKeys(t.Context(), []id.UserID{bot}, true); err != nil {
		t.Fatal(err)
	}
	if trusted, err := person.Machine().IsUserTrusted(t.Context(), bot); err != nil || !trusted {
		t.Errorf("the person trusts the bot: %v %v", trusted, err)
	}
}

func await(t *testing.T, person *cryptoclient.Client, what string) cryptoclient.Step {
	t.Helper()
	step, err := person.Verifier.Await(within(t), what)
	if err != nil {
		t.Fatal(err)
	}
	return step
}

// ready brings the bot and a person to where they may choose a method.
func (d *device) ready(person *cryptoclient.Client, place int, botAsks bool) (verify.ID, id.VerificationTransactionID) {
	d.t.Helper()
	t := d.t
	d.others.Store(person.UserID, true)
	d.with = person.UserID
	var room id.RoomID
	if place > 0 {
		room = meet(t, d.client, person.Client, place == 2)
		d.heard(room, place == 2)
		_, err := person.State(t.Context(), room)
		d.must(err)
		_, err = person.Members(t.Context(), room)
		d.must(err)
	}
	var txn id.VerificationTransactionID
	var err error
	switch {
	case botAsks:
		_, err = d.machine.Verifier().Start(within(t), person.UserID, room)
		d.must(err)
		txn = await(t, person, "requested").Txn
		d.must(person.Verifier.AcceptVerification(t.Context(), txn))
	case room == "":
		txn, err = person.Verifier.StartVerification(t.Context(), d.client.UserID)
		d.must(err)
		await(t, person, "ready")
	default:
		txn, err = person.Verifier.Ask(t.Context(), d.client.UserID, room)
		d.must(err)
		await(t, person, "ready")
	}
	return notice[verify.Ready](d).ID, txn
}

// TestVerifyPerson is with mautrix's helper on the other side, as independent as
// Go has it, with every choice of who asks, where, who begins and who confirms
// first.
func TestVerifyPerson(t *testing.T) {
	for i, place := range places {
		for _, botAsks := range []bool{true, false} {
			for _, botFirst := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, bot asks %v, bot confirms first %v", place, botAsks, botFirst), func(t *testing.T) {
					bot, person := newDevice(t, "bot"), newPerson(t)
					which, txn := bot.ready(person, i, botAsks)
					if botFirst {
						bot.must(bot.machine.Verifier().CompareEmoji(within(t), which))
					} else {
						bot.must(person.Verifier.StartSAS(t.Context(), txn))
					}
					compare, theirs := notice[verify.Compare](bot), await(t, person, "emoji")
					for i, emoji := range compare.Emoji {
						if theirs.Names[i] != emoji.Name {
							t.Fatalf("%v, they see %v", compare.Emoji, theirs.Names)
						}
					}
					confirm := []func() error{
						func() error { return bot.machine.Verifier().Confirm(within(t), which) },
						func() error { return person.Verifier.Confirm(t.Context(), txn) },
					}
					if !botFirst {
						slices.Reverse(confirm)
					}
					for _, f := range confirm {
						bot.must(f())
					}
					notice[verify.Done](bot)
					await(t, person, "done")
					bot.knows(person.UserID)
					trusts(t, person, bot.client.UserID)
				})
			}
		}
	}
}

// TestPersonScansCode has a person scan the code that we show.
func TestPersonScansCode(t *testing.T) {
	for i, place := range places {
		for _, botAsks := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, bot asks %v", place, botAsks), func(t *testing.T) {
				bot, person := newDevice(t, "bot"), newPerson(t)
				which, txn := bot.ready(person, i, botAsks)
				code := notice[verify.ShowQR](bot)
				if code.ID != which || string(txn) != which.Txn {
					t.Fatalf("%v, %v, %v", code.ID, which, txn)
				}
				picture, err := code.PNG()
				bot.must(err)
				if !bytes.HasPrefix(picture, []byte("\x89PNG")) {
					t.Error("no picture")
				}
				bot.must(person.Verifier.HandleScannedQRData(t.Context(), code.Data))
				notice[verify.Scanned](bot)
				if trusted, err := bot.machine.Olm().IsUserTrusted(t.Context(), person.UserID); err != nil || trusted {
					t.Fatalf("trusted before anybody confirmed: %v %v", trusted, err)
				}
				bot.must(bot.machine.Verifier().Confirm(within(t), which))
				notice[verify.Done](bot)
				await(t, person, "done")
				bot.knows(person.UserID)
				trusts(t, person, bot.client.UserID)
			})
		}
	}
}

// TestVerifiedOnly: a bot that lets verified devices alone read what it says in an
// encrypted room can be verified there, or nobody ever could be.
func TestVerifiedOnly(t *testing.T) {
	bot, person := newDeviceThatSends(t, "bot", e2ee.Verified), newPerson(t)
	which, txn := bot.ready(person, 2, false)
	bot.must(person.Verifier.StartSAS(t.Context(), txn))
	notice[verify.Compare](bot)
	await(t, person, "emoji")
	bot.must(bot.machine.Verifier().Confirm(within(t), which))
	bot.must(person.Verifier.Confirm(t.Context(), txn))
	notice[verify.Done](bot)
	bot.knows(person.UserID)
	say := action.Action{ID: "hello", Verb: action.Say, Room: which.Room, Message: &action.Message{Markdown: "hello"}}
	_, err := bot.session.Act(t.Context(), say)
	bot.must(err)
	if _, err := person.Await(within(t), func(evt *event.Event) bool { return evt.Content.Raw["body"] == "hello" && evt.Mautrix.WasEncrypted }); err != nil {
		t.Errorf("they cannot read what is said after that: %v", err)
	}
}
