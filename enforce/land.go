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
	w := r.work[job.Key]
	if w == nil || w.state != flying {
		return owner, false
	}
	if t.Failure == nil && !t.Result.Dry {
		r.pace.Passed(now)
	}
	a, f, of := t.Action, t.Failure, job.wish
	switch {
	case f == nil && t.Result.Dry:
		r.wouldBe(w, job, now)
	case f == nil:
		return r.done(w, job, t, now), !t.Result.Past
	case r.doneBefore(w, a, f):
		// What the room is like by now, sync tells.
		return r.done(w, job, t, now), false
	case f.Final():
		if of != nil {
			w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		}
		e := action.Ending{Fate: action.Refused, Why: f.Error(), Kind: f.Kind, Err: f.Err}
		if f.Kind == action.Gone {
			e.Fate = action.Dropped
			if w.ban != nil && a.Verb == action.Unban && of != nil {
				lift := a
				lift.ID = ""
				w.ban.lift = &lift
			}
		}
		r.endOf(w, of, a, e, action.Outcome{Done: true, Failure: f.Error()}, now)
		w.tried, w.doubt = nil, false
		r.landed(w, now)
	default:
		r.again(w, job, t, now)
	}
	return owner, false
}

// endOf ends what a job was for: a wish, or what the rules wanted.
func (r *Runner) endOf(w *work, of *wish, a action.Action, e action.Ending, o action.Outcome, now time.Time) {
	if of != nil {
		r.close(w, of, e, o, now)
		return
	}
	r.end(w, func(open action.Action) bool { return open.Verb == a.Verb && r.derived(open) }, e, now)
	if a.ID != "" {
		r.listener.Settle(a.ID, o)
	}
}

func (r *Runner) wouldBe(w *work, job Job, now time.Time) {
	e := action.Ending{Fate: action.Would, Before: job.Before}
	if job.wish != nil {
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == job.wish })
		r.close(w, job.wish, e, action.Outcome{Dropped: true}, now)
	} else {
		w.told = job.Action.Cause
		w.again = w.again || !r.dry // the dry run is over: now for real
		r.end(w, func(open action.Action) bool { return open.Verb == job.Action.Verb && r.derived(open) }, e, now)
	}
	r.landed(w, now)
}

func (r *Runner) done(w *work, job Job, t Attempt, now time.Time) (owner action.Cause) {
	a := t.Action
	owner = a.Cause
	r.settled(w, a)
	if a.Verb == action.Unban && t.Failure != nil {
		r.unheard(w, now) // a try before this one did it, and its echo is still to come
	}
	r.freed(w.key, now)
	if a.Verb == action.Redact {
		r.redacted.Add(a.Event)
	}
	if job.Claimed != nil {
		r.World.SetManaged(a.Room, job.Plan.Managed)
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
		r.close(w, open, e, outcome, now)
		return true
	})
	r.end(w, func(open action.Action) bool { return open.Verb == a.Verb && r.derived(open) }, e, now)
	r.covered(w, a, now)
	r.landed(w, now)
	return owner
}

// again tries once more, unless nobody wants it any more.
func (r *Runner) again(w *work, job Job, t Attempt, now time.Time) {
	a, f, of := t.Action, t.Failure, job.wish
	r.attempted(w, a, f.Kind == action.Transient, now)
	if w.flight.settled {
		a.ID, w.tried.ID = "", "" // the next try is another entry
	}
	switch {
	case of != nil && of.over:
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		r.close(w, of, of.ending, action.Outcome{Dropped: true}, now)
		w.tried, w.doubt = nil, false
		r.landed(w, now)
		return
	}
	if of != nil {
		of.action.ID = a.ID
	}
	w.state, w.flight, w.again = waiting, Job{}, false
	if f.Kind == action.RateLimited {
		r.pace.Refused(f.RetryAfter, now)
	}
	if f.Kind == action.Forbidden {
		w.tries++
	}
	n := r.queue.Retry(w.key, now, f.RetryAfter)
	switch {
	case of != nil && w.tries >= patienceWithRefusals:
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		r.close(w, of, action.Ending{Fate: action.Refused, Why: f.Error(), Kind: f.Kind, Err: f.Err}, action.Outcome{Done: true, Failure: f.Error()}, now)
		w.tried, w.doubt = nil, false
		r.queue.Renew(w.key, Now, now) // whatever else is open there
	case f.Kind == action.Forbidden && w.tries == 1, f.Kind == action.Transient && n == 3:
		// One hiccup is not worth a word; a refusal is, for waiting alone rarely helps.
		r.hinder(w, action.Hindrance{Action: a, Kind: f.Kind, Why: f.Error(), Tries: n}, now)
	}
}

