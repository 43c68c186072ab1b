package community

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/store"

	"github.com/rs/zerolog"
)

// pump starts whatever may start now.
func (c *Community) pump(now time.Time) {
	c.jobs.runner.Plan(plannedPart, now)
	c.queue.releaseACLs(now)
	if len(c.queue.acls.rooms) == 0 && len(c.queue.acls.ready) == 0 {
		c.speaker.report.ACLsSettled()
	}
	c.speaker.speak(now)
	c.protectors.posture.turnDue(now)
	if !c.progress.loading.under() {
		c.protectors.tickDue(now)
	}
	c.protectors.endings.lookDue(now)
	c.protectors.terms.lookDue(now)
	c.protectors.gate.lookDue(now)
	c.hearing.spaces.lookDue(now)
	c.hearing.audits.lookDue(now)
	c.hearing.byHand.lookDue(now)
	c.configured.past.keepDue()
	c.hearing.digests.lookDue(now)
	c.hearing.removals.lookDue(now)
	c.hearing.inquiries.next(now)
	// What is stored may be behind what happened while we were away, or what we did
	// just before we went. Nothing starts before the first answer of sync.
	for began := time.Now(); c.whole() && time.Since(began) < aclStretch; {
		job, ok := c.jobs.runner.Next(now)
		if !ok {
			break
		}
		c.jobs.try(job)
	}
	if c.progress.begun {
		c.speaker.throttle.heldBack(now)
	}
	c.orders.nextOrders()
	if c.jobs.runner.Idle() {
		c.jobs.rested()
		for _, idle := range c.progress.idle {
			close(idle)
		}
		c.progress.idle = nil
	}
}

// whole reports whether enough is known to begin: who is to be spared, and every
// list that can be read, for one may exempt whom another bans.
func (c *Community) whole() bool {
	if c.progress.begun || !c.progress.live || !c.places.management.room.loaded || len(c.places.following.aliases.seeking) > 0 {
		return c.progress.begun
	}
	for _, l := range c.places.following.lists {
		if l.reading() != nil || !l.loaded && l.trouble == "" {
			return false
		}
	}
	c.progress.begun = true
	return true
}

// enoughTime is how long after the start a command waits for lists and rooms to be read.
// Who writes one then may be in a hurry, and may write it because of what cannot be read.
const enoughTime = 20 * time.Second

// enough reports whether a command that changes something can be carried out: before
// the lists are read, nobody can say whether we may write there, or whom a rule hits.
func (c *Community) enough() bool {
	return c.whole() || c.progress.live && !time.Now().Before(c.progress.liveAt.Add(enoughTime))
}

// enoughAt is when commands wait no longer; zero if they do not wait.
func (c *Community) enoughAt(now time.Time) (at time.Time) {
	if c.progress.live && !c.progress.begun {
		at = c.progress.liveAt.Add(enoughTime)
	}
	if at.Before(now) {
		return time.Time{}
	}
	return at
}

// jobs is work under way: what is tried, and who waits for it.
type jobs struct {
	world       *enforce.World
	runner      *enforce.Runner
	loop        *loop.Loop
	log         zerolog.Logger
	commits     *commits.Writer
	journal     *store.Journal
	door        *door
	speaker     *speaker
	throttle    *throttle
	intake      *intake
	protections interface{ ended(action.Ending) }
	ours        func(action.Ending)               // hears what was done, whoever waits for it
	numbers     interface{ ended(action.Ending) } // hears it before moderators are told, for they are told its case

	steps steps
	tried int // since memory was given back
}

// try lets a worker try a job. The journal keeps which command it is for: after a crash
// its reply counts it.
func (j *jobs) try(job enforce.Job) {
	j.tried++
	if a := &job.Action; a.Cause.Event == "" && !a.Verb.Speech() {
		a.For = cmp.Or(j.speaker.report.For(*a), a.For)
	}
	j.door.try(job, func(t enforce.Attempt) { j.landed(job, t) })
}

// muchTried is how many jobs leave so much behind that it is better not to wait for the
// collector's next round: those about server ACLs take 200 kB each.
const muchTried = 500

// rested gives memory back that much work took, once there is nothing left to do.
func (j *jobs) rested() {
	if j.tried >= muchTried {
		j.tried = 0
		j.loop.Later("give memory back", func(context.Context) { debug.FreeOSMemory() }, nil)
	}
}

// landed takes in how a job ended.
func (j *jobs) landed(job enforce.Job, t enforce.Attempt) {
	now := time.Now()
	if t.Lost != nil && j.loop.Context().Err() == nil {
		j.log.Err(t.Lost).Str("verb", string(t.Action.Verb)).Msg("Journal not written")
	}
	switch f := t.Failure; {
	case f == nil:
	case f.Kind == action.Unauthorized:
		j.loop.Stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	case f.Kind == action.RateLimited:
		defer j.throttle.limited(f.Pause(), now)
	default:
		j.log.Warn().Err(f).Str("verb", string(t.Action.Verb)).Stringer("room", t.Action.Room).Msg("Action failed")
	}
	if owner, happened := j.runner.Landed(job, t, now); happened {
		a := t.Action
		a.Cause = owner
		j.intake.localEcho(a, job.Before, t.Result, now)
	}
	j.throttle.follow(now)
}

// hearers are several who hear what came of actions that no command waits for.
type hearers []interface{ ended(action.Ending) }

func (all hearers) ended(e action.Ending) {
	for _, one := range all {
		one.ended(e)
	}
}

