package verify

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
)

// TestInPlace holds the older MAC against what libolm made of these bytes, as MSC3783
// reports it.
func TestInPlace(t *testing.T) {
	sum := []byte{
		121, 105, 187, 19, 37, 94, 119, 248, 224, 34, 94, 29, 157, 5, 15, 230,
		246, 115, 236, 217, 80, 78, 56, 200, 80, 200, 82, 158, 168, 179, 10, 230,
	}
	if got := inPlace(sum); got != "eWm7NyVeVmXgbVhnYlZobllsWm9ibGxzV205aWJHeHo" {
		t.Error(got)
	}
}

// offers makes b a client that offers these ways of proving keys, and no others.
func (p *pair) offers(macs ...any) {
	p.meddle = func(s Send) {
		if s.To != p.a.Self.User || s.Type != typePrefix+start {
			return
		}
		// Also what b itself remembers to have sent: it is no lie.
		sent := p.b.sent[len(p.b.sent)-1]
		for _, content := range []map[string]any{s.Content, sent.Content} {
			content["message_authentication_codes"] = macs
		}
	}
}

// TestOldClientBegins: some clients know only the older MAC. They get it, and nobody
// else does.
func TestOldClientBegins(t *testing.T) {
	for name, c := range map[string]struct {
		offered []any
		want    string
	}{
		"old alone":     {[]any{oldMACing}, oldMACing},
		"both":          {[]any{oldMACing, macing}, macing},
		"and an older":  {[]any{"hmac-sha256", oldMACing}, oldMACing},
		"new alone":     {[]any{macing}, macing},
		"odd among all": {[]any{7, nil, macing, oldMACing}, macing},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, "!r:x")
			p.undecided()
			p.offers(c.offered...)
			p.say(p.b, p.b.CompareEmoji)
			p.run()
			if got, _ := sentBy(p.a, accept)["message_authentication_code"].(string); got != c.want {
				t.Fatalf("a takes %q of %v", got, c.offered)
			}
			p.say(p.a, p.a.Confirm)
			p.say(p.b, p.b.Confirm)
			p.run()
			p.verified()
		})
	}
}

// undecided makes a ask b, until both are willing and neither has begun: a waits for b
// to scan its code.
func (p *pair) undecided() {
	p.t.Helper()
	p.ask()
	for _, f := range p.a.flows {
		f.methods = append(f.methods, "m.qr_code.scan.v1")
	}
	p.step(p.b)
	for i := range p.a.inbox {
		p.a.inbox[i].Content["methods"] = []any{sas, "m.qr_code.scan.v1", reciprocate}
	}
	p.step(p.a)
}

// sentBy is the last message of a kind that a side sent.
func sentBy(s *side, kind string) (content map[string]any) {
	for _, send := range s.sent {
		if send.Type == typePrefix+kind {
			content = send.Content
		}
	}
	return content
}

// TestOldClientIsAsked: what it takes of our offer is what counts.
func TestOldClientIsAsked(t *testing.T) {
	p := newPair(t, "")
	p.meddle = func(s Send) {
		if s.To == p.a.Self.User && s.Type == typePrefix+accept {
			s.Content["message_authentication_code"] = oldMACing
			for _, f := range p.b.flows {
				f.macing = oldMACing
			}
		}
	}
	p.ask()
	p.run()
	p.say(p.a, p.a.Confirm)
	p.say(p.b, p.b.Confirm)
	p.run()
	p.verified()
}

// TestDowngrade: whoever sits between both sides cannot bring them down to the older
// MAC.
func TestDowngrade(t *testing.T) {
	t.Run("start", func(t *testing.T) {
		p := newPair(t, "")
		p.meddle = func(s Send) {
			if s.Type == typePrefix+start {
				s.Content["message_authentication_codes"] = []any{oldMACing}
			}
		}
		p.ask()
		p.run()
		p.failed(event.VerificationCancelCodeCommitmentMismatch)
	})
	t.Run("accept", func(t *testing.T) {
		p := newPair(t, "")
		p.meddle = func(s Send) {
			if s.Type == typePrefix+accept {
				s.Content["message_authentication_code"] = oldMACing
			}
		}
		p.ask()
		p.run()
		p.say(p.a, p.a.Confirm)
		p.say(p.b, p.b.Confirm)
		p.run()
		p.failed(event.VerificationCancelCodeKeyMismatch)
	})
}

// TestTooOldClient: a client that knows nothing of what we know is told so in words, as
// are we.
func TestTooOldClient(t *testing.T) {
	for name, c := range map[string]struct {
		offered []any
		words   string
	}{
		"older still": {[]any{"hmac-sha256"}, "offers only hmac-sha256, and not hkdf-hmac-sha256.v2"},
		"nothing":     {[]any{}, "offers nothing"},
		"wrong type":  {[]any{map[string]any{}}, "offers nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, "!r:x")
			p.undecided()
			p.offers(c.offered...)
			p.say(p.b, p.b.CompareEmoji)
			p.run()
			p.failed(event.VerificationCancelCodeUnknownMethod)
			for _, s := range []*side{p.a, p.b} {
				if n, _ := noticed[Cancelled](s); !strings.Contains(n.Reason, c.words) || !strings.Contains(n.Reason, "too old") {
					t.Errorf("%s hears %q", s.Self.User, n.Reason)
				}
			}
		})
	}
}
