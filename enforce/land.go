package enforce

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// patienceWithRefusals is how often a wish is tried that the homeserver refuses though
// we have the power. A rule's action is tried on and on: the rule still stands.
const patienceWithRefusals = 4

// Landed takes in how a job ended. It reports whether the action happened, so that it
// must be taken in as if sync had brought it, and whose it is: a ban that a rule made
// and that somebody asked for as well does not end with the rule.
func (r *Runner) Landed(job Job, t Attempt, now time.Time) (owner action.Cause, happened bool) {
	w := r.works.all[job.Key]
	if w == nil || w.state != flying {
		return owner, false
	}
	if t.Failure == nil && !t.Result.Dry {
		r.Pace.Passed(now)
	}
	a, f, of, left := t.Action, t.Failure, job.wish, w.left
	w.left = false
	switch {
	case f == nil && t.Result.Dry:
		r.wouldBe(w, job, now)
	case f == nil:
		return r.done(w, job, t, now), !t.Result.Past
	case r.doneBefore(w, a, f):
		// What the room is like by now, sync tells.
		return r.done(w, job, t, now), false
	case left && of == nil && !f.Unanswered(): // whoever left a room is refused there
		r.endOf(w, nil, a, action.Ending{Fate: action.Dropped, Why: leftRoom}, action.Outcome{Dropped: true}, now)
		w.tried, w.doubt = nil, false
		r.finish(w, nil, now)
	case f.Final():
		if of != nil {
			w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		}
		e := action.Ending{Fate: action.Refused, Why: f.Error(), Kind: f.Kind, Err: f.Err}
		if f.Kind == action.Gone || f.Kind == action.Already {
			e.Fate = action.Dropped
			if w.ban != nil && a.Verb == action.Unban && of != nil {
				lift := a
				lift.ID = ""
				w.ban.lift = &lift
			}
		}
		r.endOf(w, of, a, e, action.Outcome{Done: true, Failure: f.Error()}, now)
		w.tried, w.doubt = nil, false
		r.finish(w, w.flight.wish, now)
	default:
		r.again(w, job, t, now)
	}
	return owner, false
}

// endOf ends what a job was for: a wish, or what the rules wanted.
func (r *Runner) endOf(w *work, of *wish, a action.Action, e action.Ending, o action.Outcome, now time.Time) {
	if of != nil {
		r.tell.close(w, of, e, o, now)
		return
	}
	r.tell.end(w, func(open action.Action) bool { return open.Verb == a.Verb && derived(open) }, e, now)
	if a.ID != "" {
		r.tell.listener.Settle(a.ID, o)
	}
}

func (r *Runner) wouldBe(w *work, job Job, now time.Time) {
	e := action.Ending{Fate: action.Would, Before: job.Before}
	if job.wish != nil {
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == job.wish })
		r.tell.close(w, job.wish, e, action.Outcome{Dropped: true}, now)
	} else {
		w.told = job.Action.Cause
		w.again = w.again || !r.dry // the dry run is over: now for real
		r.tell.end(w, func(open action.Action) bool { return open.Verb == job.Action.Verb && derived(open) }, e, now)
	}
	r.finish(w, w.flight.wish, now)
}

func (r *Runner) done(w *work, job Job, t Attempt, now time.Time) (owner action.Cause) {
	a := t.Action
	owner = a.Cause
	r.tries.settled(w, a)
	if a.Verb == action.Unban && t.Failure != nil {
		r.tries.unheard(w, now) // a try before this one did it, and its echo is still to come
	}
	r.tell.freed(w.key, now)
	if a.Verb == action.Redact {
		r.sight.redacted.Add(a.Event)
	}
	if job.Claimed != nil {
		r.World.ACLs.SetManaged(a.Room, job.Plan.Managed)
	}
	e := action.Ending{Fate: action.Done, Result: t.Result, Before: job.Before}
	outcome := action.Outcome{Done: true, Event: t.Result.Event}
	w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool {
		// Also a wish that was superseded meanwhile: it came to pass.
		if open.dry || open != job.wish && !(open.action.Verb == a.Verb && meets(a.Verb, open.action.Verb) == joins && !open.over) {
			return false
		}
		if !open.over && open.action.Cause.Kind != action.ByRule {
			owner = open.action.Cause
		}
		r.tell.close(w, open, e, outcome, now)
		return true
	})
	r.tell.end(w, func(open action.Action) bool { return open.Verb == a.Verb && derived(open) }, e, now)
	r.tell.covered(w, a, now)
	r.finish(w, w.flight.wish, now)
	if a.Verb == action.Ban {
		r.cleaned(a, t.Result, now)
	}
	return owner
}

// again tries once more, unless nobody wants it any more.
func (r *Runner) again(w *work, job Job, t Attempt, now time.Time) {
	a, f, of := t.Action, t.Failure, job.wish
	r.tries.attempted(w, a, f.Unanswered(), now)
	if w.flight.settled {
		a.ID, w.tried.ID = "", "" // the next try is another entry
	}
	switch {
	case of != nil && of.over:
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		r.tell.close(w, of, of.ending, action.Outcome{Dropped: true}, now)
		w.tried, w.doubt = nil, false
		r.finish(w, w.flight.wish, now)
		return
	}
	if of != nil {
		of.action.ID = a.ID
	}
	w.state, w.flight, w.again = waiting, Job{}, false
	if f.Kind == action.RateLimited && !a.Verb.Row().Apart {
		r.Pace.Refused(Work, f.Pause(), now)
		r.queue.Postpone(w.key, now) // the pace says when
		return
	}
	if f.Kind == action.Forbidden || f.Kind == action.Broken {
		w.tries++
	}
	n := r.queue.Retry(w.key, now, f.Pause())
	switch {
	case of != nil && w.tries >= patienceWithRefusals:
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		r.tell.close(w, of, action.Ending{Fate: action.Refused, Why: f.Error(), Kind: f.Kind, Err: f.Err}, action.Outcome{Done: true, Failure: f.Error()}, now)
		w.tried, w.doubt = nil, false
		r.queue.Renew(w.key, Now, now) // whatever else is open there
	case (f.Kind == action.Forbidden || f.Kind == action.Broken) && w.tries == 1, f.Kind == action.Transient && n == 3:
		// One hiccup is not worth a word; a refusal is, for waiting alone rarely helps.
		r.tell.hinder(w, action.Hindrance{Action: a, Kind: f.Kind, Why: f.Error(), Tries: n}, now)
	}
}

// doneBefore reports whether an attempt found nothing to do after an earlier one
// whose answer was lost: that one did it.
func (r *Runner) doneBefore(w *work, a action.Action, f *action.Failure) bool {
	return w.tried != nil && w.tried.Verb == a.Verb && f.Kind == action.Gone && a.Verb.Row().Leads == event.MembershipLeave
}

// Removed notes that a message is gone by our own hand.
func (r *Runner) Removed(evt id.EventID) { r.sight.redacted.Add(evt) }

// String is for logs.
func (k Key) String() string { return fmt.Sprintf("%d %s %s", k.Lane, k.Room, k.Subject) }
