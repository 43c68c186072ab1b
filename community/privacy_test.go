package community_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/cryptoclient"
	"forseti/matrix/e2ee"
	"forseti/store"
)

// logged is all that was logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// secretRoom makes a protected room that is encrypted.
func (s *sealed) secretRoom() id.RoomID {
	s.t.Helper()
	room := s.room("secret room", "", s.bot)
	_, err := s.mod.SendStateEvent(s.t.Context(), room, event.StateEncryption, "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	s.must(err)
	s.rooms = append(s.rooms, room)
	s.must(s.bot.SetAccountData(s.t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": s.rooms}))
	return room
}

// talker is somebody with a client that encrypts, in a room.
func (s *sealed) talker(name string, room id.RoomID) *cryptoclient.Client {
	s.t.Helper()
	human := s.server.Client(s.t, name)
	talker, err := cryptoclient.Start(s.t.Context(), s.server.URL, human.UserID, human.AccessToken, s.t.TempDir())
	s.must(err)
	s.t.Cleanup(func() { _ = talker.Close() })
	s.must(talker.Enter(s.t.Context(), room))
	return talker
}

// withhold keeps from the bot the key of what its owner says next in a room.
func (s *sealed) withhold(from *cryptoclient.Client, room id.RoomID) event.Content {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(from.Machine().CryptoStore.RemoveOutboundGroupSession(ctx, room))
	s.must(from.Machine().ShareGroupSession(ctx, room, []id.UserID{from.UserID}))
	outbound, err := from.Machine().CryptoStore.GetOutboundGroupSession(ctx, room)
	s.must(err)
	return outbound.ShareContent()
}

// give sends the bot what only its device can read.
func (s *sealed) give(from *cryptoclient.Client, kind event.Type, content event.Content) {
	s.t.Helper()
	who, err := s.bot.Whoami(s.t.Context())
	s.must(err)
	device, err := from.Machine().GetOrFetchDevice(s.t.Context(), s.bot.UserID, who.DeviceID)
	s.must(err)
	s.must(from.Machine().SendEncryptedToDevice(s.t.Context(), device, kind, content))
}

// The log tells nothing that was said in secret, and nothing that opens secrets,
// however much of it there is. Nor does what is left of the database without the
// key to it.
func TestNothingSecretIsLogged(t *testing.T) {
	s := newSealed(t, 0, e2ee.CrossSigned)
	room := s.secretRoom()
	var log logged
	trace := zerolog.New(&log).Level(zerolog.TraceLevel)
	s.log = &trace
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	talker, flooder := s.talker("talker", room), s.talker("flooder", room)
	s.start()
	s.answered("Hello")

	s.whisper("between us: apricot")
	s.whisper("!forseti match @banana:example.org")
	s.answered("@banana:example.org")
	s.whisper("!forseti cherry") // which is no command
	s.answered("cherry")
	_, err = talker.SendText(t.Context(), room, "quince")
	s.must(err)
	s.whisper("!forseti redact @talker*:" + talker.UserID.Homeserver() + " lemon")
	s.confirm("❌", "Remove them?", "React with")
	s.answered("Left undone")
	s.whisper("!forseti config set flooding within 10m") // however slow the machine is
	s.answered("within", "→")
	s.whisper("!forseti enable flooding")
	s.answered("is now")
	for _, odd := range []any{map[string]any{"msgtype": "m.text", "body": 5, "more": "damson"}, map[string]any{"msgtype": "m.text", "body": "elderberry", "m.relates_to": 5, "m.mentions": "feijoa"}} {
		_, err := talker.SendMessageEvent(t.Context(), room, event.EventMessage, odd)
		s.must(err)
	}
	s.give(talker, event.Type{Type: "example.odd", Class: event.ToDeviceEventType}, event.Content{Raw: map[string]any{"body": "grape"}})
	s.give(talker, event.ToDeviceRoomKey, event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2", "room_id": room, "session_id": 5, "session_key": "huckleberry"}})
	key := s.withhold(talker, room)
	_, err = talker.SendText(t.Context(), room, "jujube")
	s.must(err)
	s.unread(1, "secret room")
	s.give(talker, event.ToDeviceRoomKey, key)
	s.unread(0, "secret room")
	var first id.EventID
	for range 15 {
		one, err := flooder.SendText(t.Context(), room, "kumquat")
		if err != nil {
			break
		}
		if first == "" {
			first = one.EventID
		}
	}
	s.banned(flooder.UserID)
	s.whisper("!forseti evidence " + string(first))
	s.answered("kumquat")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s.whisper("!forseti verify")
	asked, err := s.secret.Verifier.Await(ctx, "requested")
	s.must(err)
	s.must(s.secret.Verifier.AcceptVerification(ctx, asked.Txn))
	s.must(s.secret.Verifier.StartSAS(ctx, asked.Txn))
	step, err := s.secret.Verifier.Await(ctx, "emoji")
	s.must(err)
	s.must(s.secret.Verifier.Confirm(ctx, asked.Txn))
	s.confirm("✅", append([]string{"Verifying"}, step.Names...)...)
	s.answered("is verified")
	s.restart()
	s.whisper("!forseti status")
	s.answered("My keys are backed up")
	s.stopBot()
	s.holdsNothing(&log)
}

// holdsNothing looks through the log and the database.
func (s *sealed) holdsNothing(log *logged) {
	s.t.Helper()
	text, disk := log.String(), string(s.atRest())

	// Long words: ciphertext in base64 holds every short one.
	for _, said := range []string{
		"apricot", "banana", "cherry", "damson", "elderberry", "feijoa", "grape", "huckleberry", "jujube", "kumquat", "lemon", "Protecting", "Verifying",
	} {
		s.without("log", text, said, said)
		s.without("database", disk, said, said)
	}
	for name, value := range s.secrets() {
		s.without("log", text, name, value)
		if name != "access token" {
			s.without("database", disk, name, value)
		}
	}
	if !strings.Contains(text, `"level":"debug"`) {
		s.t.Error("next to nothing was logged")
	}
}

// without holds that something is not in a text.
func (s *sealed) without(where, text, name, what string) {
	s.t.Helper()
	if at := strings.Index(text, what); at >= 0 {
		s.t.Errorf("%s is in the %s: %q", name, where, text[max(0, at-200):min(len(text), at+100)])
	}
}

// unread waits until status counts so many messages of a room that cannot be read.
func (s *sealed) unread(n int, room string) {
	s.t.Helper()
	s.eventually("count what cannot be read", func() bool {
		asked := s.whisper("!forseti status")
		answer := ""
		s.eventually("answer status", func() bool {
			for _, evt := range s.secret.Events() {
				if evt.Sender == s.bot.UserID && isAnswer(evt, asked) {
					answer = evt.Content.AsMessage().Body
				}
			}
			return answer != ""
		})
		counted := strings.Contains(answer, "Messages whose key I am missing") && strings.Contains(answer, room)
		switch n {
		case 0:
			return !counted
		case 1:
			return counted && strings.Contains(answer, "1 message in")
		default:
			return counted
		}
	})
}

// atRest is the database as it is on the disk.
func (s *sealed) atRest() (all []byte) {
	s.t.Helper()
	path := strings.TrimPrefix(s.database, "sqlite:")
	db, err := store.Open(s.t.Context(), s.database, zerolog.Nop())
	s.must(err)
	defer db.Close()
	// As when the last who uses it closes it.
	_, err = db.DB().RawDB.ExecContext(s.t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
	s.must(err)
	files, err := filepath.Glob(path + "*")
	s.must(err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		s.must(err)
		all = append(all, raw...)
	}
	return all
}

// secrets are those of the bot, by name.
func (s *sealed) secrets() map[string]string {
	s.t.Helper()
	ctx := s.t.Context()
	db, err := store.Open(ctx, s.database, zerolog.Nop())
	s.must(err)
	defer db.Close()
	keys := crypto.NewSQLCryptoStore(db.DB(), dbutil.NoopLogger, string(s.bot.UserID), "", []byte("a key of the store"))
	found := map[string]string{
		"access token": s.bot.AccessToken, "key of the store": "a key of the store", "recovery key": s.recovery,
	}
	for _, name := range []id.Secret{id.SecretXSMaster, id.SecretXSSelfSigning, id.SecretXSUserSigning, id.SecretMegolmBackupV1} {
		value, err := keys.GetSecret(ctx, name)
		s.must(err)
		found[string(name)] = value
	}
	sessions, err := keys.GetAllGroupSessions(ctx).AsList()
	s.must(err)
	for _, session := range sessions {
		exported, err := session.Internal.Export(session.Internal.FirstKnownIndex())
		s.must(err)
		found["key of a room, "+string(session.ID())] = string(exported)
	}
	if len(found) < 10 {
		s.t.Errorf("only %d secrets", len(found))
	}
	for name, value := range found {
		if value == "" {
			s.t.Errorf("there is no %s", name)
		}
	}
	return found
}

// A flood that nobody but its senders can read is a flood. What the bot cannot read
// is counted until it is removed.
func TestUnreadableFlood(t *testing.T) {
	s := newSealed(t, 0, e2ee.Any)
	room := s.secretRoom()
	flooder := s.talker("flooder", room)
	s.start()
	s.whisper("!forseti config set flooding within 10m") // however slow the machine is
	s.answered("within", "→")
	s.whisper("!forseti enable flooding")
	s.answered("is now")
	s.withhold(flooder, room)
	one, err := flooder.SendText(t.Context(), room, "psst")
	s.must(err)
	s.unread(1, "secret room")
	sent := []id.EventID{one.EventID}
	for range 15 {
		one, err := flooder.SendText(t.Context(), room, "psst")
		if err != nil {
			break // banned
		}
		sent = append(sent, one.EventID)
	}
	s.banned(flooder.UserID)
	s.removed(room, sent)
	s.unread(0, "secret room")
}

// A command whose key comes late is carried out then, once.
func TestLateCommand(t *testing.T) {
	s := newSealed(t, 0, e2ee.Any)
	s.start()
	s.answered("Hello")
	key := s.withhold(s.secret, s.management)
	asked := s.whisper("!forseti match @late:example.org")
	s.must(s.secret.Machine().CryptoStore.RemoveOutboundGroupSession(t.Context(), s.management))
	s.unread(1, "this room")
	s.give(s.secret, event.ToDeviceRoomKey, key)
	s.answered("@late:example.org")
	s.unread(0, "this room")
	s.restart()
	s.unread(0, "this room")
	answers := 0
	for _, evt := range s.secret.Events() {
		if evt.Sender == s.bot.UserID && isAnswer(evt, asked) {
			answers++
		}
	}
	if answers != 1 {
		t.Errorf("%d answers", answers)
	}
}
