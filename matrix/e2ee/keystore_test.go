package e2ee

import (
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/id"
)

// reaching is a key that reaches back to an index only.
func reaching(t *testing.T, key *crypto.InboundGroupSession, index uint32) *crypto.InboundGroupSession {
	t.Helper()
	exported, err := key.Internal.Export(index)
	must(t, err)
	internal, err := olm.InboundGroupSessionImport(exported)
	must(t, err)
	cut := *key
	cut.Internal = internal
	return &cut
}

// forged is another key under the name of one.
func forged(t *testing.T, key *crypto.InboundGroupSession) *crypto.InboundGroupSession {
	t.Helper()
	_, other := newKey(t, key.RoomID)
	exported, err := other.Internal.Export(0)
	must(t, err)
	name, err := key.Internal.Export(0)
	must(t, err)
	raw, err := unpadded.Decode(string(exported))
	must(t, err)
	named, err := unpadded.Decode(string(name))
	must(t, err)
	copy(raw[len(raw)-32:], named[len(named)-32:]) // the public key is the name
	internal, err := olm.InboundGroupSessionImport([]byte(base64.RawStdEncoding.EncodeToString(raw)))
	must(t, err)
	fake := *key
	fake.Internal = internal
	return &fake
}

func TestBetterKeyIsKept(t *testing.T) {
	t.Parallel()
	d := newAccount(t).device(t, sqlite(t))
	const room = "!room:example.org"
	from := func(key *crypto.InboundGroupSession, source id.KeySource, by string) *crypto.InboundGroupSession {
		marked := *key
		marked.KeySource, marked.SenderKey = source, id.Curve25519(by)
		marked.ReceivedAt = time.Now()
		return &marked
	}
	mine, other := string(crypto.NewOlmAccount().IdentityKey()), string(crypto.NewOlmAccount().IdentityKey())
	for name, c := range map[string]struct {
		first, then func(key *crypto.InboundGroupSession) *crypto.InboundGroupSession
		refused     error
		source      id.KeySource
		by          string
		index       uint32
		genuine     bool
	}{
		"one that reaches further back replaces it": {
			first: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(reaching(t, k, 5), id.KeySourceBackup, mine)
			},
			then: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(k, id.KeySourceBackup, mine)
			},
			source: id.KeySourceBackup, by: mine, genuine: true,
		},
		"a forged one that claims to does not": {
			first: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(reaching(t, k, 5), id.KeySourceDirect, mine)
			},
			then: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(forged(t, k), id.KeySourceBackup, other)
			},
			refused: errForged, source: id.KeySourceDirect, by: mine, index: 5, genuine: true,
		},
		"the sender's own ousts a forged one": {
			first: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(forged(t, k), id.KeySourceBackup, other)
			},
			then: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(k, id.KeySourceDirect, mine)
			},
			source: id.KeySourceDirect, by: mine, genuine: true,
		},
		"the sender's own vouches for what reaches further back": {
			first: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(k, id.KeySourceBackup, other)
			},
			then: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(reaching(t, k, 5), id.KeySourceDirect, mine)
			},
			source: id.KeySourceDirect, by: mine, genuine: true,
		},
		"another room cannot take it": {
			first: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(k, id.KeySourceDirect, mine)
			},
			then: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				moved := from(k, id.KeySourceDirect, other)
				moved.RoomID = "!other:example.org"
				return moved
			},
			refused: errForged, source: id.KeySourceDirect, by: mine, genuine: true,
		},
		"what the database would not take is refused": {
			first: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(k, id.KeySourceDirect, mine)
			},
			then: func(k *crypto.InboundGroupSession) *crypto.InboundGroupSession {
				return from(k, id.KeySourceDirect, "\x00")
			},
			refused: errMalformed, source: id.KeySourceDirect, by: mine, genuine: true,
		},
	} {
		_, key := newKey(t, room)
		must(t, d.mach.StoreGroupSession(t.Context(), c.first(key)))
		if err := d.mach.StoreGroupSession(t.Context(), c.then(key)); !errors.Is(err, c.refused) {
			t.Errorf("%s: %v", name, err)
		}
		kept := d.stored(key)
		if kept == nil || kept.KeySource != c.source || string(kept.SenderKey) != c.by || kept.Internal.FirstKnownIndex() != c.index || sameKey(kept, key) != c.genuine {
			t.Errorf("%s: kept %+v", name, kept)
		}
	}
}
