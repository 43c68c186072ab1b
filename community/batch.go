package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix"
	"forseti/store"
)

// handle takes in one batch of sync. What it leaves behind is stored in one
// transaction with the token, so that a crash before that repeats the batch and
// a crash after it loses nothing.
func (c *Community) handle(ctx context.Context, b *matrix.Batch) (time.Duration, error) {
	var commit store.Commit
	var pause, rest time.Duration
	var idle chan struct{} // closed when the work is done
	if b.Initial {
		if err := readManagement(ctx, &c.opts, b); err != nil {
			return 0, err
		}
	}
	if err := c.progress.loading.wait(ctx, b); err != nil {
		return 0, err
	}
	release, err := c.commits.Turn(ctx)
	if err != nil {
		return 0, err
	}
	var told []action.Action
	err = c.loop.Do(ctx, func() {
		taken := c.take(b)
		c.protectors.keepTrust()
		c.speaker.keepProblems() // with what they come from, so that a restart does not tell them again
		commit = c.commits.Take(taken)
		commit.Open, told = c.jobs.leaveOpen(commit.Open)
		if slices.ContainsFunc(commit.Open, func(a action.Action) bool { return a.Cause.Kind == action.ByProtection }) {
			c.progress.pacer.Alarm(b.Arrived)
		}
		commit.NextBatch = b.Next
		pause = c.progress.pacer.Pause(b.Arrived, func() bool { return c.rulesAlone(b) })
		if c.echoes(b) && !c.jobs.runner.Idle() {
			idle = make(chan struct{})
			c.progress.idle = append(c.progress.idle, idle)
			rest = c.progress.pacer.Rest(b.Arrived)
		}
	})
	if err == nil {
		if err = c.commits.Keep(ctx, commit); err != nil {
			c.commits.Back(commit)
		}
	}
	release()
	if err != nil {
		return 0, err
	}
	if idle != nil {
		select {
		case <-idle:
		case <-time.After(rest):
		case <-ctx.Done():
		}
		return 0, nil // echoes hold neither commands nor offences
	}
	if len(commit.Open)+len(told)+len(commit.Commands) == 0 {
		return pause, nil
	}
	return pause, c.loop.Do(ctx, func() {
		c.jobs.admit(commit.Open)
		c.jobs.admit(told)
		c.orders.obey(slices.DeleteFunc(commit.Commands, func(o store.Command) bool { return o.Seen }))
	})
}

// take applies a batch, in an order that never bans by half a picture: first what
// is watched and protected, then the rooms, each event of theirs in its turn.
func (c *Community) take(b *matrix.Batch) store.Commit {
	var out store.Commit
	for _, evt := range b.AccountData {
		out.State = append(out.State, c.configured.take(evt)...)
	}
	for _, in := range c.places.inTurn(b.Rooms) {
		c.surveying.isolated(in.Room, func() { c.takeRoom(in, b, &out) })
		c.hearing.spaces.heard(in, b.Arrived)
		c.hearing.audits.heard(in, b.Arrived)
	}
	c.takeLate(b.Late, b.Arrived, &out)
	whole := !c.progress.loading.under()
	if whole {
		c.places.following.weighAwoken(b.Arrived) // so that what waits is stored with what it waits for
		c.surveying.lookAtUnread()
		c.orders.questions.moot(b.Arrived)
	}
	c.hearing.secrecy.checkSecrecy()
	c.hearing.logins.strangers(b.Strangers, b.Arrived)
	if !c.progress.live {
		c.progress.live, c.progress.liveAt = true, b.Arrived
		if whole {
			c.surveying.readMarked()
		}
		c.welcome(b.Initial)
		c.hearing.logins.look()
		c.hearing.colleagues.look()
		c.hearing.direct.appeals.resume()
		c.orders.nextOrders()
	} else {
		c.hearing.adopting.later(c.places.management.room.loaded)
	}
	return out
}

