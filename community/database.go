package community

import (
	"errors"
	"fmt"

	"forseti/community/report"
	"forseti/store"
	"forseti/text"
)

const reasonLength = 300

func databaseProblem() report.Key { return report.Key{Kind: report.Other, Subject: "database"} }

// tellDatabase tells moderators when nothing can be stored.
func (c *Community) tellDatabase() {
	c.commits.Waits = func(err error) { c.speaker.problem(databaseProblem(), c.unwritable(err)) }
	c.commits.Goes = func() {
		c.speaker.report.Problems.Solved(databaseProblem())
		c.speaker.tell("I can write to my database again, and go on.")
	}
}

// unwritable tells moderators why nothing goes on.
func (c *Community) unwritable(err error) string {
	why := "My log says why"
	if trouble, ok := errors.AsType[*store.Trouble](c.opts.Store.Account().Explain(err)); ok {
		why = text.Escape(trouble.Text, reasonLength)
	}
	return fmt.Sprintf("I cannot write to my database, and wait until I can. Until then I handle nothing that is new, and lose nothing. For who runs me: %s.", why)
}
