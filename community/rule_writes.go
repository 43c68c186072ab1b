package community

import (
	"context"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/policy"
	"forseti/wire"
)

// ruleWrites are the rules that commands write and take away. They hold as soon as they
// stand in the list, without waiting for their echo.
type ruleWrites struct {
	self    id.UserID
	loop    *loop.Loop
	actions *actions
	agreed  *agreements
	intake  *intake
}

// do carries out an action. If it writes a rule, that is followed at once.
func (w *ruleWrites) do(ctx context.Context, by run, a action.Action, sure bool) (action.Result, error) {
	if e, settled, err := w.actions.settled(ctx, by, a); settled || err != nil {
		if err != nil {
			return action.Result{}, err
		}
		w.loop.See(func() { w.intake.speaker.report.Replies.Rule(by.command, e.Event, time.Now()) })
		return before(e)
	}
	rule, isRule := w.ruleOf(a)
	if !isRule {
		return w.actions.try(ctx, by, a)
	}
	write := written(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, w.self, "", a.State.Content))
	// Whoever takes away a rule was shown whom that frees.
	if sure || a.Verb == action.RemoveRule {
		if err := w.agreed.expect(ctx, write); err != nil {
			return action.Result{}, err
		}
	}
	result, err := w.actions.try(ctx, by, a)
	if err != nil {
		w.loop.See(func() { w.agreed.weigher.unexpect(write) })
		return result, err
	}
	w.loop.See(func() { w.take(by, a, rule, result.Event) })
	return result, nil
}

// ruleOf gives the rule that an action writes or takes away.
func (w *ruleWrites) ruleOf(a action.Action) (rule policy.Rule, ok bool) {
	if a.Verb != action.WriteRule && a.Verb != action.RemoveRule {
		return policy.Rule{}, false
	}
	kind := policy.User
	switch {
	case strings.HasSuffix(a.State.Type.Type, ".server"):
		kind = policy.Server
	case strings.HasSuffix(a.State.Type.Type, ".room"), strings.HasSuffix(a.State.Type.Type, ".room_alias"):
		kind = policy.RoomKind
	}
	rule = policy.Rule{Kind: kind, Entity: wire.Read(a.State.Content).Text("entity")}
	if a.Verb == action.RemoveRule {
		w.loop.See(func() {
			for old := range w.intake.world.Rules.Rules(a.Room) {
				if old.Kind == kind && old.StateKey == a.State.Key {
					rule = old
				}
			}
		})
	}
	return rule, true
}

// take takes in a rule that we wrote, or blanked.
func (w *ruleWrites) take(by run, a action.Action, rule policy.Rule, evt id.EventID) {
	in := w.intake
	l := in.following.lists[a.Room]
	if l == nil || evt == "" {
		return
	}
	now, replies := time.Now(), in.speaker.report.Replies
	if rule.Kind == policy.Server {
		replies.Server(by.command, rule.Entity, a.Verb == action.RemoveRule, now)
	}
	// What follows from it follows from this command, and not from the rule that it replaces.
	replies.Following(by.command, now)
	defer replies.Following("", now)
	replies.Rule(by.command, evt, now)
	if echo := stateEvent(a.Room, a.State.Type.Type, a.State.Key, w.self, evt, a.State.Content); in.writes.Wrote(echo, now) {
		in.takeState(echo, now, roles{list: l}, in.commits.Next())
	}
	in.queue.acls.asked = in.queue.acls.asked || rule.Kind == policy.Server
}
