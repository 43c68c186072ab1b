package store

import (
	"context"
	"fmt"
)

// Hashes are the entities behind hashed rules.
type Hashes struct{ view }

// Learn notes which entity a hash of a policy rule (MSC4205) stands for. The hash
// is its 32 raw bytes. It is true for all communities of the account.
func (h *Hashes) Learn(ctx context.Context, hash, entity string) error {
	_, err := h.db.Exec(ctx, `INSERT INTO learned_hash (hash, entity) VALUES ($1, $2)
		ON CONFLICT (hash) DO UPDATE SET entity = excluded.entity`, []byte(hash), []byte(entity))
	if err != nil {
		return fmt.Errorf("store hash of %s: %w", entity, err)
	}
	return nil
}

// All reads all learned entities by hash.
func (h *Hashes) All(ctx context.Context) (map[string]string, error) {
	return pairs[string](ctx, h.db, "read learned hashes", `SELECT hash, entity FROM learned_hash`)
}
