package community

import (
	"context"
	"errors"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/report"
	"forseti/store"
)

// orders are commands that wait for their turn: one after another, as they were
// given.
type orders struct {
	waiting []store.Command
	running bool
}

// obey queues commands that are in the store.
func (c *Community) obey(given []store.Command) {
	c.orders.waiting = append(c.orders.waiting, given...)
	c.nextOrder()
}

func (c *Community) nextOrder() {
	if !c.live || c.orders.running || len(c.orders.waiting) == 0 {
		return
	}
	order := c.orders.waiting[0]
	c.orders.waiting = c.orders.waiting[1:]
	c.orders.running = true
	c.later(func(ctx context.Context) {
		c.carry(ctx, order)
		c.post(func() {
			c.orders.running = false
			c.nextOrder()
		})
	})
}

// carry carries out one command of somebody who is still a moderator.
func (c *Community) carry(ctx context.Context, order store.Command) {
	moderator := false
	if c.do(ctx, func() { moderator = c.world.Moderator(order.Sender) }) != nil {
		return
	}
	switch {
	case !moderator:
		c.log.Warn().Stringer("sender", order.Sender).Msg("Command of somebody who is no moderator any more")
	case strings.HasPrefix(order.Body, answerMark):
		c.answer(ctx, order)
	default:
		c.carryOut(ctx, order, false)
		return // finished when its answer is posted
	}
	c.finishOrder(ctx, order.Event)
}

func (c *Community) carryOut(ctx context.Context, order store.Command, confirmed bool) {
	if c.do(ctx, func() { c.report.Begin(order.Event, time.Now()) }) != nil {
		return
	}
	answer := c.set.Run(ctx, commands.Request{
		Bot: &desk{c: c, order: order}, Sender: order.Sender, Event: order.Event, Room: order.Room, Confirmed: confirmed,
	}, order.Body)
	if answer.Crash != "" {
		c.log.Error().Str("panic", answer.Crash).Msg("Command broke")
	}
	// What is answered must hold, also after a crash.
	if err := c.flush(ctx); err != nil && ctx.Err() == nil {
		c.log.Err(err).Msg("What a command set is not stored yet")
	}
	if ctx.Err() != nil {
		return // the next start carries it out
	}
	c.post(func() { c.reply(order, answer) })
}

// reply says what came of a command. What it set off is added to the same message
// where that can be.
func (c *Community) reply(order store.Command, a commands.Answer) {
	if a.Ask {
		c.report.Dismiss(order.Event, time.Now())
		c.askCommand(questionDetails{Text: a.Markdown, Line: order.Body, Sender: order.Sender, Command: order.Event}, order.Event)
		c.answered([]id.EventID{order.Event})
		return
	}
	reply := report.Answer{Command: order.Event, Text: a.Markdown}
	if a.Follow != "" {
		reply.Follows = []id.EventID{a.Follow}
	}
	c.report.Answer(reply, time.Now())
}

// answered notes that commands are done with.
func (c *Community) answered(done []id.EventID) {
	for _, command := range done {
		c.later(func(ctx context.Context) { c.finishOrder(ctx, command) })
	}
}

func (c *Community) finishOrder(ctx context.Context, command id.EventID) {
	if err := c.store.FinishCommand(ctx, command); err != nil && !errors.Is(err, store.ErrNotOpen) && ctx.Err() == nil {
		c.log.Err(err).Msg("Command not finished in the store")
	}
}
