package verify

import (
	"bytes"
	"image/png"
	"testing"

	"forseti/matrix/e2ee/unpadded"

	qr "github.com/piglig/go-qr"
	"maunium.net/go/mautrix/crypto/verificationhelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// shown has b, whose client scans, be asked by a, and gives the code.
func shown(t *testing.T, p *pair) ShowQR {
	t.Helper()
	p.meddle = func(s Send) {
		if s.Type == typePrefix+ready {
			s.Content["methods"] = []any{sas, "m.qr_code.scan.v1", reciprocate}
		}
	}
	p.ask()
	p.run()
	code, ok := noticed[ShowQR](p.a)
	if !ok {
		t.Fatalf("no code: %+v", p.a.notices)
	}
	return code
}

// scan is what a client does that has scanned.
func scan(p *pair, secret []byte) {
	p.a.inbox = append(p.a.inbox, Message{
		Kind: start, From: p.b.Self.User, Room: p.which.Room, Txn: p.which.Txn,
		Content: map[string]any{"from_device": "BDEV", "method": reciprocate, "secret": unpadded.Encode(secret)},
	}, Message{Kind: done, From: p.b.Self.User, Room: p.which.Room, Txn: p.which.Txn})
	for p.step(p.a) {
	}
}

// TestCode holds that what a camera reads off the picture is what another client
// understands.
func TestCode(t *testing.T) {
	p := newPair(t, "")
	code := shown(t, p)
	picture, err := code.PNG()
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	read, err := qr.DecodeDetailed(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Segments) != 1 || !bytes.Equal(read.Segments[0].Bytes, code.Data) {
		t.Fatalf("read %x, want %x", read.Segments, code.Data)
	}
	theirs, err := verificationhelper.NewQRCodeFromBytes(code.Data)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Mode != verificationhelper.QRCodeModeCrossSigning || string(theirs.TransactionID) != p.which.Txn ||
		unpadded.Encode(theirs.Key1[:]) != string(ed("A")) || unpadded.Encode(theirs.Key2[:]) != string(ed("B")) || len(theirs.SharedSecret) < 8 {
		t.Errorf("understood as %+v", theirs)
	}
}

func TestScanned(t *testing.T) {
	p := newPair(t, "!r:x")
	code := shown(t, p)
	scan(p, code.Data[len(code.Data)-16:])
	if _, ok := noticed[Scanned](p.a); !ok {
		t.Fatalf("not told that it was scanned: %+v", p.a.notices)
	}
	if len(p.a.vouched) > 0 {
		t.Fatal("vouched though nobody here confirmed")
	}
	p.say(p.a, p.a.Confirm)
	if _, ok := noticed[Done](p.a); !ok || len(p.a.vouched) != 1 {
		t.Fatalf("%+v", p.a.notices)
	}
	if v := p.a.vouched[0]; v.Master != ed("B") || v.DeviceKey != "" {
		t.Errorf("vouches for %+v: the code proves the identity and nothing else", v)
	}
}

func TestScannedByTheWrongOne(t *testing.T) {
	p := newPair(t, "")
	code := shown(t, p)
	scan(p, code.Data[len(code.Data)-16:])
	p.say(p.a, p.a.Mismatch)
	if c, _ := noticed[Cancelled](p.a); c.Code != event.VerificationCancelCodeKeyMismatch || len(p.a.vouched) > 0 {
		t.Errorf("%+v", p.a.notices)
	}
}

func TestNotTheSecret(t *testing.T) {
	for _, secret := range [][]byte{nil, {1}, make([]byte, 16)} {
		p := newPair(t, "")
		shown(t, p)
		scan(p, secret)
		if c, _ := noticed[Cancelled](p.a); c.Code != event.VerificationCancelCodeKeyMismatch {
			t.Errorf("%x: %+v", secret, p.a.notices)
		}
	}
}

// TestScanUnasked: where no code was shown, the empty secret is not the right one.
func TestScanUnasked(t *testing.T) {
	p := newPair(t, "")
	p.a.Self.Master = ""
	p.ask()
	for p.step(p.b) {
	}
	p.step(p.a)
	p.a.flows[p.which].step = agreed
	scan(p, nil)
	if c, _ := noticed[Cancelled](p.a); c.Code != event.VerificationCancelCodeKeyMismatch {
		t.Errorf("%+v", p.a.notices)
	}
}

// TestNoCode: without both identities there is nothing that a code could prove.
func TestNoCode(t *testing.T) {
	p := newPair(t, "")
	p.a.theirs.Master = ""
	p.meddle = func(s Send) {
		if s.Type == typePrefix+ready {
			s.Content["methods"] = []any{sas, "m.qr_code.scan.v1", reciprocate}
		}
	}
	p.ask()
	p.run()
	if _, ok := noticed[ShowQR](p.a); ok {
		t.Error("shows a code")
	}
	if _, ok := noticed[Compare](p.a); !ok {
		t.Errorf("does not go on with emoji: %+v", p.a.notices)
	}
}

// TestOurOwnDevice: between devices of one account the code carries the other's key.
func TestOurOwnDevice(t *testing.T) {
	p := newPair(t, "")
	p.b.Self.User, p.b.Self.Master = p.a.Self.User, p.a.Self.Master
	p.a.theirs.Master = p.a.Self.Master
	// It cannot ask, as it may be whoever stole the password.
	if _, effects, err := p.b.Ask(p.now, p.a.Self.User, "theirs", []id.DeviceID{"ADEV"}); err != nil || len(effects) != 1 {
		t.Fatal(effects, err)
	} else if got := p.a.Take(p.now, Message{Kind: request, From: p.b.Self.User, Txn: "theirs", Sent: p.now, Content: effects[0].(Send).Content}); got != nil {
		t.Errorf("our own device asked, and was answered: %v", got)
	}
	which, effects, err := p.a.Ask(p.now, p.b.Self.User, "txn", []id.DeviceID{"BDEV"})
	if err != nil || len(effects) != 1 {
		t.Fatal(effects, err)
	}
	p.which = which
	effects = p.a.Take(p.now, Message{Kind: ready, From: p.b.Self.User, Txn: "txn", Content: map[string]any{
		"from_device": "BDEV", "methods": []any{"m.qr_code.scan.v1", reciprocate},
	}})
	p.carry(p.a, effects)
	code, _ := noticed[ShowQR](p.a)
	theirs, err := verificationhelper.NewQRCodeFromBytes(code.Data)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Mode != verificationhelper.QRCodeModeSelfVerifyingMasterKeyTrusted || unpadded.Encode(theirs.Key2[:]) != string(ed("b")) {
		t.Errorf("understood as %+v", theirs)
	}
	scan(p, theirs.SharedSecret)
	p.say(p.a, p.a.Confirm)
	if len(p.a.vouched) != 1 || p.a.vouched[0].DeviceKey != ed("b") || p.a.vouched[0].Master != "" {
		t.Errorf("vouched: %+v", p.a.vouched)
	}
}
