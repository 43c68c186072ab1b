package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"forseti/commands"
	"forseti/store"
)

// held is a command that waits beside its lane.
type held struct {
	turn   uint64
	cancel context.CancelFunc
}

// waitsForWriting tells whether a command was decided on before a crash and has
// something to do that a dry run holds up. To begin or end one never waits for it.
func waitsForWriting(order store.Command) bool {
	var r recorded
	if order.Plan == nil || json.Unmarshal(order.Plan, &r) != nil || len(r.Plan.Steps) == 0 || r.Carried != nil && len(r.Rest) > 0 {
		return false
	}
	return !slices.ContainsFunc(r.Plan.Steps, func(s commands.Step) bool {
		return s.Change != nil && (s.Change.Kind == commands.DryRunOn || s.Change.Kind == commands.DryRunOff)
	})
}

// hold carries on with a command beside its lane, for as long as the dry run lasts.
func hold(o *orders, l *lane, order given) {
	h := &held{turn: order.turn}
	l.held = append(l.held, h)
	limited, cancel := context.WithCancel(o.loop.Context())
	h.cancel = cancel
	over := func() {
		l.held = slices.DeleteFunc(l.held, func(other *held) bool { return other == h })
		o.nextOrders()
	}
	o.loop.Later("carry out a command", func(context.Context) {
		defer cancel()
		o.carry(limited, order.Command)
		o.loop.Post(over)
	}, func(error) {
		o.abandon(order.Command)
		over()
	})
}

// heldBefore tells whether a command was held by a dry run, and is not done yet, that
// was given before another.
func heldBefore(lanes []lane, other given) bool {
	for i := range lanes {
		if slices.ContainsFunc(lanes[i].held, func(h *held) bool { return h.turn < other.turn }) {
			return true
		}
	}
	return false
}

// letGo gives commands that a dry run held the time that they would have had.
func letGo(lanes []lane) {
	for which := range lanes {
		for _, h := range lanes[which].held {
			time.AfterFunc(laneTime[which], h.cancel)
		}
	}
}
