package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/enforce"
	"forseti/store"
)

// request is an action that somebody asked for and that does not follow from the
// rooms' state: a redaction, a kick. It is journalled.
type request struct {
	action action.Action
}

// pump starts whatever may start now.
func (c *Community) pump(now time.Time) {
	c.releaseACLs(now)
	if len(c.acls.rooms) == 0 {
		c.report.ACLsSettled(now)
	}
	c.speak(now)
	c.protectors.tickDue(now)
	// What is stored may be behind what happened while we were away, or what we did
	// just before we went. Nothing starts before the first answer of sync.
	for c.whole() {
		key, ok := c.queue.Next(now)
		if !ok {
			break
		}
		c.start(key, now)
	}
	if c.queue.Len() == 0 {
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
func (c *Community) enqueue(keys []enforce.Key, now time.Time) {
	for _, key := range keys {
		if key.Lane == action.ACLLane {
			c.acls.want(key.Room, now)
			continue
		}
		p := c.planFor(key, now)
		if p.Action.Verb == "" {
			continue
		}
		if p.Wanted() {
			c.expect(key, p.Action, now)
		}
		c.queue.Renew(key, now)
	}
}

// planFor prefers what was asked for to what follows from the rules.
func (c *Community) planFor(key enforce.Key, now time.Time) enforce.Plan {
	r := c.wanted[key]
	if r == nil {
		return c.world.Plan(key, now)
	}
	if c.pointless(r.action) {
		return enforce.Plan{}
	}
	return enforce.Plan{Action: r.action}
}

// pointless reports whether the room is already as the action would make it.
func (c *Community) pointless(a action.Action) bool {
	if a.Verb == action.Redact {
		return c.redacted.has(a.Event)
	}
	room := c.world.Room(a.Room)
	if room == nil {
		return false
	}
	m, _ := room.Member(a.User)
	switch a.Verb {
	case action.Ban:
		return m.Membership == "ban"
	case action.Unban:
		return m.Membership != "ban"
	case action.Kick:
		return !m.Present()
	default:
		return false
	}
}

// start plans a key anew, passes the guards, and lets a worker try the action.
func (c *Community) start(key enforce.Key, now time.Time) {
	p := c.planFor(key, now)
	a := p.Action
	switch {
	case a.Verb == "":
		c.freed(key)
		outcome, f := c.happened(key), action.Dropped
		if outcome != nil {
			f = action.Done
		}
		c.finish(key, outcome, f, now)
		if outcome != nil {
			c.enqueue([]enforce.Key{key}, now) // its rule may be gone since
		}
		return
	case !p.Blocked.OK():
		c.blocked(a, p.Blocked.String(), now)
		c.ended(key, action.Ending{Action: a, Fate: action.Refused, Why: p.Blocked.String()}, now)
		c.finish(key, nil, action.Refused, now)
		return
	}
	if err := c.world.Guard(a); err != nil {
		c.ended(key, action.Ending{Action: a, Fate: action.Refused, Why: err.Error()}, now)
		c.finish(key, &action.Outcome{Done: true, Failure: err.Error()}, action.Refused, now)
		return
	}
	if c.dry && c.dryDone[key] == a.Cause && c.wanted[key] == nil {
		c.finish(key, nil, action.Would, now)
		return
	}
	if t, ok := c.tries[key]; ok && t.Verb == a.Verb && a.ID == "" {
		a.ID = t.ID
	}
	door, merged := c.door, c.mergedManaged(a, p)
	if merged != nil {
		// The answer may be lost and the ACL be set all the same.
		c.world.SetManaged(a.Room, merged)
	}
	c.later(func(ctx context.Context) {
		if merged != nil {
			// Written first: after a crash in between, entries must not be taken for
			// somebody else's and kept for ever.
			if err := c.store.SetSetting(ctx, aclNamespace, string(a.Room), merged); err != nil {
				c.post(func() { c.landed(key, p, enforce.Attempt{Action: a, Failure: action.FailureOf(err), Lost: err}) })
				return
			}
		}
		attempt := enforce.Execute(ctx, c.store, door, a)
		if merged != nil && attempt.Failure == nil && !attempt.Result.Dry {
			if err := c.store.SetSetting(ctx, aclNamespace, string(a.Room), p.Managed); err != nil {
				c.log.Err(err).Msg("Managed ACL entries not stored")
			}
		}
		c.post(func() { c.landed(key, p, attempt) })
	})
}

// landed takes in how an attempt ended.
func (c *Community) landed(key enforce.Key, p enforce.Plan, t enforce.Attempt) {
	now := time.Now()
	if t.Lost != nil && c.ctx.Err() == nil {
		c.log.Err(t.Lost).Str("verb", string(t.Action.Verb)).Msg("Journal not written")
	}
	f := t.Failure
	switch {
	case c.superseded(key, t):
		if f == nil && !t.Result.Dry {
			c.ended(key, action.Ending{Action: t.Action, Fate: action.Done, Event: t.Result.Event}, now)
			c.believe(p, t, now)
		} else {
			c.remember(t, now)
			c.settleUp(t.Action.ID, action.Outcome{Dropped: true})
		}
		delete(c.tries, key)
		c.queue.Done(key, now)
	case f == nil && t.Result.Dry:
		c.dryDone[key] = t.Action.Cause
		c.ended(key, action.Ending{Action: t.Action, Fate: action.Would}, now)
		c.finish(key, nil, action.Would, now)
	case f == nil, c.doneBefore(key, t):
		c.freed(key)
		c.ended(key, action.Ending{Action: t.Action, Fate: action.Done, Event: t.Result.Event}, now)
		c.believe(p, t, now)
		c.finish(key, &action.Outcome{Done: true, Event: t.Result.Event}, action.Done, now)
	case f.Kind == action.Unauthorized:
		c.stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
	case f.Final():
		c.log.Warn().Err(f).Msg("Action failed for good")
		if f.Kind == action.Gone && t.Action.Verb == action.Redact {
			c.ended(key, action.Ending{Action: t.Action, Fate: action.Dropped, Kind: f.Kind, Why: "it is gone already"}, now)
		} else {
			c.ended(key, action.Ending{Action: t.Action, Fate: action.Refused, Kind: f.Kind, Why: explain(f)}, now)
		}
		c.finish(key, nil, action.Refused, now)
	default:
		c.retry(key, t, now)
	}
}

// superseded reports whether something else was asked for while an attempt was
// under way. That is next, and must not be taken for done by this one.
func (c *Community) superseded(key enforce.Key, t enforce.Attempt) bool {
	r := c.wanted[key]
	return r != nil && r.action.ID != t.Action.ID && (t.Failure != nil || r.action.Verb != t.Action.Verb)
}

// doneBefore reports whether an attempt found nothing to do after an earlier one
// whose answer was lost: that one did it.
func (c *Community) doneBefore(key enforce.Key, t enforce.Attempt) bool {
	before, tried := c.tries[key]
	return tried && before.Verb == t.Action.Verb && t.Failure.Kind == action.Gone &&
		(before.Verb == action.Unban || before.Verb == action.Kick)
}

// happened looks at a key of which nothing is left to do. If the room is as our
// last attempt would have made it, and by us, only the answer was lost: what was
// done is ours. It returns nil if it is not.
func (c *Community) happened(key enforce.Key) *action.Outcome {
	a, tried := c.tries[key]
	room := c.world.Room(key.Room)
	switch {
	case !tried || room == nil:
		return nil
	case a.Verb == action.Redact && c.redacted.has(a.Event):
		c.ended(key, action.Ending{Action: a, Fate: action.Done}, time.Now())
		return &action.Outcome{Done: true}
	}
	m, _ := room.Member(a.User)
	switch {
	case m.Sender != c.self || m.Event == "":
		return nil
	case a.Verb == action.Ban && m.Membership == event.MembershipBan:
		c.world.SetOurs(a.Room, a.User, enforce.Ban{Event: m.Event, Cause: a.Cause})
	case (a.Verb == action.Unban || a.Verb == action.Kick) && m.Membership == event.MembershipLeave:
	default:
		return nil
	}
	c.ended(key, action.Ending{Action: a, Fate: action.Done, Event: m.Event}, time.Now())
	return &action.Outcome{Done: true, Event: m.Event}
}

func (c *Community) retry(key enforce.Key, t enforce.Attempt, now time.Time) {
	f := t.Failure
	c.tries[key] = t.Action
	c.remember(t, now)
	if f.Kind == action.RateLimited {
		c.limited(t.Action, f.RetryAfter, now)
	}
	n := c.queue.Retry(key, now, f.RetryAfter)
	if f.Kind == action.RateLimited {
		return // slow, and nothing else
	}
	c.log.Warn().Err(f).Int("tries", n).Msg("Action failed; it will be tried again")
	// One hiccup is not worth a word; a refusal is, for waiting alone rarely helps.
	if f.Kind == action.Forbidden || n == 3 {
		c.report.Hindered(action.Hindrance{Action: t.Action, Kind: f.Kind, Why: explain(f), Tries: n}, now)
	}
}

// blocked says that the room does not let us do something, which will be tried when it changes.
func (c *Community) blocked(a action.Action, why string, now time.Time) {
	c.report.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: why}, now)
}

