package community

import (
	"context"
	"time"
)

// forgetHashes drops what hashed rules were found to stand for that no list has any more,
// after as long as all that is over is kept; for ever if zero.
func (q *queue) forgetHashes(keep time.Duration) {
	var before time.Time
	if keep > 0 {
		before = time.Now().Add(-keep)
	}
	inUse := q.world.ACLs.Hashes()
	q.loop.Later("drop hashes of rules that are gone", func(ctx context.Context) {
		if err := q.hashes.Prune(ctx, inUse, before); err != nil && ctx.Err() == nil {
			q.log.Err(err).Msg("Old hashes not dropped")
		}
	}, nil)
}
