package verify

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// TestSAS holds that in every order of deliveries, starts and answers both sides
// see the same and end up vouching for each other's keys.
func TestSAS(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(t, rapid.SampledFrom([]id.RoomID{"", "!r:x"}).Draw(rt, "room"))
		if rapid.Bool().Draw(rt, "the greater asks") {
			p.a.Self.User, p.b.Self.User = "@z:x", "@b:x"
		}
		p.ask()
		confirmed := map[*side]bool{}
		for range 200 {
			s := rapid.SampledFrom([]*side{p.a, p.b}).Draw(rt, "side")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				if effects, err := s.CompareEmoji(p.now, p.name(s)); err == nil {
					p.carry(s, effects)
				}
			case 1:
				if _, shown := noticed[Compare](s); shown && !confirmed[s] {
					confirmed[s] = true
					p.say(s, s.Confirm)
				}
			default:
				p.step(s)
			}
		}
		p.run()
		for _, s := range []*side{p.a, p.b} {
			if !confirmed[s] {
				p.say(s, s.Confirm)
				p.run()
			}
		}
		p.verified()
		a, _ := noticed[Compare](p.a)
		b, _ := noticed[Compare](p.b)
		if !reflect.DeepEqual(a.Emoji, b.Emoji) || !reflect.DeepEqual(a.Numbers, b.Numbers) || len(a.Emoji) != 7 || len(a.Numbers) != 3 {
			t.Errorf("%v %v, other side %v %v", a.Emoji, a.Numbers, b.Emoji, b.Numbers)
		}
	})
}

// compared brings a pair to where both are shown emoji.
func compared(t *testing.T) *pair {
	t.Helper()
	p := newPair(t, "")
	p.ask()
	p.run()
	for _, s := range []*side{p.a, p.b} {
		if _, ok := noticed[Compare](s); !ok {
			t.Fatalf("%s is not shown emoji: %+v", s.Self.User, s.notices)
		}
	}
	return p
}

// TestDoneOvertakesMAC: some clients send both at once, and the homeserver may turn
// them round.
func TestDoneOvertakesMAC(t *testing.T) {
	p := compared(t)
	p.say(p.a, p.a.Confirm)
	p.say(p.b, p.b.Confirm)
	p.step(p.b) // takes a's MAC, and is done
	if len(p.a.inbox) != 2 || p.a.inbox[0].Kind != mac || p.a.inbox[1].Kind != done {
		t.Fatalf("for a there is %+v", p.a.inbox)
	}
	slices.Reverse(p.a.inbox)
	p.run()
	p.verified()
}

func TestMismatch(t *testing.T) {
	p := compared(t)
	p.say(p.a, p.a.Mismatch)
	p.run()
	p.failed(event.VerificationCancelCodeSASMismatch)
	if c, _ := noticed[Cancelled](p.b); !c.ByThem {
		t.Error("b does not know that it was a who cancelled")
	}
	if _, err := p.a.Confirm(p.now, p.which); err != ErrUnknown {
		t.Errorf("confirmed afterwards: %v", err)
	}
}

// TestMismatchAfterTheirWord: that they have confirmed is worth nothing if we say no.
func TestMismatchAfterTheirWord(t *testing.T) {
	p := compared(t)
	p.say(p.b, p.b.Confirm)
	p.run()
	if len(p.a.vouched)+len(p.b.vouched) > 0 {
		t.Fatal("vouched before both confirmed")
	}
	p.say(p.a, p.a.Mismatch)
	p.run()
	p.failed(event.VerificationCancelCodeSASMismatch)
}

func TestCancel(t *testing.T) {
	p := compared(t)
	effects, err := p.b.Cancel(p.now, p.name(p.b), "not now")
	if err != nil {
		t.Fatal(err)
	}
	p.carry(p.b, effects)
	p.run()
	p.failed(event.VerificationCancelCodeUser)
	if c, _ := noticed[Cancelled](p.a); !c.ByThem || c.Reason != "not now" {
		t.Errorf("a knows %+v", c)
	}
}

func TestSigningFails(t *testing.T) {
	p := compared(t)
	p.a.refuse = true
	p.say(p.b, p.b.Confirm)
	p.say(p.a, p.a.Confirm)
	if _, done := noticed[Done](p.a); done {
		t.Error("done though it could not be signed")
	}
}

