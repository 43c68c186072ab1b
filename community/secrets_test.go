package community_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
	"forseti/internal/cryptoclient"
	"forseti/matrix"
	"forseti/matrix/e2ee"
)

// sealed is a fixture whose management room is encrypted and whose moderator has
// a client that encrypts.
type sealed struct {
	*fixture
	secret *cryptoclient.Client
	trust  e2ee.Trust
	// recovery is the key that the bot's account got.
	recovery string
	// unlock is the recovery key of an identity that replaced the bot's, if it is to be
	// taken over.
	unlock string
}

func newSealed(t *testing.T, rooms int, trust e2ee.Trust) *sealed {
	t.Helper()
	s := &sealed{fixture: newFixture(t, rooms), trust: trust}
	var err error
	s.secret, err = cryptoclient.Start(t.Context(), s.server.URL, s.mod.UserID, s.server.NewDevice(t, s.mod.UserID).AccessToken, t.TempDir())
	s.must(err)
	t.Cleanup(func() { _ = s.secret.Close() })
	_, err = s.mod.SendStateEvent(t.Context(), s.management, event.StateEncryption, "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	s.must(err)
	_, err = s.secret.State(t.Context(), s.management)
	s.must(err)
	s.session = func(session *matrix.Session, o *community.Options) {
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		machine, err := session.Encrypt(ctx, matrix.Encryption{
			DB: o.Store.Account().DB(), Key: []byte("a key of the store"), SendTo: e2ee.Any, Moderator: func(u id.UserID) bool { return u == s.mod.UserID },
		})
		s.must(err)
		state, err := machine.Identity(ctx)
		s.must(err)
		switch {
		case state == e2ee.IdentityMissing:
			s.must(machine.Bootstrap(ctx, e2ee.BootstrapOptions{Reveal: func(key string) error { s.recovery = key; return nil }}))
		case state == e2ee.IdentityMismatch && s.unlock != "":
			s.must(machine.Unlock(ctx, s.unlock))
		}
		var background sync.WaitGroup
		background.Go(func() { session.Verify(ctx) })
		background.Go(func() { machine.Run(ctx) })
		s.t.Cleanup(func() { stop(); background.Wait() })
		o.Verifier = machine.Verifier()
		o.Secrets, o.Trust, o.KeepEvidence = machine, s.trust, time.Hour
		s.must(o.Store.Account().UseKey([]byte("a key of the store")))
	}
	return s
}

// whisper sends an encrypted message as the moderator.
func (s *sealed) whisper(text string) id.EventID {
	s.t.Helper()
	sent, err := s.secret.SendText(s.t.Context(), s.management, text)
	s.must(err)
	return sent.EventID
}

// answered waits until the bot has said something with all of the words, in secret.
func (s *sealed) answered(words ...string) string {
	s.t.Helper()
	var found string
	defer func() {
		if s.t.Failed() {
			for _, evt := range s.secret.Events() {
				s.t.Logf("%s %s: %.300v", evt.Sender, evt.Type.Type, evt.Content.Raw["body"])
			}
		}
	}()
	s.eventually("hear in secret "+strings.Join(words, ", "), func() bool {
		for _, evt := range s.secret.Events() {
			body, _ := evt.Content.Raw["body"].(string)
			if evt.Sender == s.bot.UserID && evt.Mautrix.WasEncrypted && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(body, w) }) {
				found = body
				return true
			}
		}
		return false
	})
	return found
}

