package verify

import (
	"crypto/ecdh"
	"fmt"
	"slices"
	"strings"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/event"
)

// The names of the one suite that we know. All clients do, but for the way of proving
// keys: some, such as nheko on Debian 12, know only what came before, and get it if
// they offer nothing newer. Neither side can be brought down to it by who sits between
// them, as the offer enters into what is compared.
const (
	sas         = "m.sas.v1"
	agreement   = "curve25519-hkdf-sha256"
	hashing     = "sha256"
	macing      = "hkdf-hmac-sha256.v2"
	oldMACing   = "hkdf-hmac-sha256"
	showEmoji   = "emoji"
	showNumbers = "decimal"
)

// comparison is what comparing emoji needs.
type comparison struct {
	ourStart  bool     // the start that counts is ours
	shows     []string // of emoji and decimal
	private   *ecdh.PrivateKey
	committed string // what their key must hash to
	macing    string // how keys are proven
	secrets   *secrets
	macs      *macs
	proven    *Vouch // what their MAC proves
	confirmed bool
}

// macs are what the other side says of its keys.
type macs struct {
	list string // of the list of key IDs
	each map[string]string
}

func (f *flow) startSAS() {
	f.start = f.send(start, map[string]any{
		"from_device":                  string(f.us.Device),
		"method":                       sas,
		"key_agreement_protocols":      []any{agreement},
		"hashes":                       []any{hashing},
		"message_authentication_codes": []any{macing, oldMACing},
		"short_authentication_string":  []any{showNumbers, showEmoji},
	})
	f.ourStart, f.step = true, started
}

// acceptSAS answers their start with a promise of our key.
func (f *flow) acceptSAS(m Message) {
	f.shows = shows(texts(m.Content, "short_authentication_string"))
	f.macing = choice(texts(m.Content, "message_authentication_codes"), macing, oldMACing)
	if lacks := lacking(m); lacks != "" {
		f.fail(event.VerificationCancelCodeUnknownMethod, lacks)
		return
	}
	if !f.newKey() {
		return
	}
	promise, err := commitment(f.public(), m.Content)
	if err != nil {
		f.invalid(m)
		return
	}
	f.start, f.ourStart, f.step = m.Content, false, accepted
	f.send(accept, map[string]any{
		"key_agreement_protocol":      agreement,
		"hash":                        hashing,
		"message_authentication_code": f.macing,
		"short_authentication_string": f.shows,
		"commitment":                  promise,
	})
}

// lacking says what a start offers too little of; "" if nothing. Both sides read it.
func lacking(start Message) string {
	for _, need := range []struct {
		field string
		known []string
	}{
		{"key_agreement_protocols", []string{agreement}},
		{"hashes", []string{hashing}},
		{"message_authentication_codes", []string{macing, oldMACing}},
		{"short_authentication_string", []string{showEmoji, showNumbers}},
	} {
		offered := texts(start.Content, need.field)
		if choice(offered, need.known...) != "" {
			continue
		}
		only := "nothing"
		if len(offered) > 0 {
			only = "only " + strings.Join(offered[:min(len(offered), 5)], ", ")
		}
		return fmt.Sprintf("the client that began is too old: of %s it offers %s, and not %s", need.field, only, strings.Join(need.known, " or "))
	}
	return ""
}

// choice is the first of what we know that is offered, "" if none is.
func choice(offered []string, known ...string) string {
	for _, one := range known {
		if slices.Contains(offered, one) {
			return one
		}
	}
	return ""
}

// shows keeps what we can show too.
func shows(theirs []string) []string {
	return slices.DeleteFunc(theirs, func(s string) bool { return s != showEmoji && s != showNumbers })
}

func (f *flow) newKey() bool {
	private, err := newPrivate(f.random)
	if err != nil {
		f.fail(event.VerificationCancelCodeUser, "no key could be made")
		return false
	}
	f.private = private
	return true
}

func (f *flow) public() string { return unpadded.Encode(f.private.PublicKey().Bytes()) }

func (f *flow) takeAccept(m Message) {
	switch {
	case f.ourStart && f.step > started:
		return
	case f.step != started:
		f.unexpected(m)
		return
	}
	f.shows = shows(texts(m.Content, "short_authentication_string"))
	f.committed = text(m.Content, "commitment")
	f.macing = choice([]string{text(m.Content, "message_authentication_code")}, macing, oldMACing)
	if text(m.Content, "key_agreement_protocol") != agreement || text(m.Content, "hash") != hashing ||
		f.macing == "" || len(f.shows) == 0 || f.committed == "" {
		f.fail(event.VerificationCancelCodeUnknownMethod, "what was chosen was not offered")
		return
	}
	if f.newKey() {
		f.step = accepted
		f.send(key, map[string]any{"key": f.public()})
	}
}