// landed takes a key out of flight.
func (r *Runner) landed(w *work, now time.Time) {
	r.finish(w, w.flight.wish, now)
}

// doneBefore reports whether an attempt found nothing to do after an earlier one
// whose answer was lost: that one did it.
func (r *Runner) doneBefore(w *work, a action.Action, f *action.Failure) bool {
	return w.tried != nil && w.tried.Verb == a.Verb && f.Kind == action.Gone &&
		(a.Verb == action.Unban || a.Verb == action.Kick || a.Verb == action.TellOut)
}

// Claim makes a ban without an answer ours if it shows up. It returns its journal
// entry.
func (r *Runner) Claim(room id.RoomID, user id.UserID, now time.Time) (entry string, evt id.EventID, found bool) {
	w := r.work[Key{Lane: action.MemberLane, Room: room, Subject: string(user)}]
	in := r.World.Room(room)
	if w == nil || in == nil || w.ban == nil || now.Sub(w.ban.since) > lingering {
		return "", "", false
	}
	m, _ := in.Member(user)
	if m.Membership != event.MembershipBan || m.Sender != r.World.Self || m.Event == "" {
		return "", "", false
	}
	a, lift := w.ban.action, w.ban.lift
	r.adopt(a, m.Event)
	w.ban = nil
	r.tellClaimed(w, a, m.Event, now)
	if w.tried != nil && w.tried.ID == a.ID {
		w.tried, w.doubt = nil, false
	}
	w.flight.settled = w.state == flying && w.flight.Action.ID == a.ID
	if lift != nil {
		r.Want(*lift, now)
	}
	r.forget(w)
	return a.ID, m.Event, true
}

// tellClaimed ends what a ban that showed up was for. If an unban may have followed it,
// unheard of, its wish goes on: then another try is another entry.
func (r *Runner) tellClaimed(w *work, a action.Action, evt id.EventID, now time.Time) {
	if w.unban != nil || w.state == flying {
		for _, open := range w.wishes {
			if open.action.ID == a.ID {
				open.action.ID = ""
			}
		}
		return
	}
	e := action.Ending{Fate: action.Done, Result: action.Result{Event: evt}}
	w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool {
		if open.dry || open.action.Verb != action.Ban {
			return false
		}
		if open.action.Cause.Kind != action.ByRule {
			r.World.SetOurs(a.Room, a.User, Ban{Event: evt, Cause: open.action.Cause})
		}
		r.close(w, open, e, action.Outcome{Done: true, Event: evt}, now)
		return true
	})
	r.end(w, func(open action.Action) bool { return open.Verb == action.Ban && r.derived(open) }, e, now)
	r.covered(w, a, now)
}

// ClaimAll is Claim for everybody in a room that was read as a whole.
func (r *Runner) ClaimAll(room id.RoomID, now time.Time, found func(entry string, user id.UserID, evt id.EventID)) {
	for key := range r.lost {
		if key.Room != room || key.Lane != action.MemberLane {
			continue
		}
		if entry, evt, ok := r.Claim(room, id.UserID(key.Subject), now); ok {
			found(entry, id.UserID(key.Subject), evt)
		}
	}
}

// Removed notes that a message is gone by our own hand.
func (r *Runner) Removed(evt id.EventID) { r.redacted.Add(evt) }

// String is for logs.
func (k Key) String() string { return fmt.Sprintf("%d %s %s", k.Lane, k.Room, k.Subject) }
