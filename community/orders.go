package community

import (
	"context"
	"errors"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
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
		c.ask(questionDetails{Kind: askCommand, Text: a.Markdown, Line: order.Body, Sender: order.Sender, Command: order.Event}, order.Event)
		c.answered(order.Event)
		return
	}
	follow := a.Follow
	if follow == "" {
		follow = order.Event // what it asked for directly
	}
	for _, key := range c.followed(follow) {
		if c.attach(key, head{order.Event, a.Markdown}) {
			return
		}
	}
	if a.Markdown == "" {
		a.Markdown = "Done."
	}
	c.say(a.Markdown, order.Event, func(id.EventID) { c.answered(order.Event) })
}

// followed are the decisions that a command may have led to.
func (c *Community) followed(evt id.EventID) []decisionKey {
	keys := []decisionKey{{kind: "rule", event: evt}, {kind: "moderator", event: evt}}
	if c.serverRule[evt] {
		delete(c.serverRule, evt)
		keys = append(keys, decisionKey{acl: true})
	}
	return keys
}

// answered notes that a command is done with.
func (c *Community) answered(command id.EventID) {
	c.later(func(ctx context.Context) { c.finishOrder(ctx, command) })
}

func (c *Community) finishOrder(ctx context.Context, command id.EventID) {
	if err := c.store.FinishCommand(ctx, command); err != nil && !errors.Is(err, store.ErrNotOpen) && ctx.Err() == nil {
		c.log.Err(err).Msg("Command not finished in the store")
	}
}
