package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"forseti/community/report"
	"forseti/store"
	"forseti/text"
)

// How long the database is left alone before a write is tried again.
const (
	storePause        = time.Second
	longestStorePause = 30 * time.Second
	reasonLength      = 300
)

func databaseProblem() report.Key { return report.Key{Kind: report.Other, Subject: "database"} }

// keep stores what a batch leaves behind. A database that is full, locked or away is
// waited for like a homeserver, with the same batch: what is not written down was not
// taken in, and a program that ends would only be started again.
func (c *Community) keep(ctx context.Context, commit store.Commit) error {
	err := c.store.Commit(ctx, commit)
	if err == nil || !store.Temporary(err) {
		return err
	}
	c.loop.Post(func() { c.problem(databaseProblem(), c.unwritable(err)) })
	for pause := storePause; store.Temporary(err); pause = min(2*pause, longestStorePause) {
		c.log.Error().Err(err).Stringer("pause", pause).Msg("The database cannot be written to; waiting")
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
		err = c.store.Commit(ctx, commit)
	}
	if err == nil {
		c.log.Info().Msg("The database can be written to again")
		c.loop.Post(func() {
			c.report.Problems.Solved(databaseProblem())
			c.tell("I can write to my database again, and go on.")
		})
	}
	return err
}

// unwritable tells moderators why nothing goes on.
func (c *Community) unwritable(err error) string {
	why := "My log says why"
	if trouble, ok := errors.AsType[*store.Trouble](c.store.Account().Explain(err)); ok {
		why = text.Escape(trouble.Text, reasonLength)
	}
	return fmt.Sprintf("I cannot write to my database, and wait until I can. Until then I handle nothing that is new, and lose nothing. For who runs me: %s.", why)
}
