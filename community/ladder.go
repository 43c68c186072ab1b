package community

import (
	"context"
	"fmt"

	"forseti/commands"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// ladderKey is where what the community set of the ladder is kept, among what moderators set
// about the whole bot.
const ladderKey = "ladder"

func ladderProblem() report.Key { return report.Key{Kind: report.Protection, Subject: "ladder"} }

// loadLadder takes up how the community has the ladder. What does not fit any more is said,
// and the usual ladder holds: it is the one that most have.
func (c *consequences) loadLadder(ctx context.Context, settings *store.Settings) error {
	var written map[string]string
	if _, err := settings.Read(ctx, modeNamespace, ladderKey, &written); err != nil {
		return err
	}
	l, err := sanction.ParseLadder(written)
	if err != nil {
		c.speaker.problem(ladderProblem(), fmt.Sprintf("How the ladder was set does not fit this version, so it is as usual: %s. %s shows it.", err, text.Code("!forseti ladder")))
		return nil
	}
	c.ledger.Ladder = l
	return nil
}

// setLadder changes a setting of it.
func (c *consequences) setLadder(name, value string) error {
	l, err := c.ledger.Ladder.With(name, value)
	if err != nil {
		return refuse("That does not fit: %s", err)
	}
	c.useLadder(l)
	return nil
}

// useLadder has a ladder hold.
func (c *consequences) useLadder(l sanction.Ladder) {
	c.ledger.Ladder = l
	c.speaker.report.Problems.Solved(ladderProblem())
	c.commits.Setting(modeNamespace, ladderKey, l.Written())
}

// ladderDesk shows how the community has the ladder.
type ladderDesk struct {
	loop    *loop.Loop
	follows *consequences
}

var _ commands.LadderDesk = ladderDesk{}

// Ladder is what holds.
func (d ladderDesk) Ladder() sanction.Ladder {
	l := sanction.Usual()
	d.loop.See(func() { l = d.follows.ledger.Ladder })
	return l
}