func (f *flow) takeKey(m Message) {
	switch {
	case f.step == comparing, f.step == vouching:
		return
	case f.step != accepted:
		f.unexpected(m)
		return
	}
	theirs, err := publicKey(text(m.Content, "key"))
	if err != nil {
		f.invalid(m)
		return
	}
	us := party{f.us.User, f.us.Device, f.public()}
	them := party{f.id.User, f.device, unpadded.Encode(theirs.Bytes())}
	s := &secrets{starter: them, other: us, txn: f.id.Txn, macing: f.macing}
	if f.ourStart {
		s.starter, s.other = us, them
		promised, err := commitment(them.public, f.start)
		if err != nil || !same(f.committed, promised) {
			f.fail(event.VerificationCancelCodeCommitmentMismatch, "the key is not the one that was promised")
			return
		}
	}
	// Fails on keys that would make the secret one that everybody knows.
	if s.shared, err = f.private.ECDH(theirs); err != nil {
		f.invalid(m)
		return
	}
	short, err := s.short()
	if err != nil {
		f.invalid(m)
		return
	}
	if !f.ourStart {
		f.send(key, map[string]any{"key": us.public})
	}
	f.secrets, f.step = s, comparing
	compare := Compare{ID: f.id, Device: f.device}
	if slices.Contains(f.shows, showEmoji) {
		compare.Emoji = emojiOf(short)
	}
	if slices.Contains(f.shows, showNumbers) {
		compare.Numbers = numbersOf(short)
	}
	f.do(compare)
}

// sides gives ourselves and the other side as they enter into MACs.
func (f *flow) sides() (us, them party) {
	if f.ourStart {
		return f.secrets.starter, f.secrets.other
	}
	return f.secrets.other, f.secrets.starter
}

// sendMAC says which keys are ours, in a way that only who shares the secret can.
func (f *flow) sendMAC() {
	us, them := f.sides()
	keys := map[string]string{keyID(string(f.us.Device)): string(f.us.DeviceKey)}
	if f.us.Master != "" {
		keys[keyID(string(f.us.Master))] = string(f.us.Master)
	}
	each := make(map[string]any, len(keys))
	for name, value := range keys {
		each[name] = f.secrets.mac(us, them, name, value)
	}
	list := f.secrets.mac(us, them, "KEY_IDS", keyList(keys))
	f.send(mac, map[string]any{"mac": each, "keys": list})
}

func (f *flow) takeMAC(m Message) {
	switch {
	case f.step == vouching, f.macs != nil:
		return
	case f.step != comparing:
		f.unexpected(m)
		return
	}
	content, _ := m.Content["mac"].(map[string]any)
	f.macs = &macs{list: text(m.Content, "keys"), each: map[string]string{}}
	for name := range content {
		f.macs.each[name] = text(content, name)
	}
	if len(content) == 0 || len(content) > 50 {
		f.invalid(m)
		return
	}
	f.progress()
}

// progress goes as far as what is there allows: both MACs, their keys, and our
// word, in any order.
func (f *flow) progress() {
	if f.step != comparing || f.macs == nil || f.keys == nil {
		return
	}
	if f.proven == nil && !f.prove() {
		f.fail(event.VerificationCancelCodeKeyMismatch, "the keys are not those that the homeserver gave")
		return
	}
	if f.confirmed {
		f.step = vouching
		f.do(*f.proven)
	}
}

// prove checks their MACs against the keys that we know. Those of keys that we do
// not know prove nothing either way.
func (f *flow) prove() bool {
	us, them := f.sides()
	if !same(f.macs.list, f.secrets.mac(them, us, "KEY_IDS", keyList(f.macs.each))) {
		return false
	}
	proves := func(name, value string) (listed, right bool) {
		sent, listed := f.macs.each[keyID(name)]
		return listed, listed && same(sent, f.secrets.mac(them, us, keyID(name), value))
	}
	if _, right := proves(string(f.device), string(f.keys.Device)); !right {
		return false
	}
	vouch := Vouch{ID: f.id, Device: f.device, DeviceKey: f.keys.Device}
	if f.keys.Master != "" {
		listed, right := proves(string(f.keys.Master), string(f.keys.Master))
		if listed && !right {
			return false
		}
		if right {
			vouch.Master = f.keys.Master
		}
	}
	f.proven = &vouch
	return true
}

func keyID(name string) string { return "ed25519:" + name }