// outcomes hears what becomes of work, and lets everybody know who has to.
type outcomes struct{ j *jobs }

var _ enforce.Listener = outcomes{}

// Opened says that somebody wants an action.
func (o outcomes) Opened(a action.Action, now time.Time) {
	if _, waits := o.j.steps[a.ID]; !waits { // else its command tells
		o.j.speaker.report.Opened(a, now)
	}
}

// Ended says how an action ended, before the world takes in what was done.
func (o outcomes) Ended(e action.Ending, now time.Time) {
	j := o.j
	if e.Kind != "" {
		e.Why = explain(&action.Failure{Kind: e.Kind})
	}
	switch e.Fate {
	case action.Done:
		j.log.Info().Str("verb", string(e.Action.Verb)).Stringer("room", e.Action.Room).Str("user", string(e.Action.User)).
			Str("event", string(e.Action.Event)).Str("cause", e.Action.Cause.String()).Msg("Done")
	case action.Refused:
		j.log.Warn().Str("verb", string(e.Action.Verb)).Stringer("room", e.Action.Room).Str("user", string(e.Action.User)).
			Str("why", e.Why).Msg("Not done")
	}
	if e.Fate == action.Done {
		j.ours(e)
	}
	if j.steps.end(e) {
		return
	}
	of := e
	if of.Action.For == "" {
		of.Action.For = j.speaker.report.For(e.Action)
	}
	j.numbers.ended(of)
	j.speaker.report.Ended(e, now)
	j.protections.ended(of)
}

// Hindered says that something stands in the way of work that goes on being tried.
func (o outcomes) Hindered(h action.Hindrance, now time.Time) {
	// A moderator waits for it, and would rather hear that it does not work now.
	theirs := o.j.steps.hinder(action.Ending{Action: h.Action, Fate: action.Refused, Kind: h.Kind, Err: errors.New(h.Why)})
	for _, a := range theirs {
		o.j.runner.Cancel(a, "it did not work", now)
	}
	if len(theirs) > 0 {
		return
	}
	if h.Tries > 0 { // the homeserver's word, and not what we know ourselves
		h.Why = explain(&action.Failure{Kind: h.Kind})
	}
	o.j.speaker.report.Hindered(h, now)
}

// Freed says that nothing stands in the way any more.
func (o outcomes) Freed(a action.Action, _ time.Time) { o.j.speaker.report.Freed(a) }

// Settle closes a journal entry. Most are settled already, by the attempt.
func (o outcomes) Settle(entry string, outcome action.Outcome) {
	o.j.loop.Later("settle an entry of the journal", func(ctx context.Context) {
		if err := o.j.journal.Settle(ctx, entry, outcome); err != nil && !errors.Is(err, store.ErrNotOpen) && ctx.Err() == nil {
			o.j.log.Err(err).Msg("Journal entry not settled")
		}
	}, nil)
}

// want journals actions that do not follow from state, with evidence of what they
// are about, and then has them carried out. What is asked for in a dry run is not
// journalled: it is told, and nothing is left of it.
func (j *jobs) want(ctx context.Context, wanted store.Commit) error {
	if len(wanted.Open)+len(wanted.Offences)+len(wanted.Settings)+len(wanted.Finished)+len(wanted.Known.Cases) == 0 {
		return nil
	}
	dry := false
	if err := j.loop.Do(ctx, func() {
		dry = j.runner.Dry()
		j.stamp(wanted.Open)
	}); err != nil {
		return err
	}
	if !dry {
		if err := j.commits.Keep(ctx, wanted); err != nil {
			return err
		}
	}
	return j.loop.Do(ctx, func() { j.admit(wanted.Open) })
}

// stamp notes of removals which membership they are meant for: who comes back is not
// removed once more.
func (j *jobs) stamp(actions []action.Action) {
	for i, a := range actions {
		if room := j.world.Room(a.Room); room != nil && a.Verb.Row().Power == action.KickPower {
			m, _ := room.Member(a.User)
			actions[i].Seen = m.Event
		}
	}
}

// admit has actions carried out that are in the journal, or that a dry run only tells.
func (j *jobs) admit(actions []action.Action) {
	now := time.Now()
	for _, a := range actions {
		j.runner.Want(a, now)
	}
}

// step has an action carried out that a command waits for. When ctx ends it is not
// wanted any more.
func (j *jobs) step(ctx context.Context, a action.Action, resumed bool) (action.Ending, error) {
	ended := make(chan action.Ending, 1)
	if err := j.loop.Do(ctx, func() {
		j.steps[a.ID] = waited{a, ended}
		if resumed {
			j.runner.Resume(a, true, time.Now()) // it may have been done before the crash
		} else {
			j.runner.Want(a, time.Now())
		}
	}); err != nil {
		return action.Ending{}, err
	}
	select {
	case e := <-ended:
		return e, nil
	case <-ctx.Done():
	}
	cancelled := func() { j.runner.Cancel(a, "it took too long", time.Now()) }
	if err := j.loop.Do(j.loop.Context(), cancelled); err != nil {
		return action.Ending{}, err
	}
	select {
	case e := <-ended: // it may have happened just now
		return e, nil
	default:
		return action.Ending{}, ctx.Err()
	}
}

// leaveOpen tells those of a batch's verdicts apart that are journalled: all, unless a
// dry run is on.
func (j *jobs) leaveOpen(verdicts []action.Action) (journalled, told []action.Action) {
	j.stamp(verdicts)
	if j.runner.Dry() {
		return nil, slices.Clone(verdicts)
	}
	return verdicts, nil
}
