package community

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/community/report"
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
		w.loop.See(func() { w.name(by, a, e.Event) })
		return before(e)
	}
	if !writesRule(a) {
		return w.actions.try(ctx, by, a)
	}
	write := written(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, w.self, "", a.State.Content))
	// Whoever takes away a rule was shown whom that frees.
	if sure || a.Verb == action.RemoveRule {
		if err := w.agreed.expect(ctx, write); err != nil {
			return action.Result{}, err
		}
	}
	w.loop.See(func() { w.writing(by, a) })
	result, err := w.actions.try(ctx, by, a)
	if err != nil {
		w.loop.See(func() { w.agreed.weigher.unexpect(write) })
		return result, err
	}
	w.loop.See(func() { w.take(by, a, result.Event) })
	return result, nil
}

func writesRule(a action.Action) bool {
	return a.Verb == action.WriteRule || a.Verb == action.RemoveRule
}

// server gives the server that a rule is about which an action writes or takes away.
func server(a action.Action) string {
	if a.State == nil || !strings.HasSuffix(a.State.Type.Type, ".server") {
		return ""
	}
	if a.Cause.Entity != "" { // that of the rule which goes
		return a.Cause.Entity
	}
	return wire.Read(a.State.Content).Text("entity")
}

// exempts tells whether an action writes an exemption, which lets in.
func (w *ruleWrites) exempts(a action.Action, evt id.EventID) bool {
	r, _ := policy.Parse(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, w.self, evt, a.State.Content))
	return r.Recommendation == policy.Exempt
}

// writing has the command's reply tell what follows from what it is about to do, also if sync brings that first.
func (w *ruleWrites) writing(by run, a action.Action) {
	now, replies := time.Now(), w.intake.speaker.report.Replies
	replies.Writing(by.command, entryOf(a), now)
	replies.Lifts(by.command, a.Cause.Rule, now)
	if a.Verb.Row().Direction == action.Loosens {
		moves(replies, by, w.parsed(a, a.Was), false, now)
	} else if a.State != nil {
		moves(replies, by, w.parsed(a, a.State.Content), true, now)
	}
}

// parsed is the rule that stands, or stood, where an action writes.
func (w *ruleWrites) parsed(a action.Action, content json.RawMessage) policy.Rule {
	r, _ := policy.Parse(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, w.self, "$", content))
	return r
}

// moves has a command's reply tell what becomes of those whom a rule frees that comes, or freed or banned that goes: which
// rule of whom hits them then, or made their ban, is not known from it.
func moves(replies *report.Replies, by run, r policy.Rule, comes bool, now time.Time) {
	whom := r.Entity
	switch {
	case whom == "":
		return
	case r.Kind == policy.Server:
		whom = "@*:" + whom
	case r.Kind != policy.User:
		return
	}
	switch exempts := r.Recommendation == policy.Exempt; {
	case exempts == comes: // it exempts from now on, or bans no more
		replies.Frees(by.command, whom, now)
	case exempts:
		replies.Hits(by.command, whom, now)
	}
}

// entryOf is what a rule is about that an action writes; nothing if it writes none.
func entryOf(a action.Action) report.Entry {
	if a.State == nil {
		return report.Entry{}
	}
	return report.Entry{List: a.Room, Entity: wire.Read(a.State.Content).Text("entity")}
}

// name has the command's reply tell what follows from a rule that it wrote, or took away.
func (w *ruleWrites) name(by run, a action.Action, evt id.EventID) {
	now, replies := time.Now(), w.intake.speaker.report.Replies
	replies.Rule(by.command, evt, now)
	if !writesRule(a) {
		return
	}
	replies.Lifts(by.command, a.Cause.Rule, now)
	replies.Server(by.command, server(a), a.Cause.Rule != "" || w.exempts(a, evt), now)
}

// take takes in a rule that we wrote, or blanked.
func (w *ruleWrites) take(by run, a action.Action, evt id.EventID) {
	in := w.intake
	l := in.following.lists[a.Room]
	if l == nil || evt == "" {
		return
	}
	now, replies := time.Now(), in.speaker.report.Replies
	// What follows from it follows from this command, and not from the rule that it replaces.
	replies.Following(by.command, now)
	defer replies.Following("", now)
	w.name(by, a, evt)
	if echo := stateEvent(a.Room, a.State.Type.Type, a.State.Key, w.self, evt, a.State.Content); in.writes.Wrote(echo, now) {
		in.takeState(echo, now, roles{list: l}, in.commits.Next())
	}
	in.queue.acls.asked = in.queue.acls.asked || server(a) != ""
}