// limited holds back all work for as long as the homeserver asks, and notes it
// for those who run the bot: a bot should be exempt.
func (c *Community) limited(a action.Action, after time.Duration, now time.Time) {
	after = max(after, time.Second)
	until := now.Add(after)
	c.queue.Pause(until)
	if until.After(c.voice.until) {
		c.voice.until = until
	}
	c.report.Limited(c.waiting(), until, now)
	if now.Sub(c.limitLogged) < time.Minute {
		return
	}
	c.limitLogged = now
	c.log.Warn().Dur("pause", after).Int("waiting", c.queue.Len()).Msg("The homeserver limits our rate")
	c.later(func(ctx context.Context) {
		err := c.store.SetSetting(ctx, "seen", "rate_limit", map[string]any{
			"at": now.UnixMilli(), "verb": a.Verb, "retry_after_ms": after.Milliseconds(),
		})
		if err != nil && ctx.Err() == nil {
			c.log.Err(err).Msg("Rate limit not noted")
		}
	})
}

// waiting counts what waits for the homeserver.
func (c *Community) waiting() map[action.Lane]int {
	waiting := map[action.Lane]int{}
	for _, lane := range []action.Lane{action.MemberLane, action.ACLLane, action.MessageLane} {
		waiting[lane] = c.queue.Waiting(lane)
	}
	return waiting
}

