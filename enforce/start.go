package enforce

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/rooms"
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
	r.expire(now)
	for r.pace.May(now, false) {
		key, ok := r.queue.Next(now)
		if !ok {
			break
		}
		if job, ok := r.begin(r.of(key), now); ok {
			r.pace.Spend(now)
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
	if free := r.pace.Free(now, false); free.After(at) {
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
		r.expect(w, a, now)
	}
	dry := r.dry && of == nil || of != nil && of.dry
	doubt := !dry && w.doubt && w.tried != nil && w.tried.Verb == a.Verb
	if w.tried != nil && !dry {
		if of == nil && w.tried.Verb == a.Verb && w.tried.Cause == a.Cause {
			a.ID = w.tried.ID // the same entry goes on
		}
		if w.tried.ID != a.ID {
			r.leave(w, action.Outcome{Dropped: true})
			w.tried = nil
		}
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
		w.flight.Before, _, _ = r.World.Room(a.Room).ACL()
		if !w.flight.Dry {
			w.flight.Claimed = r.claimEntries(a.Room, p.Managed)
		}
	}
	return w.flight, true
}

// retire settles the entry of an attempt that is not gone on with, by what the room
// says.
func (r *Runner) retire(w *work) {
	if w.tried != nil {
		r.leave(w, r.happened(w))
		w.tried, w.doubt = nil, false
	}
}

// leave settles the entry of an attempt that is not gone on with, unless a wish has it.
func (r *Runner) leave(w *work, o action.Outcome) {
	has := func(open *wish) bool { return open.action.ID == w.tried.ID }
	switch {
	case w.tried.ID == "" || slices.ContainsFunc(w.wishes, has):
	case (o.Dropped || o.Failure != "") && w.ban != nil && w.ban.action.ID == w.tried.ID && r.derived(*w.tried):
		w.ban.open = true // it may be there, and is ours to lift then
	default:
		r.listener.Settle(w.tried.ID, o)
	}
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
		if r.pointless(w, open.action) || r.cameBack(w, open.action) {
			w.wishes = slices.Delete(w.wishes, i, i+1)
			r.needless(w, open, now)
			continue
		}
		// What the rules want may be more than what was asked for: a ban, and not only a
		// removal. If it cannot be done, what was asked for is.
		if ruled.Wanted() && r.World.Guard(ruled.Action) == nil && meets(ruled.Action.Verb, open.action.Verb) == precedes && w.told != ruled.Action.Cause {
			return ruled, nil, false
		}
		return Plan{Action: open.action, Blocked: r.able(w, open.action)}, open, false
	}
}

// pointless reports whether the room is already as the action would make it.
func (r *Runner) pointless(w *work, a action.Action) bool {
	if a.Verb == action.Redact {
		return r.redacted.Has(a.Event)
	}
	room := r.World.Room(a.Room)
	if room == nil {
		return false
	}
	m, _ := room.Member(a.User)
	switch a.Verb {
	case action.Ban:
		// An unban without an answer may have been made, unheard of.
		return m.Membership == event.MembershipBan && w.unban == nil
	case action.Unban:
		// A ban without an answer may be there, unheard of.
		return m.Membership != event.MembershipBan && w.ban == nil
	case action.Kick, action.TellOut:
		return !m.Present()
	case action.Invite:
		return m.Membership == event.MembershipJoin || m.Membership == event.MembershipInvite
	default:
		return false
	}
}

// cameBack reports whether a user was removed by a try without an answer, and is in
// the room again since: to remove them once more was not asked for.
func (r *Runner) cameBack(w *work, a action.Action) bool {
	room := r.World.Room(a.Room)
	if room == nil || !w.doubt || w.tried == nil || w.tried.Verb != a.Verb || a.Verb != action.Kick && a.Verb != action.TellOut {
		return false
	}
	m, _ := room.Member(a.User)
	return w.seen != "" && m.Event != "" && m.Event != w.seen
}

// needless ends a wish that the room fulfils already.
func (r *Runner) needless(w *work, of *wish, now time.Time) {
	a := of.action
	outcome := action.Outcome{Dropped: true}
	ending := nothingToDo()
	if !of.dry && w.tried != nil && w.tried.Verb == a.Verb {
		if o := r.happened(w); o.Done {
			outcome, ending = o, action.Ending{Fate: action.Done, Result: action.Result{Event: o.Event}}
			r.leave(w, o)
			r.settled(w, a)
		}
	}
	if room := r.World.Room(a.Room); !of.dry && room != nil && a.Verb == action.Ban && a.Cause.Kind != action.ByRule {
		// It is our ban already: a rule's, or of a try that nobody heard of. From now on it
		// is this one's, and stays so when that goes.
		m, _ := room.Member(a.User)
		_, ours := r.World.Ours(a.Room, a.User)
		if m.Sender == r.World.Self && (ours || w.ban != nil && m.Event != "") {
			r.unkeep(w)
			w.ban = nil
			r.World.SetOurs(a.Room, a.User, Ban{Event: m.Event, Cause: a.Cause})
			outcome = action.Outcome{Done: true, Event: m.Event}
		}
	}
	r.close(w, of, ending, outcome, now)
}

