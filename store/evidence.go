package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Evidence is a message that was acted on, as it was when it was.
type Evidence struct {
	Event   id.EventID      `json:"-"`
	Room    id.RoomID       `json:"room"`
	Sender  id.UserID       `json:"sender"`
	Sent    int64           `json:"sent"` // ms, by the sender's clock
	Type    string          `json:"type"`
	Content json.RawMessage `json:"content"` // in clear
	Secret  bool            `json:"secret"`  // it was encrypted in its room
	Kept    time.Time       `json:"-"`       // since when; filled in on reading
}

// ErrNoKey is returned for evidence without a key to seal it.
var ErrNoKey = errors.New("the store has no key")

// UseKey sets what evidence is encrypted with. Without a key none is kept.
func (d *Database) UseKey(key []byte) error {
	// A key of its own, so that neither use of the one key helps to break the other.
	derived, err := hkdf.Key(sha256.New, key, nil, "forseti evidence", 32)
	if err != nil {
		return fmt.Errorf("key of the evidence: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return fmt.Errorf("key of the evidence: %w", err)
	}
	d.seal, err = cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return fmt.Errorf("key of the evidence: %w", err)
	}
	return nil
}

// SealedEvidence are messages that were acted on, which only who has the key can read.
type SealedEvidence struct {
	view
	account *Database // which has the key
}

// put seals evidence to its event, and keeps what there is already: the
// first look at a message is the best.
func (s *SealedEvidence) put(ctx context.Context, e Evidence) error {
	if s.account.seal == nil {
		return nil
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return nil // content that is no JSON shows nothing
	}
	_, err = s.db.Exec(ctx, `INSERT INTO evidence (community, event_id, sealed, kept) VALUES ($1, $2, $3, $4)
		ON CONFLICT (community, event_id) DO NOTHING`, s.community, []byte(e.Event), s.account.seal.Seal(nil, nil, raw, []byte(e.Event)), millis(time.Now()))
	if err != nil {
		return fmt.Errorf("keep evidence of %s: %w", e.Event, err)
	}
	return nil
}

// Of returns what is kept of a message; false if nothing is.
func (s *SealedEvidence) Of(ctx context.Context, evt id.EventID) (Evidence, bool, error) {
	if s.account.seal == nil {
		return Evidence{}, false, ErrNoKey
	}
	var sealed []byte
	var kept int64
	err := s.db.QueryRow(ctx, `SELECT sealed, kept FROM evidence WHERE community = $1 AND event_id = $2`, s.community, []byte(evt)).Scan(&sealed, &kept)
	if errors.Is(err, sql.ErrNoRows) {
		return Evidence{}, false, nil
	}
	if err != nil {
		return Evidence{}, false, fmt.Errorf("read evidence of %s: %w", evt, err)
	}
	raw, err := s.account.seal.Open(nil, nil, sealed, []byte(evt))
	if err != nil {
		return Evidence{}, false, fmt.Errorf("evidence of %s was sealed with another key, or changed since: %w", evt, err)
	}
	e := Evidence{Event: evt, Kept: moment(kept)}
	if err := json.Unmarshal(raw, &e); err != nil {
		return Evidence{}, false, fmt.Errorf("evidence of %s: %w", evt, err)
	}
	return e, true, nil
}

// Drop forgets what was kept before a time.
func (s *SealedEvidence) Drop(ctx context.Context, before time.Time) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM evidence WHERE community = $1 AND kept < $2`, s.community, millis(before)); err != nil {
		return fmt.Errorf("drop old evidence: %w", err)
	}
	return nil
}
