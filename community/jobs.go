package community

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/store"
)

// stretch is how many touched keys are planned before the owner looks at its inbox
// again, some milliseconds' worth.
const stretch = 2000

// pump starts whatever may start now.
func (c *Community) pump(now time.Time) {
	c.runner.Plan(stretch, now)
	c.releaseACLs(now)
	if len(c.acls.rooms) == 0 && len(c.acls.ready) == 0 {
		c.speaker.report.ACLsSettled()
	}
	c.speaker.speak(now)
	c.protectors.tickDue(now)
	// What is stored may be behind what happened while we were away, or what we did
	// just before we went. Nothing starts before the first answer of sync.
	for c.whole() {
		job, ok := c.runner.Next(now)
		if !ok {
			break
		}
		c.try(job)
	}
	if c.begun {
		c.throttle.heldBack(now)
	}
	if c.runner.Idle() {
		for _, idle := range c.whenIdle {
			close(idle)
		}
		c.whenIdle = nil
	}
}

// whole reports whether enough is known to begin: who is to be spared, and every
// list that can be read, for one may exempt whom another bans.
func (c *Community) whole() bool {
	if c.begun || !c.live || !c.management.loaded || len(c.seeking) > 0 {
		return c.begun
	}
	for _, l := range c.lists {
		if !l.loaded && l.trouble == "" {
			return false
		}
	}
	c.begun = true
	return true
}

// enqueue asks for work on keys that something new has touched.
func (c *Community) enqueue(keys []enforce.Key, now time.Time) { c.enqueueAs(keys, enforce.Soon, now) }

func (c *Community) enqueueAs(keys []enforce.Key, u enforce.Urgency, now time.Time) {
	var touched []enforce.Key
	for _, key := range keys {
		if key.Lane == action.ACLLane {
			c.acls.want(key.Room, now)
			continue
		}
		touched = append(touched, key)
	}
	c.runner.Touch(touched, u)
}

// try lets a worker try a job.
func (c *Community) try(job enforce.Job) {
	c.door.try(job, func(t enforce.Attempt) { c.landed(job, t) })
}

// landed takes in how a job ended.
func (c *Community) landed(job enforce.Job, t enforce.Attempt) {
	now := time.Now()
	if t.Lost != nil && c.loop.Context().Err() == nil {
		c.log.Err(t.Lost).Str("verb", string(t.Action.Verb)).Msg("Journal not written")
	}
	switch f := t.Failure; {
	case f == nil:
	case f.Kind == action.Unauthorized:
		c.loop.Stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	case f.Kind == action.RateLimited:
		defer c.throttle.limited(f.Pause(), now)
	default:
		c.log.Warn().Err(f).Str("verb", string(t.Action.Verb)).Stringer("room", t.Action.Room).Msg("Action failed")
	}
	if owner, happened := c.runner.Landed(job, t, now); happened {
		a := t.Action
		a.Cause = owner
		c.believe(a, t.Result, now)
	}
	c.throttle.follow(now)
}

// outcomes hears what becomes of work, and lets everybody know who has to.
type outcomes struct{ c *Community }

var _ enforce.Listener = outcomes{}

// Opened says that somebody wants an action.
func (o outcomes) Opened(a action.Action, now time.Time) {
	if o.c.steps[a.ID] == nil { // else its command tells
		o.c.speaker.report.Opened(a, now)
	}
}

// Ended says how an action ended, before the world takes in what was done.
func (o outcomes) Ended(e action.Ending, now time.Time) {
	c := o.c
	if e.Kind != "" {
		e.Why = explain(&action.Failure{Kind: e.Kind})
	}
	switch e.Fate {
	case action.Done:
		c.log.Info().Str("verb", string(e.Action.Verb)).Stringer("room", e.Action.Room).Str("user", string(e.Action.User)).
			Str("event", string(e.Action.Event)).Str("cause", e.Action.Cause.String()).Msg("Done")
	case action.Refused:
		c.log.Warn().Str("verb", string(e.Action.Verb)).Stringer("room", e.Action.Room).Str("user", string(e.Action.User)).
			Str("why", e.Why).Msg("Not done")
	}
	if wait := c.steps[e.Action.ID]; wait != nil {
		delete(c.steps, e.Action.ID)
		wait <- e
		return
	}
	c.speaker.report.Ended(e, now)
	c.protectors.ended(e)
}

// Hindered says that something stands in the way of work that goes on being tried.
func (o outcomes) Hindered(h action.Hindrance, now time.Time) {
	if wait := o.c.steps[h.Action.ID]; wait != nil {
		// A moderator waits for it, and would rather hear that it does not work now.
		wait <- action.Ending{Action: h.Action, Fate: action.Refused, Kind: h.Kind, Err: errors.New(h.Why)}
		o.c.steps[h.Action.ID] = make(chan action.Ending, 1)
		o.c.runner.Cancel(h.Action, "it did not work", now)
		return
	}
	if h.Tries > 0 { // the homeserver's word, and not what we know ourselves
		h.Why = explain(&action.Failure{Kind: h.Kind})
	}
	o.c.speaker.report.Hindered(h, now)
}