// able tells whether we have the power for an action in a room that we know.
func (r *Runner) able(w *work, a action.Action) rooms.Refusal {
	room, self := r.World.Room(a.Room), r.World.Self
	if room == nil {
		return rooms.Refusal{}
	}
	switch a.Verb.Row().Power {
	case action.BanPower:
		return room.CanBan(self, a.User)
	case action.UnbanPower:
		if w.ban != nil {
			return room.CanBan(self, a.User)
		}
		return room.CanUnban(self, a.User)
	case action.KickPower:
		return room.CanKick(self, a.User)
	case action.InvitePower:
		return room.CanInvite(self, a.User)
	case action.RedactPower:
		return room.CanRedact(self)
	case action.LevelPower:
		return room.CanSetLevel(self, a.User, 0)
	case action.StatePower:
		return room.CanSetState(self, a.State.Type.Type)
	default:
		return rooms.Refusal{}
	}
}

// nothingLeft ends a key of which nothing is left to do.
func (r *Runner) nothingLeft(w *work, now time.Time) {
	r.freed(w.key, now)
	if w.tried != nil {
		a, o := *w.tried, r.happened(w)
		r.leave(w, o)
		w.tried, w.doubt = nil, false
		if o.Done {
			r.settled(w, a)
			r.end(w, func(open action.Action) bool { return open.Verb == a.Verb }, action.Ending{Fate: action.Done, Result: action.Result{Event: o.Event}}, now)
			r.end(w, all, nothingToDo(), now)
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
		r.end(w, all, nothingToDo(), now)
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
		r.expect(w, a, now)
		r.hinder(w, action.Hindrance{Action: a, Kind: action.Forbidden, Why: why}, now)
		if w.tried != nil {
			r.leave(w, action.Outcome{Done: true, Failure: why})
			w.tried, w.doubt = nil, false
		}
		r.end(w, func(open action.Action) bool { return open.Verb == a.Verb && r.derived(open) }, e, now)
	} else {
		w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool { return open == of })
		r.close(w, of, e, action.Outcome{Done: true, Failure: why}, now)
	}
	r.finish(w, of, now)
}

// settled forgets an attempt of which it is known now what became of it.
func (r *Runner) settled(w *work, a action.Action) {
	w.tried, w.doubt = nil, false
	if a.Verb == action.Ban || a.Verb == action.Unban {
		r.unkeep(w)
		w.ban, w.unban = nil, nil
	}
}

// happened looks whether a try without an answer did what it was for: whether the
// room is as it would have made it, and by us.
func (r *Runner) happened(w *work) action.Outcome {
	a := w.tried
	dropped := action.Outcome{Dropped: true}
	room := r.World.Room(w.key.Room)
	switch {
	case a == nil || room == nil:
		return dropped
	case a.Verb == action.Redact && r.redacted.Has(a.Event):
		return action.Outcome{Done: true}
	}
	m, _ := room.Member(a.User)
	switch {
	case r.cameBack(w, *a):
		return action.Outcome{Done: true}
	case m.Sender != r.World.Self || m.Event == "":
		return dropped
	case a.Verb == action.Ban && m.Membership == event.MembershipBan:
		r.adopt(*a, m.Event)
	case (a.Verb == action.Unban || a.Verb == action.Kick || a.Verb == action.TellOut) && m.Membership == event.MembershipLeave:
	case a.Verb == action.Invite && m.Membership == event.MembershipInvite:
	default:
		return dropped
	}
	return action.Outcome{Done: true, Event: m.Event}
}

// adopt makes a ban that is there ours, unless it is already: by whom else it was
// asked for meanwhile stays true.
func (r *Runner) adopt(a action.Action, evt id.EventID) {
	if _, ours := r.World.Ours(a.Room, a.User); !ours {
		r.World.SetOurs(a.Room, a.User, Ban{Event: evt, Cause: a.Cause})
	}
}

// claimEntries are the deny entries of a room that may be ours until it is known
// whether the next ACL arrived. The answer may be lost and the ACL be set all the same.
func (r *Runner) claimEntries(room id.RoomID, next []string) []string {
	claimed := append(slices.Clone(r.World.Managed(room)), next...)
	slices.Sort(claimed)
	claimed = slices.Compact(claimed)
	if claimed == nil {
		claimed = []string{}
	}
	r.World.SetManaged(room, claimed)
	return claimed
}
