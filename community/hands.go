package community

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/policy"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// hands carry out the plan of one command. They run in a goroutine of their own.
type hands struct {
	c       *Community
	command id.EventID
	resumed bool // after a crash: some of it may be done
}

var _ commands.Hands = hands{}

// errDryRun answers what would change something.
const errDryRun = desk.Sentence("This is a dry run, in which I change nothing. Write `!forseti dry-run off` first")

func refuse(format string, args ...any) error { return desk.Refuse(format, args...) }

// see runs f in the owner goroutine.
func (h hands) see(f func()) { view{h.c}.see(f) }

// Do carries out an action and waits for it, with a few tries.
func (h hands) Do(ctx context.Context, a action.Action, sure bool) (action.Result, error) {
	if e, settled, err := h.settled(ctx, a); settled || err != nil {
		if err != nil {
			return action.Result{}, err
		}
		h.see(func() { h.c.speaker.report.Replies.Rule(h.command, e.Event, time.Now()) })
		return before(e)
	}
	rule, isRule := h.ruleOf(a)
	if !isRule {
		return h.try(ctx, a)
	}
	write := written(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, h.c.opts.Self, "", a.State.Content))
	// Whoever takes away a rule was shown whom that frees.
	if sure || a.Verb == action.RemoveRule {
		if err := h.expect(ctx, write); err != nil {
			return action.Result{}, err
		}
	}
	result, err := h.try(ctx, a)
	if err != nil {
		h.see(func() { h.c.places.following.weigher.unexpect(write) })
		return result, err
	}
	h.see(func() { h.takeOwnRule(a, rule, result.Event) })
	return result, nil
}

// ruleOf gives the rule that an action writes or takes away.
func (h hands) ruleOf(a action.Action) (rule policy.Rule, ok bool) {
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
		h.see(func() {
			for old := range h.c.world.Rules.Rules(a.Room) {
				if old.Kind == kind && old.StateKey == a.State.Key {
					rule = old
				}
			}
		})
	}
	return rule, true
}

// takeOwnRule takes in a rule that we wrote, or blanked, without waiting for its echo.
func (h hands) takeOwnRule(a action.Action, rule policy.Rule, evt id.EventID) {
	c := h.c
	l := c.places.following.lists[a.Room]
	if l == nil || evt == "" {
		return
	}
	now := time.Now()
	if rule.Kind == policy.Server {
		c.speaker.report.Replies.Server(h.command, rule.Entity, a.Verb == action.RemoveRule, now)
	}
	// What follows from it follows from this command, and not from the rule that it replaces.
	c.speaker.report.Replies.Following(h.command, now)
	defer c.speaker.report.Replies.Following("", now)
	c.speaker.report.Replies.Rule(h.command, evt, now)
	if echo := stateEvent(a.Room, a.State.Type.Type, a.State.Key, c.opts.Self, evt, a.State.Content); c.intake.writes.Wrote(echo, now) {
		c.intake.takeState(echo, now, roles{list: l}, c.commits.Next())
	}
	c.queue.acls.asked = c.queue.acls.asked || rule.Kind == policy.Server
}

// try has an action carried out, and waits for it.
func (h hands) try(ctx context.Context, a action.Action) (action.Result, error) {
	if a.ID == "" {
		a.ID = rand.Text()
	}
	e, err := h.c.jobs.step(ctx, a, h.resumed)
	switch {
	case err != nil:
		return action.Result{}, err
	case e.Fate == action.Done:
		return e.Result, nil
	case e.Fate == action.Would:
		return e.Result, errDryRun
	case e.Kind != "":
		return e.Result, failed(a, &action.Failure{Kind: e.Kind, Err: e.Err})
	default:
		return e.Result, refuse("%s", text.Escape(e.Why, text.MostReason))
	}
}

