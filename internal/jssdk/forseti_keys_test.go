package jssdk

import (
	"testing"

	"forseti/action"
	"forseti/matrix/e2ee"

	"maunium.net/go/mautrix/event"
)

// Whoever invites with this client shares what was said before (MSC4268): their own
// words on their own word, and those of others on theirs too.
func TestForsetiReadsSharedHistory(t *testing.T) {
	s := newSetting(t)
	b := s.bot()
	alice, carol, room := s.together()
	try(carol.SendText(s.ctx, room, "from another")).or(t)
	try(alice.AwaitText(s.ctx, carol.User, "from another")).or(t)
	try(alice.SendText(s.ctx, room, "from the inviter")).or(t)
	s.must(alice.Invite(s.ctx, room, b.session.User()))
	b.awaitMember(room, b.session.User(), event.MembershipInvite)
	b.act(action.Action{Verb: action.Join, Room: room})
	if doubt := e2ee.CrossSigned.Doubts(b.await(alice.User, "from the inviter")); doubt != e2ee.NoDoubt {
		t.Errorf("the bot's doubt of the inviter's words is %q", doubt)
	}
	if doubt := e2ee.CrossSigned.Doubts(b.await(carol.User, "from another")); doubt != e2ee.Forwarded {
		t.Errorf("the bot's doubt of another's words is %q", doubt)
	}
}

// A new device of the bot asks for a key, and another client that is logged in as
// the bot, and verified, gives it.
func TestForsetiGetsKeyItAsksFor(t *testing.T) {
	s := newSetting(t)
	login := s.login("forseti")
	other, alice := ForTest(t, login), s.person("alice")
	recoveryKey := try(other.Identify(s.ctx, "")).or(t)
	room := try(alice.CreateRoom(s.ctx, false, login.User)).or(t)
	s.must(other.Join(s.ctx, room))
	s.must(alice.AwaitMember(s.ctx, room, login.User))
	try(alice.SendText(s.ctx, room, "for the other client")).or(t)
	try(other.AwaitText(s.ctx, alice.User, "for the other client")).or(t)

	b := s.device(login)
	s.must(b.machine.Unlock(s.ctx, recoveryKey))
	try(other.AwaitVerified(s.ctx, login.User, b.session.Device())).or(t)
	b.run()
	if doubt := e2ee.CrossSigned.Doubts(b.await(alice.User, "for the other client")); doubt != e2ee.Forwarded {
		t.Errorf("the bot's doubt is %q", doubt)
	}
}
