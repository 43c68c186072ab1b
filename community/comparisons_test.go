package community

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee/verify"
)

// TestCancelledText holds that what differs alarms, that nothing else does, and that
// all of it is plain words that say what to do.
func TestCancelledText(t *testing.T) {
	for _, c := range []struct {
		code   event.VerificationCancelCode
		byThem bool
		reason string
		alarms bool
		says   string
	}{
		{event.VerificationCancelCodeSASMismatch, true, "The SAS did not match.", true, "were not shown the same emoji"},
		{event.VerificationCancelCodeSASMismatch, false, "what was shown differs", true, "compare by phone or face to face"},
		{event.VerificationCancelCodeKeyMismatch, true, "", true, "are not those that I was given"},
		{event.VerificationCancelCodeKeyMismatch, false, "not the secret of the code", true, "scanned my code"},
		{event.VerificationCancelCodeCommitmentMismatch, false, "", true, "somebody sits between us"},
		{event.VerificationCancelCodeUser, true, "User rejected the key verification request", false, "they ended it"},
		{event.VerificationCancelCodeUser, false, "cancelled by a moderator", false, "cancelled by a moderator"},
		{event.VerificationCancelCodeTimeout, false, "it took too long", false, "not finished in time"},
		{event.VerificationCancelCodeAccepted, true, "", false, "on another device"},
		{event.VerificationCancelCodeUnknownMethod, true, "unknown method received", false, "too old"},
		{event.VerificationCancelCodeUnknownMethod, false, "the client that began is too old: it offers only *x*", false, `only \*x\*`},
		{event.VerificationCancelCodeUnexpectedMessage, true, "", false, "Try once more"},
		{"org.example.odd", true, "[click](https://evil.example)", false, "their client ended it"},
	} {
		text := cancelledText(verify.Cancelled{ID: verify.ID{User: "@x:y"}, Code: c.code, ByThem: c.byThem, Reason: c.reason})
		if strings.HasPrefix(text, alarm) != c.alarms || !strings.Contains(text, c.says) || !strings.Contains(text, "`@x:y`") {
			t.Errorf("%s: %s", c.code, text)
		}
		if strings.Contains(text, "..") || c.byThem && c.reason != "" && strings.Contains(text, c.reason) {
			t.Errorf("%s: %s", c.code, text)
		}
	}
}

// TestComparisons holds that an answer counts once, on its own question, until the
// verification is over.
func TestComparisons(t *testing.T) {
	which := verify.ID{User: "@x:y", Txn: "t"}
	c := comparisons{}
	asked, ok := c.tell(verify.Compare{ID: which, Emoji: []verify.Emoji{{Symbol: "🐶", Name: "Dog"}}})
	if !ok || asked.about == nil || len(asked.answers) != 2 || !strings.Contains(asked.message.Markdown, "🐶 Dog") {
		t.Fatalf("%+v", asked)
	}
	c["$q"] = *asked.about
	for _, s := range []struct {
		target id.EventID
		key    string
		said   verdict
		ok     bool
	}{
		{"$other", yes, saysNothing, false},
		{"$q", "👍", saysNothing, true},
		{"$q", emojiKey, saysNothing, true},
		{"$q", yes, saysSame, true},
		{"$q", no, saysNothing, false},
	} {
		got, said, ok := c.heard(s.target, s.key)
		if said != s.said || ok != s.ok || ok && got != which {
			t.Errorf("%s on %s: %v %v %v", s.key, s.target, got, said, ok)
		}
	}

	code, ok := c.tell(verify.ShowQR{ID: which, Data: []byte("MATRIX")})
	if !ok || code.message.File == nil || !code.about.emoji {
		t.Fatalf("%+v", code)
	}
	c["$code"] = *code.about
	if _, said, _ := c.heard("$code", yes); said != saysNothing {
		t.Error("a code is not said yes to")
	}
	if over, ok := c.tell(verify.Done{ID: which}); !ok || over.about != nil || len(c) != 0 {
		t.Errorf("left over: %v", c)
	}

	again, ok := c.tell(verify.Unanswered{ID: which})
	if !ok || again.here != "@x:y" || !strings.Contains(again.message.Markdown, "leave it alone") {
		t.Errorf("%+v", again)
	}
	if _, ok := c.tell(verify.Ready{ID: which}); ok {
		t.Error("nothing to say yet")
	}
}
