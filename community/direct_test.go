package community_test

import (
	"context"
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
}
