package store

import (
	"context"
	"fmt"
)

// Learn notes which entity a hash of a policy rule (MSC4205) stands for. The hash
// is its 32 raw bytes. It is true for all communities of the account.
func (s *Store) Learn(ctx context.Context, hash, entity string) error {
	_, err := s.db.Exec(ctx, `INSERT INTO learned_hash (hash, entity) VALUES ($1, $2)
		ON CONFLICT (hash) DO UPDATE SET entity = excluded.entity`, []byte(hash), []byte(entity))
	if err != nil {
		return fmt.Errorf("store hash of %s: %w", entity, err)
	}
	return nil
}

// Learned reads all learned entities by hash.
func (s *Store) Learned(ctx context.Context) (map[string]string, error) {
	return pairs[string](ctx, s.db, "read learned hashes", `SELECT hash, entity FROM learned_hash`)
}