func TestEncryptedCommand(t *testing.T) {
	s := newSealed(t, 2, e2ee.CrossSigned)
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	spammer := s.member("spammer")
	s.start()
	s.answered("Hello")
	s.whisper("!forseti ban " + string(spammer.UserID) + " " + s.list.String() + " spam")
	s.eventually("ban the spammer", s.everywhere(spammer.UserID, event.MembershipBan))
	s.answered("Banned")
	for _, evt := range s.timeline(s.management) {
		if evt.Sender == s.bot.UserID && evt.Type == event.EventMessage {
			t.Errorf("said in clear: %v", evt.Content.Raw)
		}
	}
	// The bot goes on after a restart, and what was said meanwhile is obeyed once.
	s.stopBot()
	asked := s.whisper("!forseti status")
	s.start()
	s.answered("Protecting", "This room is encrypted")
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

func TestCommandsBelowTheBarAreRefused(t *testing.T) {
	s := newSealed(t, 1, e2ee.CrossSigned)
	victim := s.member("victim")
	s.start()
	s.answered("Hello")
	ban := "!forseti ban " + string(victim.UserID) + " " + s.list.String() + " spam"
	s.whisper(ban)
	s.answered("I do not obey this", "your device is not verified")
	s.say(ban)
	s.answered("I do not obey this", "unencrypted")
	if is := s.membership(s.rooms[0], victim.UserID); is != event.MembershipJoin {
		t.Errorf("the victim's membership is %s", is)
	}
	// What is no command is nobody's business.
	s.whisper("just talking")
	// Once the device is signed by its owner, the same device is obeyed.
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	s.whisper(ban)
	s.eventually("ban the victim", s.everywhere(victim.UserID, event.MembershipBan))

	// Whoever logs in as a moderator is told of, once: it may be somebody else.
	login := s.server.NewDevice(t, s.mod.UserID)
	other, err := cryptoclient.Start(t.Context(), s.server.URL, login.UserID, login.AccessToken, t.TempDir())
	s.must(err)
	defer func() { _ = other.Close() }()
	s.answered("has a new device", "⚠ `"+string(login.DeviceID)+"`", "Nobody vouches", "devices block")
	s.restart()
	s.whisper("!forseti lists")
	s.answered("I watch 1 list")
	if n := s.said("has a new device"); n != 1 {
		t.Errorf("told %d times of a new device", n)
	}
}

func TestEncryptCommand(t *testing.T) {
	s := newSealed(t, 0, e2ee.Any)
	s.management = s.room("clear management", "", s.bot)
	s.start()
	s.hear("This room is not encrypted", "!forseti encrypt")
	s.say("!forseti encrypt --no-confirm")
	s.eventually("encrypt the room", func() bool {
		var content map[string]any
		return s.mod.StateEvent(t.Context(), s.management, event.StateEncryption, "", &content) == nil && content["algorithm"] != nil
	})
	_, err := s.secret.State(t.Context(), s.management)
	s.must(err)
	s.answered("This room is encrypted now")
}

func TestFloodInAnEncryptedRoom(t *testing.T) {
	s := newSealed(t, 0, e2ee.Any)
	room := s.room("secret room", "", s.bot)
	_, err := s.mod.SendStateEvent(t.Context(), room, event.StateEncryption, "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	s.must(err)
	s.rooms = []id.RoomID{room}
	s.must(s.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": s.rooms}))
	human := s.server.Client(t, "flooder")
	flooder, err := cryptoclient.Start(t.Context(), s.server.URL, human.UserID, human.AccessToken, t.TempDir())
	s.must(err)
	t.Cleanup(func() { _ = flooder.Close() })
	s.must(flooder.Enter(t.Context(), room))
	s.start()
	s.whisper("!forseti enable flooding")
	s.whisper("!forseti config set flooding within 1m") // a flood on a busy machine too
	s.answered("within", "1m")
	var sent []id.EventID
	for range 15 {
		one, err := flooder.SendText(t.Context(), room, "buy this")
		if err != nil {
			break // banned
		}
		sent = append(sent, one.EventID)
	}
	s.eventually("ban the flooder", s.everywhere(human.UserID, event.MembershipBan))
	s.eventually("remove the flood", func() bool {
		left := 0
		for _, evt := range s.timeline(room) {
			if slices.Contains(sent, evt.ID) && evt.Unsigned.RedactedBecause == nil {
				left++
			}
		}
		return left == 0
	})
	// What was said in secret can be shown, in secret.
	s.whisper("!forseti evidence " + string(sent[0]))
	s.answered("buy this", string(human.UserID))
	other := s.member("talker")
	one, err := other.SendText(t.Context(), room, "in clear")
	s.must(err)
	s.whisper("!forseti redact https://matrix.to/#/" + string(room) + "/" + string(one.EventID))
	s.eventually("remove the message", func() bool {
		return slices.ContainsFunc(s.timeline(room), func(evt *event.Event) bool { return evt.ID == one.EventID && evt.Unsigned.RedactedBecause != nil })
	})
	s.whisper("!forseti evidence " + string(one.EventID))
	s.answered("in clear", string(other.UserID))
}

// What cannot be read is counted, with why if the sender said so.
func TestWithheldIsTold(t *testing.T) {
	s := newSealed(t, 0, e2ee.Any)
	room := s.room("secret room", "", s.bot)
	_, err := s.mod.SendStateEvent(t.Context(), room, event.StateEncryption, "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	s.must(err)
	s.rooms = []id.RoomID{room}
	s.must(s.bot.SetAccountData(t.Context(), "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": s.rooms}))
	human := s.server.Client(t, "careful")
	careful, err := cryptoclient.Start(t.Context(), s.server.URL, human.UserID, human.AccessToken, t.TempDir())
	s.must(err)
	t.Cleanup(func() { _ = careful.Close() })
	careful.Machine().SendKeysMinTrust = id.TrustStateVerified
	s.must(careful.Enter(t.Context(), room))
	s.start()
	s.answered("Hello")
	_, err = careful.SendText(t.Context(), room, "not for bots")
	s.must(err)
	s.whisper("!forseti status")
	s.answered("1 message in", "; the sender keeps the key from me", "only to verified devices")
}

// confirm reacts to the bot's latest message with all of the words.
func (s *sealed) confirm(key string, words ...string) {
	s.t.Helper()
	s.answered(words...)
	var target id.EventID
	for _, evt := range s.secret.Events() {
		body, _ := evt.Content.Raw["body"].(string)
		if evt.Sender == s.bot.UserID && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(body, w) }) {
			target = evt.ID
		}
	}
	_, err := s.mod.SendReaction(s.t.Context(), s.management, target, key)
	s.must(err)
}

// requested waits for the bot's next request, whatever ended before it.
func (s *sealed) requested(ctx context.Context) cryptoclient.Step {
	s.t.Helper()
	for {
		step, err := s.secret.Verifier.Await(ctx, "requested")
		if step.What == "requested" || ctx.Err() != nil {
			s.must(err)
			return step
		}
	}
}

// A moderator is not obeyed until verified, and is once the emoji were compared.
func TestVerifyCommand(t *testing.T) {
	s := newSealed(t, 0, e2ee.Verified)
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	s.start()
	s.answered("Hello")
	s.whisper("!forseti status")
	s.answered("I do not obey this", "nobody has verified you")

	// From their side, in the room.
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	txn, err := s.secret.Verifier.Ask(ctx, s.bot.UserID, s.management)
	s.must(err)
	s.confirm("😀", "scan this", "compare emoji instead")
	step, err := s.secret.Verifier.Await(ctx, "emoji")
	s.must(err)
	question := s.answered(append([]string{"Verifying", "React with"}, step.Names...)...)
	if !strings.Contains(question, string(s.mod.UserID)) {
		t.Errorf("asked %q", question)
	}
	s.must(s.secret.Verifier.Confirm(ctx, txn))
	s.confirm("✅", "Verifying", step.Names[0])
	s.answered("is verified")
	if _, err := s.secret.Verifier.Await(ctx, "done"); err != nil {
		t.Error(err)
	}
	s.whisper("!forseti status")
	s.answered("Protecting", "This room is encrypted")
	s.whisper("!forseti devices")
	s.answered("verified", string(s.secret.DeviceID))

	// And from ours; this time somebody sits between.
	s.whisper("!forseti verify")
	s.answered("I asked", string(s.mod.UserID))
	asked, err := s.secret.Verifier.Await(ctx, "requested")
	s.must(err)
	s.must(s.secret.Verifier.AcceptVerification(ctx, asked.Txn))
	s.must(s.secret.Verifier.StartSAS(ctx, asked.Txn))
	step, err = s.secret.Verifier.Await(ctx, "emoji")
	s.must(err)
	s.confirm("❌", append([]string{"Verifying"}, step.Names...)...)
	s.answered("were not shown the same emoji", "somebody sits between us")

	// A client that cannot be asked by itself is asked in the room.
	s.whisper("!forseti verify")
	asked = s.requested(ctx)
	who, err := s.bot.Whoami(ctx)
	s.must(err)
	_, err = s.secret.SendToDevice(ctx, event.ToDeviceVerificationCancel, &mautrix.ReqSendToDevice{
		Messages: map[id.UserID]map[id.DeviceID]*event.Content{s.bot.UserID: {who.DeviceID: {Raw: map[string]any{
			"transaction_id": asked.Txn, "code": event.VerificationCancelCodeUnknownMethod, "reason": "odd",
		}}}},
	})
	s.must(err)
	s.answered("No device of", "leave it alone")
	if again := s.requested(ctx); again.Txn == asked.Txn || !strings.HasPrefix(string(again.Txn), "$") {
		t.Errorf("asked by %s", again.Txn)
	}
}

func TestVerifyStrangers(t *testing.T) {
	s := newSealed(t, 1, e2ee.CrossSigned)
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	stranger := s.member("stranger")
	s.start()
	s.answered("Hello")
	s.whisper("!forseti verify " + string(stranger.UserID))
	s.answered("not in this room")
	s.whisper("!forseti verify " + string(s.bot.UserID))
	s.answered("That is me")
	who, err := s.bot.Whoami(t.Context())
	s.must(err)
	s.whisper("!forseti devices block " + string(s.bot.UserID) + " " + string(who.DeviceID))
	s.answered("That is the device I am")
	s.whisper("!forseti evidence $nothing")
	s.answered("none of that message", "1 hour")
}
