package jssdk

import (
	"testing"

	"forseti/matrix/e2ee"
)

// A person whose identity was reset is not taken for the one we knew, though their
// device is the same.
func TestForsetiNoticesAnotherIdentity(t *testing.T) {
	s := newSetting(t)
	b, alice := s.bot(), s.person("alice")
	room := b.meet(alice)
	try(alice.SendText(s.ctx, room, "before")).or(t)
	if doubt := e2ee.CrossSigned.Doubts(b.await(alice.User, "before")); doubt != e2ee.NoDoubt {
		t.Errorf("before, the bot's doubt is %q", doubt)
	}
	try(alice.Reset(s.ctx)).or(t)
	try(alice.SendText(s.ctx, room, "after")).or(t)
	if doubt := e2ee.CrossSigned.Doubts(b.await(alice.User, "after")); doubt != e2ee.NewIdentity {
		t.Errorf("after, the bot's doubt is %q", doubt)
	}
}

// Whoever is logged in as the bot can reset its identity in a client. The bot says
// so, and takes the new one only from who has its recovery key.
func TestForsetiIsReset(t *testing.T) {
	s := newSetting(t)
	login := s.login("forseti")
	b, other := s.botOf(login), ForTest(t, login)
	recoveryKey := try(other.Reset(s.ctx)).or(t)
	if state := try(b.machine.Identity(s.ctx)).or(t); state != e2ee.IdentityMismatch {
		t.Errorf("the identity is %s", state)
	}
	if err := b.machine.Unlock(s.ctx, b.recoveryKey); err == nil {
		t.Error("the old recovery key opens the new identity")
	}
	s.must(b.machine.Unlock(s.ctx, recoveryKey))
	if state := try(b.machine.Identity(s.ctx)).or(t); state != e2ee.IdentityReady {
		t.Errorf("the identity is %s", state)
	}
	try(other.AwaitVerified(s.ctx, login.User, b.session.Device())).or(t)
}
