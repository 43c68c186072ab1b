package enforce

import (
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Job is one try of one action, for a worker.
type Job struct {
	Key    Key
	Action action.Action
	Plan   Plan
	// Dry says that it is only to be told what would be done.
	Dry bool
	// Doubt says that an earlier try had no answer: it must be looked at first
	// whether that happened.
	Doubt bool
	// Seen is the member event of the user before the first try; "" if it is not known.
	Seen id.EventID
	// Before is the content of the state that the action replaces, if it is known.
	Before []byte
	// Claimed are the deny entries that may be ours while an ACL is under way; nil if
	// the action is none.
	Claimed []string

	wish    *wish // nil if it follows from the rules
	settled bool  // its entry is, by the echo of an earlier try, since it is in flight
}

// Next gives the most urgent job that may start now.
func (r *Runner) Next(now time.Time) (Job, bool) {
	for _, w := range r.tries.expire(now) {
		r.forget(w)
	}
	for r.Pace.May(now, Work) {
		key, ok := r.queue.Next(now)
		if !ok {
			break
		}
		if job, ok := r.begin(r.works.of(key), now); ok {
			r.Pace.Spend(now, Work)
			return job, true
		}
	}
	return Job{}, false
}

// Wake is when Next may next have something; zero for not before something changes.
func (r *Runner) Wake(now time.Time) time.Time {
	if len(r.touched) > 0 {
		return now
	}
	at := r.queue.Wake(now)
	if at.IsZero() {
		return at
	}
	if free := r.Pace.Free(now, Work); free.After(at) {
		return free
	}
	return at
}

// begin plans a key that the queue handed out, and passes the guards.
func (r *Runner) begin(w *work, now time.Time) (Job, bool) {
	p, of, pausing := r.choose(w, now)
	a := p.Action
	switch {
	case pausing:
		w.state = paused
		r.queue.Done(w.key, now)
		return Job{}, false
	case a.Verb == "":
		r.nothingLeft(w, now)
		return Job{}, false
	case !p.Blocked.OK():
		r.refuse(w, of, a, p.Blocked.String(), now)
		return Job{}, false
	}
	if err := r.World.Guard(a); err != nil {
		r.refuse(w, of, a, err.Error(), now)
		return Job{}, false
	}
	if of == nil {
		if r.toldAlready(w, a) {
			if len(w.wishes) > 0 {
				w.state = paused
				r.queue.Done(w.key, now)
			} else {
				r.finish(w, nil, now)
			}
			return Job{}, false
		}
		r.tell.expect(w, a, now)
	}
	dry := r.dry && of == nil || of != nil && of.dry
	if !dry && r.waits(w.key, now) {
		w.state = waiting
		r.queue.Postpone(w.key, now.Add(time.Second))
		return Job{}, false
	}
	doubt := !dry && w.doubts(a.Verb)
	if w.tried != nil && !dry {
		if of == nil && w.tried.Verb == a.Verb && w.tried.Cause == a.Cause {
			a.ID = w.tried.ID // the same entry goes on
		}
		if w.tried.ID != a.ID {
			r.tries.leave(w, action.Outcome{Dropped: true})
			w.tried = nil
		}
	}
	a.Nameless = r.World.Settings.HideProfiles && a.Verb.Row().Leads == event.MembershipBan
	if a.Verb == action.Ban && !dry {
		a.Removes = r.removes(a, now)
	}
	w.state = flying
	w.flight = Job{
		Key: w.key, Action: a, Plan: p, wish: of,
		Dry: dry, Doubt: doubt,
	}
	if room := r.World.Room(a.Room); room != nil && w.key.Lane == action.MemberLane {
		switch m, _ := room.Member(a.User); {
		case a.Seen != "":
			w.seen = a.Seen
		case !w.flight.Doubt:
			w.seen = m.Event
		}
		w.flight.Seen = w.seen
	}
	if a.Verb == action.SetACL {
		w.flight.Before = json.RawMessage("{}")
		if acl, _, _ := r.World.Room(a.Room).ACL(); acl != nil {
			w.flight.Before = acl
		}
		if !w.flight.Dry {
			w.flight.Claimed = r.World.ACLs.claim(a.Room, p.Managed)
		}
	}
	return w.flight, true
}

// choose decides what is tried of a key: a wish, or what the rules want.
func (r *Runner) choose(w *work, now time.Time) (p Plan, of *wish, pausing bool) {
	for {
		ruled := r.World.Plan(w.key, now)
		i := slices.IndexFunc(w.wishes, func(open *wish) bool { return open.dry || !r.dry })
		if i < 0 {
			// Nothing that may be tried now; wishes of before a dry run wait for its end.
			if len(w.wishes) > 0 && ruled.Action.Verb == "" {
				return Plan{}, nil, true
			}
			return ruled, nil, false
		}
		open := w.wishes[i]
		if r.sight.pointless(w, open.action) || r.sight.cameBack(w, open.action) {
			w.wishes = slices.Delete(w.wishes, i, i+1)
			r.needless(w, open, now)
			continue
		}
		// What the rules want may be more than what was asked for: a ban, and not only a
		// removal. If it cannot be done, what was asked for is.
		if ruled.Wanted() && r.World.Guard(ruled.Action) == nil && meets(ruled.Action.Verb, open.action.Verb) == precedes && w.told != ruled.Action.Cause {
			return ruled, nil, false
		}
		return Plan{Action: open.action, Blocked: r.sight.able(w, open.action)}, open, false
	}
}

// needless ends a wish that the room fulfils already.
func (r *Runner) needless(w *work, of *wish, now time.Time) {
	a := of.action
	outcome := action.Outcome{Dropped: true}
	ending := nothingToDo()
	if !of.dry && w.tried != nil && w.tried.Verb == a.Verb {
		if o := r.sight.happened(w); o.Done {
			outcome, ending = o, action.Ending{Fate: action.Done, Result: action.Result{Event: o.Event}}
			r.tries.leave(w, o)
			r.tries.settled(w, a)
		}
	}
	if room := r.World.Room(a.Room); !of.dry && room != nil && a.Verb == action.Ban && a.Cause.Kind != action.ByRule {
		// We made it already: for a rule, by a try that nobody heard of, or while we did not
		// look after the room. From now on it is this one's, and stays so when that goes.
		if m, _ := room.Member(a.User); m.Sender == r.World.Self() {
			r.tries.unkeep(w)
			w.ban = nil
			r.World.Bans.Set(a.Room, a.User, Ban{Event: m.Event, Cause: a.Cause})
			outcome = action.Outcome{Done: true, Event: m.Event}
		}
	}
	r.tell.close(w, of, ending, outcome, now)
}

// nothingLeft ends a key of which nothing is left to do.
func (r *Runner) nothingLeft(w *work, now time.Time) {
	r.tell.freed(w.key, now)
	if w.tried != nil {
		a, o := *w.tried, r.sight.happened(w)
		r.tries.leave(w, o)
		w.tried, w.doubt = nil, false
		if o.Done {
			r.tries.settled(w, a)
			r.tell.end(w, func(open action.Action) bool { return open.Verb == a.Verb }, action.Ending{Fate: action.Done, Result: action.Result{Event: o.Event}}, now)
			r.tell.end(w, all, nothingToDo(), now)
			r.queue.Done(w.key, now)
			w.state = idle
			r.plan(w.key, Soon, now) // its rule may be gone since
			if w.state == idle {
				r.forget(w)
			}
			return
		}
	}
	r.finish(w, nil, now)
}

// finish takes a key out of the queue. If it was a wish that ended, the rules may want
// something too.
func (r *Runner) finish(w *work, of *wish, now time.Time) {
	again := w.again || len(w.wishes) > 0
	if p := r.World.Plan(w.key, now); of != nil && p.Wanted() && !r.toldAlready(w, p.Action) {
		again = true
	}
	w.state, w.again, w.flight, w.tries = idle, false, Job{}, 0
	r.queue.Done(w.key, now)
	switch {
	case again:
		r.wait(w, Now, now)
	case r.queue.Has(w.key):
		w.state = waiting // it was added while it was in flight
	default:
		// Whoever wanted something else here, as a ban whose rule went meanwhile.
		r.tell.end(w, all, nothingToDo(), now)
		r.forget(w)
	}
}

func nothingToDo() action.Ending {
	return action.Ending{Fate: action.Dropped, Why: "there was nothing left to do"}
}

// refuse ends what cannot be done as things stand. What follows from the rules is
// looked at again when the room changes.
func (r *Runner) refuse(w *work, of *wish, a action.Action, why string, now time.Time) {
	e := action.Ending{Fate: action.Refused, Why: why}
	if of == nil {
		r.tell.expect(w, a, now)
		r.tell.hinder(w, action.Hindrance{Action: a, Kind: action.Forbidden, Why: why}, now)
		if w.tried != nil {
			r.tries.leave(w, action.Outcome{Done: true, Failure: why})
			w.tried, w.doubt = nil, false
		}
		r.tell.end(w, func(open action.Action) bool { return open.Verb == a.Verb && derived(open) }, e, now)
	} else {
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		r.tell.close(w, of, e, action.Outcome{Done: true, Failure: why}, now)
	}
	r.finish(w, of, now)
}
