package community_test

import (
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee"
)

// A moderator writes a rule, tries it on what was said, and has it act; in an encrypted
// room too.
func TestOwnRules(t *testing.T) {
	s := newSealed(t, 0, e2ee.Any)
	room := s.secretRoom()
	talker := s.talker("talker", room)
	s.start()
	s.answered("Hello")
	say := func(text string) id.EventID {
		t.Helper()
		sent, err := talker.SendText(t.Context(), room, text)
		s.must(err)
		return sent.EventID
	}
	say("see https://evil.example/ and be happy")
	say("see https://good.example/ and be happy")
	s.unread(0, "secret room")
	s.whisper(`!forseti rule test text.links.exists(l, l.host == "evil.example") then alert`)
	s.answered("would have hit 1 of the last 2 messages", "1 new", "evil.example/ and be happy")
	s.whisper(`!forseti rule add no-evil 'trust() < KNOWN && text.lnks.size() > 0' then redact`)
	s.answered("At character 24", "did you mean `links`")
	s.whisper(`!forseti rule add no-evil 'text.links.exists(l, l.host == "evil.example")' then redact "no such links"`)
	s.answered("`no-evil` is on")
	innocent := say("see https://good.example/ again")
	s.removed(room, []id.EventID{say("see https://evil.example/ again")})
	for _, evt := range s.timeline(room) {
		if evt.ID == innocent && evt.Unsigned.RedactedBecause != nil {
			t.Error("an innocent message is gone")
		}
	}
	if m := s.membership(room, talker.UserID); m != event.MembershipJoin {
		t.Errorf("the talker's membership is %s", m)
	}
}
