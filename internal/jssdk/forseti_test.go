package jssdk

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"forseti/action"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/wire"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// bot is a device of Forseti's that syncs.
type bot struct {
	s           *setting
	session     *matrix.Session
	machine     *e2ee.Machine
	recoveryKey string // of the identity that it made, if it did
	heard       *news[*event.Event]
}

// bot logs Forseti in as a new user.
func (s *setting) bot() *bot {
	s.Helper()
	return s.botOf(s.login("forseti"))
}

// botOf logs Forseti in and makes its account's identity.
func (s *setting) botOf(login Login) *bot {
	s.Helper()
	b := s.device(login)
	s.must(b.machine.Bootstrap(s.ctx, e2ee.BootstrapOptions{
		Password: login.Password, Passphrase: passphrase,
		Reveal: func(recoveryKey string) error { b.recoveryKey = recoveryKey; return nil },
	}))
	b.run()
	return b
}

// passphrase opens the secret storage of each bot.
const passphrase = "correct horse battery staple"

// device logs Forseti in on a fresh machine. It does not sync yet.
func (s *setting) device(login Login) *bot {
	s.Helper()
	b := &bot{s: s, heard: newNews[*event.Event]()}
	db := try(store.Open(s.ctx, "sqlite:"+filepath.Join(s.TempDir(), "bot.db"), zerolog.Nop())).or(s)
	s.Cleanup(func() { _ = db.Close() })
	b.session = try(matrix.Open(s.ctx, matrix.Options{Homeserver: login.Homeserver, User: login.User, Password: login.Password})).or(s)
	b.machine = try(b.session.Encrypt(s.ctx, matrix.Encryption{
		DB: db.DB(), Key: []byte("pickle"), SendTo: e2ee.CrossSigned,
		Moderator: func(id.UserID) bool { return true },
	})).or(s)
	s.Cleanup(b.machine.Close)
	return b
}

// run syncs, and asks for keys, until the test ends.
func (b *bot) run() {
	ctx, stop := context.WithCancel(context.WithoutCancel(b.s.ctx))
	var work sync.WaitGroup
	work.Go(func() {
		err := b.session.Run(ctx, "", func(_ context.Context, batch *matrix.Batch) (time.Duration, error) {
			for _, room := range batch.Rooms {
				events := room.Timeline
				if room.Membership == event.MembershipInvite {
					events = room.State
				}
				for _, evt := range events {
					b.heard.add(evt)
				}
			}
			for _, evt := range batch.Late {
				b.heard.add(evt)
			}
			return 0, nil
		})
		if ctx.Err() == nil {
			b.s.Errorf("sync ended: %v", err)
		}
	})
	work.Go(func() { _ = b.machine.RunRequests(ctx) })
	b.s.Cleanup(func() { stop(); work.Wait() })
}

// await returns the message of a user with this text.
func (b *bot) await(sender id.UserID, text string) *event.Event {
	b.s.Helper()
	return try(b.heard.await(b.s.ctx, nil, func(evt *event.Event) bool {
		return evt.Sender == sender && evt.Content.Raw["body"] == text
	})).or(b.s)
}

func (b *bot) act(a action.Action) {
	b.s.Helper()
	try(b.session.Act(b.s.ctx, a)).or(b.s)
}

func (b *bot) say(room id.RoomID, text string) {
	b.s.Helper()
	b.act(action.Action{ID: text, Verb: action.Say, Room: room, Message: &action.Message{Markdown: text}})
}

// meet brings the bot into an encrypted room of the person's.
func (b *bot) meet(person *Client) id.RoomID {
	b.s.Helper()
	room := try(person.CreateRoom(b.s.ctx, false, b.session.User())).or(b.s)
	b.act(action.Action{Verb: action.Join, Room: room})
	b.s.must(person.AwaitMember(b.s.ctx, room, b.session.User()))
	b.awaitMember(room, b.session.User(), event.MembershipJoin)
	return room
}

func (b *bot) awaitMember(room id.RoomID, user id.UserID, is event.Membership) {
	b.s.Helper()
	try(b.heard.await(b.s.ctx, nil, func(evt *event.Event) bool {
		return evt.RoomID == room && evt.StateKey != nil && *evt.StateKey == string(user) && wire.Read(evt.Content.VeryRaw).Text("membership") == string(is)
	})).or(b.s)
}

// Messages go both ways, and each side trusts what it reads as far as it can. The
// person's client is one that neither sends to devices that their owner has not
// signed, nor shows what they say (MSC4153).
func TestForsetiExchangesMessages(t *testing.T) {
	s := newSetting(t)
	b := s.bot()
	login := s.login("alice")
	login.OnlySigned = true
	alice := ForTest(t, login)
	try(alice.Identify(s.ctx, "")).or(t)
	room := b.meet(alice)

	try(alice.SendText(s.ctx, room, "!forseti status")).or(t)
	command := b.await(alice.User, "!forseti status")
	if !command.Mautrix.WasEncrypted || e2ee.CrossSigned.Doubts(command) != e2ee.NoDoubt {
		t.Errorf("the bot doubts the command: %q, trust %v", e2ee.CrossSigned.Doubts(command), command.Mautrix.TrustState)
	}
	b.say(room, "all is well")
	if m := try(alice.AwaitText(s.ctx, b.session.User(), "all is well")).or(t); m.Failure != "" || m.Shield != "NONE" {
		t.Errorf("js-sdk shows %+v", m)
	}
	if d := try(alice.DeviceOf(s.ctx, b.session.User(), b.session.Device())).or(t); !d.Signed || d.Verified {
		t.Errorf("js-sdk sees the bot's device as %+v", d)
	}

	// Whoever comes later reads what is said from then on.
	carol := s.person("carol")
	s.must(alice.Invite(s.ctx, room, carol.User))
	s.must(carol.Join(s.ctx, room))
	s.must(alice.AwaitMember(s.ctx, room, carol.User))
	b.awaitMember(room, carol.User, event.MembershipJoin)
	b.say(room, "welcome")
	try(alice.AwaitText(s.ctx, b.session.User(), "welcome")).or(t)
	try(carol.AwaitText(s.ctx, b.session.User(), "welcome")).or(t)
	try(carol.SendText(s.ctx, room, "hello bot")).or(t)
	b.await(carol.User, "hello bot")
}

// A device that its owner has not signed gets no keys, and is told why; what it
// says is read, and doubted.
func TestForsetiAndUnsignedDevice(t *testing.T) {
	s := newSetting(t)
	b, mallory := s.bot(), ForTest(t, s.login("mallory"))
	room := b.meet(mallory)
	try(mallory.SendText(s.ctx, room, "!forseti ban @alice:localhost")).or(t)
	if doubt := e2ee.CrossSigned.Doubts(b.await(mallory.User, "!forseti ban @alice:localhost")); doubt != e2ee.Unsigned {
		t.Errorf("the bot's doubt is %q", doubt)
	}
	b.say(room, "not from this device")
	m := try(mallory.AwaitMessage(s.ctx, func(m Message) bool { return m.Sender == b.session.User() && m.Failure != "" })).or(t)
	if m.Failure != "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE" {
		t.Errorf("js-sdk shows %+v", m)
	}
}
