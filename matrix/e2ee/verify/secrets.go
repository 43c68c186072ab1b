package verify

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/crypto/canonicaljson"
	"maunium.net/go/mautrix/id"
)

// shortLength is how many bytes emoji are made of. Numbers need five of them.
const shortLength = 6

// party is one side as it enters into what both derive.
type party struct {
	user   id.UserID
	device id.DeviceID
	public string // ephemeral key, unpadded base64
}

// secrets are what both sides share, and nobody else.
type secrets struct {
	shared         []byte
	starter, other party // who sent m.key.verification.start, and who accepted it
	txn            string
	macing         string // macing or oldMACing
}

func newPrivate(random io.Reader) (*ecdh.PrivateKey, error) {
	seed := make([]byte, 32)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("no randomness: %w", err)
	}
	return ecdh.X25519().NewPrivateKey(seed)
}

// publicKey reads an ephemeral key. Keys that would make the secret known to all
// are refused when it is derived, by crypto/ecdh.
func publicKey(s string) (*ecdh.PublicKey, error) {
	raw, err := unpadded.Decode(s)
	if err != nil {
		return nil, err
	}
	return ecdh.X25519().NewPublicKey(raw)
}

// short is what is compared: curve25519-hkdf-sha256 of the specification.
func (s *secrets) short() (out [shortLength]byte, err error) {
	info := strings.Join([]string{
		"MATRIX_KEY_VERIFICATION_SAS",
		string(s.starter.user), string(s.starter.device), s.starter.public,
		string(s.other.user), string(s.other.device), s.other.public,
		s.txn,
	}, "|")
	raw, err := hkdf.Key(sha256.New, s.shared, nil, info, shortLength)
	copy(out[:], raw)
	return out, err
}

// mac is hkdf-hmac-sha256.v2 of the specification, or what came before it.
func (s *secrets) mac(from, to party, keyID, message string) string {
	info := "MATRIX_KEY_VERIFICATION_MAC" + string(from.user) + string(from.device) +
		string(to.user) + string(to.device) + s.txn + keyID
	secret, err := hkdf.Key(sha256.New, s.shared, nil, info, sha256.Size)
	if err != nil {
		return "" // compares equal to nothing
	}
	sum := hmac.New(sha256.New, secret)
	sum.Write([]byte(message))
	if s.macing == oldMACing {
		return inPlace(sum.Sum(nil))
	}
	return unpadded.Encode(sum.Sum(nil))
}

// inPlace is base64 as libolm once wrote it by mistake, and as it is therefore defined
// for the older MAC: into the buffer that it was read from, so that each group spoils
// what the later ones are made of. Six bytes of a MAC of 32 survive. That is more than
// seven emoji hold, and whoever would guess it has one try.
//
// https://spec.matrix.org/v1.16/client-server-api/#mac-calculation
func inPlace(sum []byte) string {
	out := append(sum, make([]byte, base64.RawStdEncoding.EncodedLen(len(sum))-len(sum))...)
	for from, to := 0, 0; from < len(sum); from, to = from+3, to+4 {
		group := bytes.Clone(out[from:min(from+3, len(sum))])
		base64.RawStdEncoding.Encode(out[to:], group)
	}
	return string(out)
}

// commitment binds the side that accepts to an ephemeral key before it sees the
// other's: it is hashed with the start message as that was sent.
func commitment(public string, start map[string]any) (string, error) {
	canonical, err := canonicaljson.Marshal(start)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(public), canonical...))
	return unpadded.Encode(sum[:]), nil
}

// keyList is what the MAC over the list of keys is made of.
func keyList(macs map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(macs)), ",")
}

// same compares what was sent to what it should be, in a time that tells nothing.
func same(sent, wanted string) bool {
	a, errA := unpadded.Decode(sent)
	b, errB := unpadded.Decode(wanted)
	return errors.Join(errA, errB) == nil && len(b) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}