func (c *Community) takeRoom(in *matrix.RoomBatch, b *matrix.Batch, out *store.Commit) {
	r, ours := c.places.roles(in.Room)
	old := c.places.left.brought(in, c.opts.Self, b.Arrived)
	switch {
	case ours && old:
		// Since then we came back.
		c.surveying.again(in.Room)
		return
	case in.Membership == event.MembershipInvite:
		c.hearing.direct.invited(in, ours, b, out)
		return
	case !ours:
		if in.Membership == event.MembershipLeave {
			c.orders.questions.uninvited(in.Room, b.Arrived)
		}
		c.protectors.gate.take(in, b)
		c.hearing.direct.take(in, b)
		c.hearing.messages.takeAside(in, b, out)
		return
	case in.Membership == event.MembershipKnock:
		return
	}
	at := b.Arrived
	if in.Membership == event.MembershipJoin {
		c.places.inside(in.Room)
	}
	if b.Initial && in.Membership == event.MembershipJoin {
		// Whatever was known of it may have changed; what was said is not for us.
		seen := r.management && len(in.State) > 0
		if seen {
			c.intake.viewManagement(in.State, at)
			out.State = append(out.State, rowsOf(in.State, func(evt *event.Event) bool { return c.places.stored(r, evt) })...)
		}
		if !seen || r.list != nil || r.protected != nil {
			c.surveying.again(in.Room)
		}
		return
	}
	if in.Gap {
		c.opts.Log.Warn().Stringer("room", in.Room).Msg("Events were missed; the room is read anew")
		c.intake.writes.Forget(in.Room)
		c.surveying.again(in.Room)
	}
	many := r.list != nil && manyRules(in, c.world.ACLs.Full(), c.world.Self())
	if many { // the list is read as a whole instead, and taken in a part at a time
		c.surveying.again(in.Room)
	}
	for _, s := range inOrder(in) {
		if !many || !ofRules(s.evt) {
			c.takeStep(s, in, b, r, out)
		}
	}
	if in.Membership == event.MembershipLeave {
		c.places.expelled(in.Room)
		return
	}
	if r.management {
		c.protectors.posture.heardIn(in, b.Arrived)
		c.hearing.messages.takeManagement(in, out)
	} else if r.protected != nil && in.Membership == event.MembershipJoin {
		for _, evt := range in.Timeline {
			c.hearing.onSite.take(evt, out)
		}
	}
}

// takeStep takes in one event of a room, and lets the protections look at it.
func (c *Community) takeStep(s step, in *matrix.RoomBatch, b *matrix.Batch, r roles, out *store.Commit) {
	evt, at := s.evt, b.Arrived
	if r.management && s.said {
		c.speaker.newest.saw(evt)
	}
	checked := r.protected != nil && in.Membership == event.MembershipJoin
	if checked && s.said {
		c.jobs.runner.Active(in.Room, at)
	}
	if evt.StateKey == nil && s.state && evt.Sender == c.opts.Self { // of anybody else's, only the homeserver knows whether it holds
		c.jobs.runner.Removed(evt.Redacts)
		c.jobs.runner.Removed(id.EventID(field(evt, "redacts")))
	}
	if evt.StateKey == nil {
		if checked && s.said {
			c.takeConsequences(evt, c.protectors.said(evt, at, b.Backlog, false), out)
		}
		if s.state {
			c.intake.takeState(evt, at, r, out)
		}
		return
	}
	if !s.state || c.intake.behind(evt, at) {
		return
	}
	var before json.RawMessage
	if checked {
		before = c.intake.contentBefore(evt)
	}
	if change, taken := c.intake.takeState(evt, at, r, out); checked && taken {
		c.hearing.byHand.take(evt, change, at)
		c.takeConsequences(evt, c.protectors.changed(evt, change, before, at, b.Backlog), out)
	}
}

// takeConsequences takes what protections want done about an event, and keeps evidence of it.
func (c *Community) takeConsequences(evt *event.Event, wanted outcome, out *store.Commit) {
	out.Open = append(out.Open, wanted.actions...)
	out.Offences = append(out.Offences, wanted.offences...)
	out.Known.Cases = append(out.Known.Cases, wanted.cases...)
	out.Evidence = append(out.Evidence, c.protectors.evidence.of(wanted.actions)...)
}
