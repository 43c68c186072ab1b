package verify

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"forseti/matrix/e2ee/unpadded"

	qr "github.com/piglig/go-qr"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const reciprocate = "m.reciprocate.v1"

// methods are what we can do, as it goes into messages.
func methods(emoji, code bool) []any {
	var out []any
	if emoji {
		out = append(out, sas)
	}
	if code {
		out = append(out, "m.qr_code.show.v1", reciprocate)
	}
	return out
}

// The modes of codes that we show.
const (
	qrOtherUser = 0x00 // our master key, theirs
	qrOurselves = 0x01 // our master key, which we trust, and the other device's key
)

// qrCode is the content of a code, "QR code format" of the specification.
func qrCode(mode byte, txn string, first, second id.Ed25519, secret []byte) ([]byte, bool) {
	a, errA := unpadded.Decode(string(first))
	b, errB := unpadded.Decode(string(second))
	if errA != nil || errB != nil || len(a) != 32 || len(b) != 32 {
		return nil, false
	}
	out := []byte("MATRIX\x02")
	out = append(out, mode)
	out = binary.BigEndian.AppendUint16(out, uint16(len(txn)))
	out = append(out, txn...)
	out = append(out, a...)
	out = append(out, b...)
	return append(out, secret...), true
}

func newSecret(random io.Reader) ([]byte, error) {
	secret := make([]byte, 16)
	_, err := io.ReadFull(random, secret)
	return secret, err
}

// PNG draws the code, large enough to be scanned from a screen.
func (s ShowQR) PNG() ([]byte, error) {
	code, err := qr.EncodeBinary(s.Data, qr.Low)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return code.ToPNGBytes(qr.NewQrCodeImgConfig(8, 4))
}

// code makes the code for the other side to scan; nil if it cannot, or if one of
// us has no identity that the code could prove.
func (f *flow) code() []byte {
	if f.us.Master == "" || !slices.Contains(f.methods, "m.qr_code.scan.v1") || !slices.Contains(f.methods, reciprocate) {
		return nil
	}
	mode, theirs := byte(qrOtherUser), f.keys.Master
	if f.id.User == f.us.User {
		mode, theirs = qrOurselves, f.keys.Device
	}
	secret, err := newSecret(f.random)
	if err != nil {
		return nil
	}
	code, ok := qrCode(mode, f.id.Txn, f.us.Master, theirs, secret)
	if !ok {
		return nil
	}
	f.secret = secret
	return code
}

// takeScan hears that somebody scanned our code: the secret in it tells that it was
// somebody who saw it.
func (f *flow) takeScan(m Message) {
	if len(f.secret) == 0 || !same(text(m.Content, "secret"), unpadded.Encode(f.secret)) {
		f.fail(event.VerificationCancelCodeKeyMismatch, "not the secret of the code")
		return
	}
	f.start, f.step = m.Content, scanned
	f.do(Scanned{ID: f.id, Device: f.device})
}

// scanProves gives the key that was in the code and that the other side found to
// be its own.
func (f *flow) scanProves() Vouch {
	vouch := Vouch{ID: f.id, Device: f.device, Master: f.keys.Master}
	if f.id.User == f.us.User {
		vouch.Master, vouch.DeviceKey = "", f.keys.Device
	}
	return vouch
}