// finish settles a key in the queue, and lets who wanted it know. An outcome is for
// a journal entry that no attempt settles.
func (c *Community) finish(key enforce.Key, o *action.Outcome, f action.Fate, now time.Time) {
	entry := ""
	if t, ok := c.tries[key]; ok {
		entry = t.ID
	}
	if r := c.wanted[key]; r != nil {
		entry = r.action.ID
		delete(c.wanted, key)
		c.protectors.ended(action.Ending{Action: r.action, Fate: f})
	}
	delete(c.tries, key)
	c.queue.Done(key, now)
	c.closed(key, f, now)
	if entry == "" {
		return
	}
	outcome := action.Outcome{Dropped: true}
	if o != nil {
		outcome = *o
	}
	c.settleUp(entry, outcome)
}

// settleUp closes a journal entry. Most are settled already, by the attempt.
func (c *Community) settleUp(entry string, o action.Outcome) {
	c.later(func(ctx context.Context) {
		if err := c.store.Settle(ctx, entry, o); err != nil && !errors.Is(err, store.ErrNotOpen) && ctx.Err() == nil {
			c.log.Err(err).Msg("Journal entry not settled")
		}
	})
}

// admit queues actions that are in the journal.
func (c *Community) admit(actions []action.Action) {
	now := time.Now()
	for _, a := range actions {
		key := keyOf(a)
		if before := c.wanted[key]; before != nil && before.action.ID != a.ID {
			c.settleUp(before.action.ID, action.Outcome{Dropped: true})
			if before.action.Verb != a.Verb {
				c.protectors.ended(action.Ending{Action: before.action, Fate: action.Superseded})
			}
		}
		c.wanted[key] = &request{action: a}
		c.expect(key, a, now)
		c.queue.Renew(key, now)
	}
}

func keyOf(a action.Action) enforce.Key {
	switch a.Verb {
	case action.Redact:
		return enforce.Key{Lane: action.MessageLane, Room: a.Room, Subject: string(a.Event)}
	case action.SetACL:
		return enforce.Key{Lane: action.ACLLane, Room: a.Room}
	case action.Invite:
		return enforce.Key{Lane: action.SpeechLane, Room: a.Room, Subject: string(a.User)}
	default:
		return enforce.Key{Lane: action.MemberLane, Room: a.Room, Subject: string(a.User)}
	}
}