// settled finds what was done, or given up, before a crash. What it changed is in the
// rooms' state, and no news.
func (h hands) settled(ctx context.Context, a action.Action) (e store.Entry, settled bool, err error) {
	if !h.resumed || a.Verb == action.CreateRoom { // of a room that was made, the journal does not say which
		return store.Entry{}, false, nil
	}
	entries, err := h.c.opts.Store.Journal.Entries(ctx, a.ID)
	if err != nil || len(entries) == 0 || entries[0].State == store.EntryOpen {
		return store.Entry{}, false, err
	}
	return entries[0], true, nil
}

// before is what came of an action that was settled before a crash.
func before(e store.Entry) (action.Result, error) {
	if e.State == store.EntryDone {
		return action.Result{Event: e.Event}, nil
	}
	return action.Result{}, refuse("I could not %s before I was stopped: %s", e.Action.Verb.Row().Words.Do, text.Escape(e.Failure, text.MostReason))
}

// failed says why a command's action was not done.
func failed(a action.Action, f *action.Failure) error {
	if errors.Is(f, mautrix.MRoomInUse) {
		return &failure{f, "That address is taken already. Choose another"}
	}
	return &failure{f, "I cannot " + a.Verb.Row().Words.Do + ": " + explain(f)}
}

// failure is an action.Failure in a sentence for moderators.
type failure struct {
	f    *action.Failure
	said string
}

func (e *failure) Error() string    { return e.said }
func (e *failure) Sentence() string { return e.said }
func (e *failure) Unwrap() error    { return e.f }

// Want journals actions, with evidence of what they are about, and puts them to work.
func (h hands) Want(ctx context.Context, actions []action.Action, exhibits []any) error {
	if h.resumed {
		var err error
		if actions, err = h.unknown(ctx, actions); err != nil {
			return err
		}
	}
	var kept []store.Evidence
	for _, e := range exhibits {
		if evidence, ok := e.(store.Evidence); ok {
			kept = append(kept, evidence)
		}
	}
	return h.c.jobs.want(ctx, actions, kept...)
}

// unknown leaves out what is in the journal: it was done, or is at work again already.
func (h hands) unknown(ctx context.Context, actions []action.Action) ([]action.Action, error) {
	ids := make([]string, len(actions))
	for i, a := range actions {
		ids[i] = a.ID
	}
	entries, err := h.c.opts.Store.Journal.Entries(ctx, ids...)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, e := range entries {
		known[e.Action.ID] = true
	}
	return slices.DeleteFunc(actions, func(a action.Action) bool { return known[a.ID] }), nil
}

// lookIn joins a room to read it.
func (c *Community) lookIn(ctx context.Context, room id.RoomID, via []string) error {
	return hands{c: c}.join(ctx, room, via)
}

// join joins a room, unless we are in it.
func (h hands) join(ctx context.Context, room id.RoomID, via []string) error {
	joined := false
	h.see(func() { joined = h.c.places.isIn(room) })
	if joined {
		return nil
	}
	_, err := h.try(ctx, action.Action{Verb: action.Join, Room: room, Via: via, Cause: action.Cause{Kind: action.ByForseti}})
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	me := text.Code(string(h.c.opts.Self))
	switch f.f.Kind {
	case action.Forbidden, action.Gone:
		return refuse("I cannot join that room. Invite %s there, and try again", me)
	case action.Transient:
		// Dendrite answers so for a room that it does not know, or may not enter.
		return refuse("I cannot join that room: the homeserver does not say why. If %s is not invited there, invite it, and try again", me)
	}
	return err
}

// look reads a room's state and waits for it.
func (h hands) look(ctx context.Context, room id.RoomID) error {
	done := make(chan error, 1)
	h.see(func() { h.c.surveying.survey.Look(room, func(err error) { done <- err }) })
	select {
	case err := <-done:
		if err != nil {
			f := action.FailureOf(err)
			return &failure{f, "It is noted, and I cannot read the room yet: " + explain(f)}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