// Freed says that nothing stands in the way any more.
func (o outcomes) Freed(a action.Action, _ time.Time) { o.c.speaker.report.Freed(a) }

// Settle closes a journal entry. Most are settled already, by the attempt.
func (o outcomes) Settle(entry string, outcome action.Outcome) {
	o.c.loop.Later("settle an entry of the journal", func(ctx context.Context) {
		if err := o.c.store.Journal.Settle(ctx, entry, outcome); err != nil && !errors.Is(err, store.ErrNotOpen) && ctx.Err() == nil {
			o.c.log.Err(err).Msg("Journal entry not settled")
		}
	}, nil)
}

// want journals actions that do not follow from state, with evidence of what they
// are about, and then has them carried out. What is asked for in a dry run is not
// journalled: it is told, and nothing is left of it.
func (c *Community) want(ctx context.Context, actions []action.Action, shown ...store.Evidence) error {
	if len(actions) == 0 {
		return nil
	}
	dry := false
	if err := c.loop.Do(ctx, func() {
		dry = c.runner.Dry()
		c.stamp(actions)
	}); err != nil {
		return err
	}
	if !dry {
		commit := store.Commit{Open: actions, Evidence: shown}
		if err := c.commits.Keep(ctx, commit); err != nil {
			return err
		}
		actions = commit.Open
	}
	return c.loop.Do(ctx, func() { c.admit(actions) })
}

// stamp notes of removals which membership they are meant for: who comes back is not
// removed once more.
func (c *Community) stamp(actions []action.Action) {
	for i, a := range actions {
		if room := c.world.Room(a.Room); room != nil && a.Verb.Row().Power == action.KickPower {
			m, _ := room.Member(a.User)
			actions[i].Seen = m.Event
		}
	}
}

// admit has actions carried out that are in the journal, or that a dry run only tells.
func (c *Community) admit(actions []action.Action) {
	now := time.Now()
	for _, a := range actions {
		c.runner.Want(a, now)
	}
}

// step has an action carried out that a command waits for. When ctx ends it is not
// wanted any more.
func (c *Community) step(ctx context.Context, a action.Action, resumed bool) (action.Ending, error) {
	ended := make(chan action.Ending, 1)
	if err := c.loop.Do(ctx, func() {
		c.steps[a.ID] = ended
		if resumed {
			c.runner.Resume(a, true, time.Now()) // it may have been done before the crash
		} else {
			c.runner.Want(a, time.Now())
		}
	}); err != nil {
		return action.Ending{}, err
	}
	select {
	case e := <-ended:
		return e, nil
	case <-ctx.Done():
	}
	cancelled := func() { c.runner.Cancel(a, "it took too long", time.Now()) }
	if err := c.loop.Do(c.loop.Context(), cancelled); err != nil {
		return action.Ending{}, err
	}
	select {
	case e := <-ended: // it may have happened just now
		return e, nil
	default:
		return action.Ending{}, ctx.Err()
	}
}

// noticeBan records which event our ban became.
func (c *Community) noticeBan(evt *event.Event, change rooms.Change, at time.Time, out *store.Commit) {
	if change.Kind != rooms.Membership || change.After.Membership != event.MembershipBan || change.After.Sender != c.self {
		return
	}
	_, ours := c.world.Bans.Of(evt.RoomID, change.User)
	if entry, _, found := c.runner.Claim(evt.RoomID, change.User, at); found {
		out.Located = append(out.Located, store.Located{Entry: entry, Event: evt.ID})
		c.runner.Touch([]enforce.Key{{Lane: action.MemberLane, Room: evt.RoomID, Subject: string(change.User)}}, enforce.Soon)
	} else if ours {
		out.Located = append(out.Located, located(evt.RoomID, change.User, evt.ID))
	}
}

// claimAll finds bans without an answer in a room that was read as a whole.
func (c *Community) claimAll(room id.RoomID, at time.Time) {
	c.runner.ClaimAll(room, at, func(entry string, user id.UserID, evt id.EventID) {
		c.commits.Locate(store.Located{Entry: entry, Event: evt})
		c.runner.Touch([]enforce.Key{{Lane: action.MemberLane, Room: room, Subject: string(user)}}, enforce.Soon)
	})
}

// leaveOpen tells those of a batch's verdicts apart that are journalled: all, unless a
// dry run is on.
func (c *Community) leaveOpen(verdicts []action.Action) (journalled, told []action.Action) {
	c.stamp(verdicts)
	if c.runner.Dry() {
		return nil, slices.Clone(verdicts)
	}
	return verdicts, nil
}
