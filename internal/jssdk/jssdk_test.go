package jssdk

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"forseti/internal/cryptoclient"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// What the client says of others counts only if it agrees with its like.

// together gives two people of this client in an encrypted room.
func (s *setting) together() (alice, bob *Client, room id.RoomID) {
	s.Helper()
	alice, bob = s.person("alice"), s.person("bob")
	room = try(alice.CreateRoom(s.ctx, false, bob.User)).or(s)
	s.must(bob.Join(s.ctx, room))
	s.must(alice.AwaitMember(s.ctx, room, bob.User))
	return alice, bob, room
}

func TestSASInRoom(t *testing.T) {
	s := newSetting(t)
	alice, bob, room := s.together()
	txn := try(alice.VerifyInRoom(s.ctx, bob.User, room)).or(t)
	s.compare(txn, alice, bob)
}

func TestSASToDevice(t *testing.T) {
	s := newSetting(t)
	alice, bob, _ := s.together()
	txn := try(alice.VerifyDevice(s.ctx, bob.User, bob.Device)).or(t)
	s.compare(txn, alice, bob)
}

// compare carries a verification that the first asked for through to its end.
func (s *setting) compare(txn id.VerificationTransactionID, asks, answers *Client) {
	s.Helper()
	try(answers.AwaitRequest(s.ctx, asks.User)).or(s)
	s.must(answers.Accept(s.ctx, txn))
	try(asks.AwaitPhase(s.ctx, txn, Ready)).or(s)
	s.must(asks.StartSAS(s.ctx, txn))
	ours, theirs := try(asks.AwaitEmoji(s.ctx, txn)).or(s), try(answers.AwaitEmoji(s.ctx, txn)).or(s)
	if len(ours.Emoji) != 7 || !slices.Equal(ours.Emoji, theirs.Emoji) {
		s.Fatalf("emoji %v and %v", ours.Emoji, theirs.Emoji)
	}
	s.must(asks.Confirm(s.ctx, txn))
	s.must(answers.Confirm(s.ctx, txn))
	s.done(txn, asks, answers)
}

// done holds that both are verified to each other.
func (s *setting) done(txn id.VerificationTransactionID, a, b *Client) {
	s.Helper()
	for _, c := range []*Client{a, b} {
		if end := try(c.AwaitEnd(s.ctx, txn)).or(s); end.Phase != Done {
			s.Fatalf("for %s it ended with %+v", c.User, end)
		}
	}
	try(a.AwaitVerified(s.ctx, b.User, b.Device)).or(s)
	try(b.AwaitVerified(s.ctx, a.User, a.Device)).or(s)
}

func TestQR(t *testing.T) {
	s := newSetting(t)
	alice, bob, room := s.together()
	txn := try(alice.VerifyInRoom(s.ctx, bob.User, room)).or(t)
	try(bob.AwaitRequest(s.ctx, alice.User)).or(t)
	s.must(bob.Accept(s.ctx, txn))
	try(alice.AwaitPhase(s.ctx, txn, Ready)).or(t)
	shown := try(alice.ShowQR(s.ctx, txn)).or(t)
	if !bytes.HasPrefix(shown, []byte("MATRIX\x02")) {
		t.Fatalf("the code says %q", shown)
	}
	s.must(bob.ScanQR(s.ctx, txn, shown))
	try(alice.AwaitVerification(s.ctx, func(v Verification) bool { return v.Transaction == txn && v.Scanned })).or(t)
	s.must(alice.Confirm(s.ctx, txn))
	s.done(txn, alice, bob)
}

func TestMismatch(t *testing.T) {
	s := newSetting(t)
	alice, bob, _ := s.together()
	txn := try(alice.VerifyDevice(s.ctx, bob.User, bob.Device)).or(t)
	try(bob.AwaitRequest(s.ctx, alice.User)).or(t)
	s.must(bob.Accept(s.ctx, txn))
	try(alice.AwaitPhase(s.ctx, txn, Ready)).or(t)
	s.must(alice.StartSAS(s.ctx, txn))
	try(alice.AwaitEmoji(s.ctx, txn)).or(t)
	try(bob.AwaitEmoji(s.ctx, txn)).or(t)
	s.must(bob.Mismatch(s.ctx, txn))
	end := try(alice.AwaitEnd(s.ctx, txn)).or(t)
	if end.Phase != Cancelled || end.Code != string(event.VerificationCancelCodeSASMismatch) || end.CancelledBy != bob.User {
		t.Errorf("it ended with %+v", end)
	}
}

// A new device of the same user, with what its owner wrote down or remembers.
func TestRestore(t *testing.T) {
	s := newSetting(t)
	login := s.login("alice")
	before := ForTest(t, login)
	recoveryKey := try(before.Identify(s.ctx, "a long passphrase")).or(t)
	room := try(before.CreateRoom(s.ctx, false)).or(t)
	try(before.SendText(s.ctx, room, "remember")).or(t)
	if b := try(before.AwaitBackup(s.ctx, 1)).or(t); !b.Trusted || !b.Active {
		t.Errorf("the backup is %+v", b)
	}
	before.Close()

	for name, recover := range map[string]func(*Client) (Restored, error){
		"key":        func(c *Client) (Restored, error) { return c.RecoverWithKey(s.ctx, recoveryKey) },
		"passphrase": func(c *Client) (Restored, error) { return c.RecoverWithPassphrase(s.ctx, "a long passphrase") },
	} {
		t.Run(name, func(t *testing.T) {
			after := ForTest(t, login)
			if _, err := after.RecoverWithPassphrase(s.ctx, "a wrong passphrase"); err == nil || !strings.Contains(err.Error(), "does not open") {
				t.Errorf("a wrong passphrase gave %v", err)
			}
			if got := try(recover(after)).or(t); got.Imported != 1 {
				t.Errorf("restored %+v", got)
			}
			try(after.AwaitText(s.ctx, login.User, "remember")).or(t)
			if d := try(after.DeviceOf(s.ctx, login.User, after.Device)).or(t); !d.Signed || !d.Verified {
				t.Errorf("the new device is %+v", d)
			}
		})
	}
}

// Against mautrix, of which Forseti's encryption is made.
func TestMessagesWithMautrix(t *testing.T) {
	s := newSetting(t)
	alice, account := s.person("alice"), s.server.Client(t, "bob")
	bob := try(cryptoclient.Start(s.ctx, s.server.URL, account.UserID, account.AccessToken, t.TempDir())).or(t)
	t.Cleanup(func() { _ = bob.Close() })
	try(bob.Identify(s.ctx)).or(t)
	room := try(alice.CreateRoom(s.ctx, false, bob.UserID)).or(t)
	s.must(bob.Enter(s.ctx, room))
	s.must(alice.AwaitMember(s.ctx, room, bob.UserID))

	try(alice.SendText(s.ctx, room, "from js-sdk")).or(t)
	heard := try(bob.Await(s.ctx, func(evt *event.Event) bool {
		return evt.Sender == alice.User && evt.Content.Raw["body"] == "from js-sdk"
	})).or(t)
	if heard.Mautrix.TrustState < id.TrustStateCrossSignedTOFU {
		t.Errorf("mautrix trusts it as %v", heard.Mautrix.TrustState)
	}
	try(bob.SendText(s.ctx, room, "from mautrix")).or(t)
	if m := try(alice.AwaitText(s.ctx, bob.UserID, "from mautrix")).or(t); m.Shield != "NONE" {
		t.Errorf("js-sdk shows %+v", m)
	}
}
