package community

import (
	"context"

	"forseti/store"
)

// turn waits until no commit is being stored, and keeps others waiting until
// release is called: what is taken first must be stored first.
func (c *Community) turn(ctx context.Context) (release func(), err error) {
	select {
	case c.storing <- struct{}{}:
		return func() { <-c.storing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// flush stores what would go with the next batch, which may be long in coming. The
// owner must not call it.
func (c *Community) flush(ctx context.Context) error {
	release, err := c.turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	var commit store.Commit
	if err := c.loop.Do(ctx, func() { commit, c.extra = c.extra, store.Commit{} }); err != nil {
		return err
	}
	if err := c.store.Commit(ctx, commit); err != nil {
		c.loop.Post(func() { c.extra = merge(commit, c.extra) })
		return err
	}
	return nil
}
