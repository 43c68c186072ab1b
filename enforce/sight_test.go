package enforce

import (
	"testing"

	"maunium.net/go/mautrix/event"

	"forseti/action"
)

func TestPointless(t *testing.T) {
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	see := &sight{world: w}
	see.redacted.Add("$gone")
	k := newWorks().of(memberKey("!a:x", lossyUser))
	for _, tt := range []struct {
		is   event.Membership
		verb action.Verb
		ban  bool // one without an answer
		free bool // an unban without an answer
		want bool
	}{
		{is: "ban", verb: action.Ban, want: true},
		{is: "ban", verb: action.Ban, free: true},
		{is: "join", verb: action.Ban},
		{is: "leave", verb: action.Unban, want: true},
		{is: "leave", verb: action.Unban, ban: true},
		{is: "ban", verb: action.Unban},
		{is: "leave", verb: action.Kick, want: true},
		{is: "ban", verb: action.TellOut, want: true},
		{is: "invite", verb: action.Kick},
		{is: "join", verb: action.Invite, want: true},
		{is: "invite", verb: action.Invite, want: true},
		{is: "leave", verb: action.Invite},
		{is: "join", verb: action.Mute},
	} {
		w.Apply("!a:x", memberEvent(lossyUser, self, tt.is), now)
		k.ban, k.unban = nil, nil
		if tt.ban {
			k.ban = &lostBan{}
		}
		if tt.free {
			k.unban = &lostUnban{}
		}
		if got := see.pointless(k, asks(tt.verb, lossyUser, "$1")); got != tt.want {
			t.Errorf("%s of who is in %s: pointless %v", tt.verb, tt.is, got)
		}
	}
	if !see.pointless(k, action.Action{Verb: action.Redact, Event: "$gone"}) || see.pointless(k, action.Action{Verb: action.Redact, Event: "$there"}) {
		t.Error("what is redacted is not known")
	}
}

func TestHappened(t *testing.T) {
	for _, tt := range []struct {
		verb action.Verb
		is   event.Membership
		ours bool // by our hand
		want bool
	}{
		{action.Ban, "ban", true, true},
		{action.Ban, "ban", false, false},
		{action.Ban, "join", true, false},
		{action.Unban, "leave", true, true},
		{action.Unban, "leave", false, false},
		{action.Kick, "leave", true, true},
		{action.Kick, "ban", true, false},
		{action.Invite, "invite", true, true},
	} {
		w := NewWorld(self, Settings{})
		newRoom(w, "!a:x")
		sender := self
		if !tt.ours {
			sender = "@founder:other.example"
		}
		w.Apply("!a:x", memberEvent(lossyUser, sender, tt.is), now)
		a := asks(tt.verb, lossyUser, "$1")
		k := newWorks().of(KeyOf(a))
		k.tried = &a
		if got := (&sight{world: w}).happened(k); got.Done != tt.want {
			t.Errorf("%s, and then %s by us %v: happened %v", tt.verb, tt.is, tt.ours, got.Done)
		}
	}
}
