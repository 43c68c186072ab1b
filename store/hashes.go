package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hashes are the entities behind hashed rules. They are true for all communities of the
// account.
type Hashes struct{ view }

// mostHashes is how many are kept.
const mostHashes = 50_000

// Learn notes which entity a hash of a policy rule (MSC4205) stands for. The hash
// is its 32 raw bytes.
func (h *Hashes) Learn(ctx context.Context, hash, entity string) error {
	_, err := h.db.Exec(ctx, `INSERT INTO learned_hash (hash, entity, used) VALUES ($1, $2, $3)
		ON CONFLICT (hash) DO UPDATE SET entity = excluded.entity, used = excluded.used`, []byte(hash), []byte(entity), millis(time.Now()))
	if err != nil {
		return fmt.Errorf("store hash of %s: %w", entity, err)
	}
	return nil
}

// All reads all learned entities by hash.
func (h *Hashes) All(ctx context.Context) (map[string]string, error) {
	return pairs[string](ctx, h.db, "read learned hashes", `SELECT hash, entity FROM learned_hash`)
}

// Prune forgets the hashes that no rule has had since a time, be it the zero time for
// none, and of very many those that were of use the longest ago. Those in use are had by
// rules of this community now.
func (h *Hashes) Prune(ctx context.Context, inUse []string, before time.Time) error {
	now := millis(time.Now())
	err := h.write(ctx, func(ctx context.Context) error {
		for chunk := range slices.Chunk(inUse, entryChunk) {
			args, places := []any{now}, make([]string, len(chunk))
			for i, hash := range chunk {
				args, places[i] = append(args, []byte(hash)), fmt.Sprintf("$%d", i+2)
			}
			if _, err := h.db.Exec(ctx, `UPDATE learned_hash SET used = $1 WHERE hash IN (`+strings.Join(places, ", ")+`)`, args...); err != nil {
				return err
			}
		}
		// Of those from before this was noted it begins to count now.
		if _, err := h.db.Exec(ctx, `UPDATE learned_hash SET used = $1 WHERE used = 0`, now); err != nil {
			return err
		}
		if !before.IsZero() {
			if _, err := h.db.Exec(ctx, `DELETE FROM learned_hash WHERE used < $1`, millis(before)); err != nil {
				return err
			}
		}
		_, err := h.db.Exec(ctx, `DELETE FROM learned_hash WHERE hash IN (
			SELECT hash FROM learned_hash ORDER BY used DESC, hash LIMIT $1 OFFSET $2)`, mostHashes, mostHashes)
		return err
	})
	if err != nil {
		return fmt.Errorf("prune learned hashes: %w", err)
	}
	return nil
}