// TestHomeserverLies: whoever sits between the two is found out, whatever it lies
// about.
func TestHomeserverLies(t *testing.T) {
	swapKey := func(s Send) {
		if s.Type == typePrefix+key {
			private, _ := newPrivate(strings.NewReader(strings.Repeat("m", 32)))
			s.Content["key"] = unpadded.Encode(private.PublicKey().Bytes())
		}
	}
	tests := map[string]struct {
		lie  func(p *pair)
		code event.VerificationCancelCode
	}{
		"ephemeral keys": {func(p *pair) { p.meddle = swapKey }, event.VerificationCancelCodeCommitmentMismatch},
		"start": {func(p *pair) {
			p.meddle = func(s Send) {
				if s.Type == typePrefix+start {
					s.Content["extra"] = "x"
				}
			}
		}, event.VerificationCancelCodeCommitmentMismatch},
		"device key of a":  {func(p *pair) { p.b.theirs.Device = ed("m") }, event.VerificationCancelCodeKeyMismatch},
		"device key of b":  {func(p *pair) { p.a.theirs.Device = ed("m") }, event.VerificationCancelCodeKeyMismatch},
		"no device":        {func(p *pair) { p.a.theirs = Keys{} }, event.VerificationCancelCodeKeyMismatch},
		"MAC of their key": {func(p *pair) { p.meddle = spoil("mac") }, event.VerificationCancelCodeKeyMismatch},
		"MAC of the list":  {func(p *pair) { p.meddle = spoil("keys") }, event.VerificationCancelCodeKeyMismatch},
		"key left out":     {func(p *pair) { p.meddle = spoil("left out") }, event.VerificationCancelCodeKeyMismatch},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, "")
			test.lie(p)
			p.ask()
			p.run()
			for _, s := range []*side{p.a, p.b} {
				if effects, err := s.Confirm(p.now, p.name(s)); err == nil {
					p.carry(s, effects)
					p.run()
				}
			}
			if c, ok := noticed[Cancelled](p.a); !ok || c.Code != test.code {
				t.Errorf("%+v, want %s", p.a.notices, test.code)
			}
			for _, s := range []*side{p.a, p.b} {
				for _, v := range s.vouched {
					if v.DeviceKey == ed("m") || v.Master == ed("m") {
						t.Errorf("%s vouches for the liar", s.Self.User)
					}
				}
			}
		})
	}
}

func spoil(what string) func(Send) {
	return func(s Send) {
		if s.Type != typePrefix+mac {
			return
		}
		each := s.Content["mac"].(map[string]any)
		for name := range each {
			switch {
			case what == "mac":
				each[name] = unpadded.Encode(make([]byte, 32))
			case what == "left out" && len(name) < 20: // the device, not the identity
				delete(each, name)
			}
		}
		if what == "keys" {
			s.Content["keys"] = unpadded.Encode(make([]byte, 32))
		}
	}
}

// TestMasterKeyLie: an identity that their device does not confirm is not vouched
// for, though the device is.
func TestMasterKeyLie(t *testing.T) {
	p := newPair(t, "")
	p.a.theirs.Master = ed("m")
	p.ask()
	p.run()
	p.say(p.a, p.a.Confirm)
	p.say(p.b, p.b.Confirm)
	p.run()
	if len(p.a.vouched) != 1 || p.a.vouched[0].Master != "" || p.a.vouched[0].DeviceKey != ed("b") {
		t.Errorf("vouched: %+v", p.a.vouched)
	}
}

// TestIdentityNamedLikeDevice: a device whose ID is the master key cannot make its
// own key pass for the identity.
func TestIdentityNamedLikeDevice(t *testing.T) {
	p := newPair(t, "")
	p.b.Self.Device = id.DeviceID(ed("m"))
	p.a.theirs.Master = ed("m")
	p.ask()
	p.run()
	p.say(p.b, p.b.Confirm)
	p.say(p.a, p.a.Confirm)
	p.run()
	if len(p.a.vouched) != 1 || p.a.vouched[0].Master != "" {
		t.Errorf("vouched: %+v", p.a.vouched)
	}
}

// TestLowOrderKey: with such a key the secret is the same for everybody.
func TestLowOrderKey(t *testing.T) {
	p := newPair(t, "")
	p.meddle = func(s Send) {
		if s.Type == typePrefix+key {
			s.Content["key"] = unpadded.Encode(make([]byte, 32))
		}
	}
	p.ask()
	p.run()
	for _, s := range []*side{p.a, p.b} {
		if _, ok := noticed[Compare](s); ok {
			t.Errorf("%s compares over a known secret", s.Self.User)
		}
	}
}

// TestWhatIsCompared holds the 6-bit and 13-bit groups against other arithmetic: a
// digit of base64 is one emoji.
func TestWhatIsCompared(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	rapid.Check(t, func(rt *rapid.T) {
		var short [shortLength]byte
		copy(short[:], rapid.SliceOfN(rapid.Byte(), shortLength, shortLength).Draw(rt, "short"))
		digits := base64.StdEncoding.EncodeToString(short[:])
		for i, got := range emojiOf(short) {
			if want := emoji[strings.IndexByte(alphabet, digits[i])]; got != want {
				t.Fatalf("emoji %d of %x is %v, want %v", i, short, got, want)
			}
		}
		bits := fmt.Sprintf("%048b", new(big.Int).SetBytes(short[:]))
		for i, got := range numbersOf(short) {
			want, _ := new(big.Int).SetString(bits[13*i:13*i+13], 2)
			if got != int(want.Int64())+1000 {
				t.Fatalf("number %d of %x is %d, want %d", i, short, got, want.Int64()+1000)
			}
		}
	})
	if len(emoji) != 64 || emoji[0].Name != "Dog" || emoji[63].Name != "Pin" {
		t.Error("the table has changed")
	}
}
