package community_test

import (
	"context"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee"
)

// Element verifies others in a direct chat, which it makes for the purpose, and asks
// there before the other side has come.
func TestVerifyInADirectChat(t *testing.T) {
	s := newSealed(t, 0, e2ee.CrossSigned)
	_, err := s.secret.Identify(t.Context())
	s.must(err)
	s.start()
	s.answered("Hello")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	made, err := s.secret.CreateRoom(ctx, &mautrix.ReqCreateRoom{
		Preset: "trusted_private_chat", IsDirect: true, Invite: []id.UserID{s.bot.UserID},
		InitialState: []*event.Event{{Type: event.StateEncryption, Content: event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}},
	})
	s.must(err)
	_, err = s.secret.State(ctx, made.RoomID)
	s.must(err)
	txn, err := s.secret.Verifier.Ask(ctx, s.bot.UserID, made.RoomID)
	s.must(err)
	_, err = s.secret.Verifier.Await(ctx, "ready")
	s.must(err)
	s.must(s.secret.Verifier.StartSAS(ctx, txn))
	step, err := s.secret.Verifier.Await(ctx, "emoji")
	s.must(err)
	s.must(s.secret.Verifier.Confirm(ctx, txn))
	s.confirm("✅", "Verifying", step.Names[0])
	if _, err := s.secret.Verifier.Await(ctx, "done"); err != nil {
		t.Error(err)
	}
	s.answered("is verified")

	// A command there is not obeyed, and that is said once.
	wrong := func() (n int) {
		for _, evt := range s.secret.Events() {
			body, _ := evt.Content.Raw["body"].(string)
			if evt.RoomID == made.RoomID && evt.Sender == s.bot.UserID && strings.Contains(body, "I obey in") {
				n++
			}
		}
		return n
	}
	for range 2 {
		_, err = s.secret.SendText(ctx, made.RoomID, "!forseti status")
		s.must(err)
	}
	s.eventually("say where it obeys", func() bool { return wrong() > 0 })
	s.restart()
	_, err = s.secret.SendText(ctx, made.RoomID, "!forseti status")
	s.must(err)
	s.eventually("say it again after a restart", func() bool { return wrong() == 2 })
	if s.said("Protecting") > 0 {
		t.Error("obeyed in the direct chat")
	}
}
