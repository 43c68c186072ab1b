package e2ee

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"forseti/matrix/e2ee/unpadded"

	"go.mau.fi/util/exsync"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/id"
)

// keyStore decides which keys of rooms are kept. The library asks nobody:
//   - it takes forwarded keys from anyone, and for any room;
//   - it lets one that claims to reach further back replace a good one, and be as
//     trusted as that, though anybody can make one up under the same name;
//   - it marks what somebody forwarded as direct when the sender's own key comes,
//     and throws that away;
//   - it moves a key to another room if somebody who has it sends it for that one.
//
// Checks of this kind in storeGroupSessionInner and importForwardedRoomKey upstream
// would make it superfluous.
type keyStore struct {
	*crypto.SQLCryptoStore
	wanted func(ctx context.Context, forwarded *crypto.InboundGroupSession) bool
	flood  flood
}

// storing marks the context of a key that is about to be stored.
type storing struct{}

// lockKeys is the library's own lock, and marks what goes on under it.
func lockKeys() crypto.MegolmDecryptLock {
	locks := exsync.NewKeyedMutex[id.SessionID]()
	return func(ctx context.Context, session id.SessionID, store bool, do func(context.Context) error) error {
		defer locks.WithLock(session)()
		if store {
			ctx = context.WithValue(ctx, storing{}, true)
		}
		return do(ctx)
	}
}

var (
	errNotWanted = errors.New("nobody asked for this key, or not whom it came from")
	errForged    = errors.New("another key has this name already")
	errMalformed = errors.New("malformed key")
)

// GetGroupSession hides what is there from the library's way of storing a key, so
// that PutGroupSession sees the new one as it came.
func (s *keyStore) GetGroupSession(ctx context.Context, room id.RoomID, session id.SessionID) (*crypto.InboundGroupSession, error) {
	if ctx.Value(storing{}) != nil {
		return nil, nil
	}
	return s.SQLCryptoStore.GetGroupSession(ctx, room, session)
}

// PutGroupSession keeps the better of two keys, if they are the same key.
func (s *keyStore) PutGroupSession(ctx context.Context, fresh *crypto.InboundGroupSession) error {
	if ctx.Value(storing{}) == nil {
		return s.SQLCryptoStore.PutGroupSession(ctx, fresh)
	}
	if !wellFormed(fresh) {
		return errMalformed
	}
	if fresh.KeySource == id.KeySourceForward && !s.wanted(ctx, fresh) {
		return errNotWanted
	}
	others := fresh.KeySource == id.KeySourceDirect && fresh.SourceUser.String() != s.AccountID
	if others && !s.flood.takes(fresh.SourceUser, time.Now()) {
		return errFlood
	}
	known, err := s.known(ctx, fresh.ID())
	if err != nil {
		return err
	}
	if known == nil {
		return s.SQLCryptoStore.PutGroupSession(ctx, fresh)
	}
	direct := fresh.KeySource == id.KeySourceDirect && known.KeySource != id.KeySourceDirect
	switch {
	case known.RoomID != fresh.RoomID:
		return errForged
	case !sameKey(known, fresh) && direct:
		return s.SQLCryptoStore.PutGroupSession(ctx, fresh)
	case !sameKey(known, fresh):
		return errForged
	case fresh.Internal.FirstKnownIndex() < known.Internal.FirstKnownIndex():
		if known.KeySource == id.KeySourceDirect {
			vouch(fresh, known)
		}
		return s.SQLCryptoStore.PutGroupSession(ctx, fresh)
	case direct:
		vouch(known, fresh)
		return s.SQLCryptoStore.PutGroupSession(ctx, known)
	default:
		return nil
	}
}

// vouch marks a key as what another copy of it is known to be.
func vouch(key, by *crypto.InboundGroupSession) {
	key.KeySource, key.SourceUser, key.ForwardingChains = by.KeySource, by.SourceUser, by.ForwardingChains
	key.SenderKey, key.SigningKey = by.SenderKey, by.SigningKey
}

// known is the stored key of a name, whatever room it is for.
func (s *keyStore) known(ctx context.Context, session id.SessionID) (*crypto.InboundGroupSession, error) {
	var room id.RoomID
	err := s.DB.QueryRow(ctx, `SELECT room_id FROM crypto_megolm_inbound_session WHERE account_id = $1 AND session_id = $2 AND session IS NOT NULL`,
		s.AccountID, session).Scan(&room)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for key %s: %w", session, err)
	}
	return s.SQLCryptoStore.GetGroupSession(ctx, room, session)
}

// sameKey reports whether two keys of one name give the same from where both
// reach. The name alone, a public key, says nothing of that.
func sameKey(a, b *crypto.InboundGroupSession) bool {
	at := max(a.Internal.FirstKnownIndex(), b.Internal.FirstKnownIndex())
	one, err := a.Internal.Export(at)
	if err != nil {
		return false
	}
	other, err := b.Internal.Export(at)
	return err == nil && bytes.Equal(one, other)
}

// maxChain is through how many hands a key may have gone.
const maxChain = 16

// wellFormed keeps out what the database would not take.
func wellFormed(key *crypto.InboundGroupSession) bool {
	for _, by := range key.ForwardingChains {
		if !isKey(by) {
			return false
		}
	}
	// Some clients' files of keys do not name the signing key.
	signed := isKey(string(key.SigningKey)) || key.SigningKey == "" && key.KeySource != id.KeySourceDirect
	return isKey(string(key.ID())) && isKey(string(key.SenderKey)) && signed && len(key.ForwardingChains) <= maxChain && plainRoom(key.RoomID)
}

// plainRoom reports whether a room's ID is one that the database takes.
func plainRoom(room id.RoomID) bool {
	text := string(room)
	return text != "" && len(text) <= 255 && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// isKey reports whether a text is 32 bytes in base64.
func isKey(text string) bool {
	raw, err := unpadded.Decode(text)
	return err == nil && len(raw) == 32 && len(text) == 43
}
