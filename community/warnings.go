package community

import (
	"context"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/sanction"
	"forseti/store"
)

// warn is what follows from a moderator's warning, to be stored together; nothing of one that
// was given before, in an earlier try of the same command.
func (c *consequences) warn(order commands.Change, command id.EventID, at time.Time) (all store.Commit) {
	by := id.UserID(order.Key)
	cause := action.Cause{Kind: action.ByModerator, Moderator: by, Event: command}
	v := c.ledger.Warned(sanction.Offence{Room: order.Room, User: order.User, Cause: cause}, at)
	if !v.Fresh {
		return store.Commit{}
	}
	of := c.cases.begin(store.Case{User: order.User, OpenedBy: by, Reason: order.Value}, caseDetails{Command: command}, at)
	v.Entry.Case = of.Number
	c.ledger.Enter(v.Entry)
	if row, ok := c.cases.enter(finding{Offence: v.Entry.ID, Room: order.Room, User: order.User, Case: of.Number}); ok {
		all.Known.Cases = append(all.Known.Cases, row)
	}
	all.Offences = append(all.Offences, offenceRow(v.Entry, at))
	c.tact.Told(order.User, at)
	all.Open = append(all.Open, action.Action{
		ID: "warning-" + v.Entry.ID, Verb: action.Notify, Room: order.Room, User: order.User, Reason: order.Value, Cause: cause,
		Message: &action.Message{Markdown: c.wording.Words(order.Name, v, order.Value, at)},
	})
	return all
}

// warn warns a user, by a moderator's word. What is stored of it is stored as a whole.
func (p *protectionChanges) warn(ctx context.Context, by run, c commands.Change) error {
	var wanted store.Commit
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	p.loop.See(func() { wanted, err = p.protectors.follows.warn(c, by.command, time.Now()), nil })
	if err != nil {
		return err
	}
	return p.protectors.want(ctx, wanted)
}
