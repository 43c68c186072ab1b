package community

import "context"

// learn stores which servers hashed rules were found to stand for, so that they
// stay shut out when their last member has gone.
func (c *Community) learn() {
	for hash, server := range c.world.ACLs.Unlearned() {
		c.world.ACLs.Learn(hash, server)
		c.loop.Later("store which server a hashed rule stands for", func(ctx context.Context) {
			if err := c.store.Hashes.Learn(ctx, hash, server); err != nil && ctx.Err() == nil {
				c.log.Err(err).Msg("Server of a hashed rule not stored")
			}
		}, nil)
	}
}
