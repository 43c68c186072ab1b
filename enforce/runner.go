package enforce

import (
	"cmp"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Runner carries work from being wanted to being done. It is pure: a goroutine owns
// it together with the World, hands the jobs to workers, and brings back how they
// ended.
type Runner struct {
	World *World
	Pace  Pace // what is said to moderators keeps to it as well

	queue   *Queue
	works   *works
	tell    *teller
	sight   *sight
	tries   *tries
	touched []touched
	dry     bool

	cleaning *cleaning
}

// NewRunner returns a runner that lets at most limit jobs be in flight.
func NewRunner(w *World, limit int, l Listener) *Runner {
	see := &sight{world: w}
	return &Runner{
		World: w, queue: NewQueue(limit), works: newWorks(), sight: see,
		tell:  &teller{listener: l, hindered: map[Key]action.Action{}},
		tries: &tries{sight: see, listener: l, lost: map[Key]*work{}}, cleaning: newCleaning(),
	}
}

// Want asks for an action that is in the journal, or will be before it is tried.
func (r *Runner) Want(a action.Action, now time.Time) {
	w := r.works.of(KeyOf(a))
	r.cleaning.wanted(w, a)
	r.tell.meet(w, &wish{action: a, dry: r.dry}, now)
	if r.left(a) {
		r.drop(w, now) // it was decided when we still looked after the room
		return
	}
	r.wait(w, Now, now)
}

// left reports whether an action is for a room that is not looked after any more.
func (r *Runner) left(a action.Action) bool {
	return r.World.Room(a.Room) == nil && ofRoom(a.Verb.Row().Lane)
}

// Resume goes on with an action that the journal holds open. begun says that it was
// tried: it may have happened.
func (r *Runner) Resume(a action.Action, begun bool, now time.Time) {
	key := KeyOf(a)
	if r.left(a) {
		r.tell.listener.Settle(a.ID, action.Outcome{Dropped: true})
		return
	}
	w := r.works.of(key)
	if begun || w.tried == nil || w.tried.Verb != a.Verb {
		r.tries.retire(w) // of two entries the later goes on
	}
	if begun {
		r.tries.attempted(w, a, true, now)
		w.seen = a.Seen
	}
	if a.Verb == action.Redact {
		// Another entry, settled since, may have been about the same message.
		w.doubt = true
		w.tried = cmp.Or(w.tried, &a)
	}
	if derived(a) {
		if p := r.World.Plan(key, now); p.Action.Verb == a.Verb {
			w.tried = &a
			r.plan(key, Soon, now)
			return
		}
		w.tried = &a
		r.tries.retire(w)
		r.forget(w)
		return
	}
	r.cleaning.wanted(w, a)
	r.tell.meet(w, &wish{action: a}, now)
	r.wait(w, Now, now)
}

// Touch notes keys that something new may have made work for. They are looked at by
// Plan, a few at a time: a rule may touch a million.
func (r *Runner) Touch(keys []Key, u Urgency) {
	if len(keys) > 0 {
		r.touched = append(r.touched, touched{keys, u})
	}
}

// touched are keys that wait for a plan.
type touched struct {
	keys    []Key
	urgency Urgency
}

// Plan plans up to most of the keys that were touched, and reports whether more are
// left.
func (r *Runner) Plan(most int, now time.Time) (more bool) {
	for len(r.touched) > 0 && most > 0 {
		first := &r.touched[0]
		n := min(most, len(first.keys))
		for _, key := range first.keys[:n] {
			r.plan(key, first.urgency, now)
		}
		first.keys = first.keys[n:]
		most -= n
		if len(first.keys) == 0 {
			r.touched[0] = touched{}
			r.touched = r.touched[1:]
		}
	}
	return len(r.touched) > 0
}

func (r *Runner) plan(key Key, u Urgency, now time.Time) {
	w := r.works.all[key]
	p := r.World.Plan(key, now)
	if p.Action.Verb == "" {
		r.tell.freed(key, now)
	}
	if w == nil && p.Action.Verb == "" || w != nil && w.state == idle && r.toldAlready(w, p.Action) {
		return
	}
	w = r.works.of(key)
	if p.Wanted() && !r.toldAlready(w, p.Action) {
		r.tell.expect(w, p.Action, now)
	}
	r.wait(w, u, now)
}

// wait puts a key into the queue, at once.
func (r *Runner) wait(w *work, u Urgency, now time.Time) {
	if w.state == flying {
		w.again = true
	} else {
		w.state, w.tries = waiting, 0
	}
	if room := r.World.Room(w.key.Room); room != nil {
		r.queue.Audience(w.key.Room, room.Count("join"))
	}
	r.queue.Renew(w.key, u, now)
}

// Drop gives up a room that is not looked after any more. What is in flight there
// ends by itself, and is told then.
func (r *Runner) Drop(room id.RoomID, now time.Time) {
	for _, w := range r.works.inOrder() {
		if w.key.Room != room || !ofRoom(w.key.Lane) {
			continue
		}
		r.drop(w, now)
	}
	for key := range r.tell.hindered {
		if key.Room == room {
			delete(r.tell.hindered, key)
		}
	}
}

// leftRoom is why nothing is done in a room that was dropped.
const leftRoom = "I do not look after the room any more"

func (r *Runner) drop(w *work, now time.Time) {
	dropped := action.Ending{Fate: action.Dropped, Why: leftRoom}
	w.wishes = slices.DeleteFunc(w.wishes, func(of *wish) bool {
		if w.state == flying && w.flight.wish == of {
			of.over, of.ending = true, dropped
			return false
		}
		r.tell.close(w, of, dropped, action.Outcome{Dropped: true}, now)
		return true
	})
	if w.state == flying {
		w.again, w.left = false, true
		return
	}
	r.tell.end(w, all, dropped, now)
	if w.tried != nil {
		r.tries.leave(w, action.Outcome{Dropped: true})
	}
	w.tried, w.doubt = nil, false
	r.tries.unkeep(w)
	r.queue.Remove(w.key)
	w.state = idle
	r.forget(w)
}

// Cancel takes back a wish that nobody waits for any more. What is in flight ends by
// itself.
func (r *Runner) Cancel(a action.Action, why string, now time.Time) {
	w := r.works.all[KeyOf(a)]
	if w == nil {
		return
	}
	for i, wish := range w.wishes {
		if wish.action.ID != a.ID {
			continue
		}
		if w.state == flying && w.flight.wish == wish {
			wish.over, wish.ending = true, action.Ending{Fate: action.Dropped, Why: why}
			return
		}
		w.wishes = append(w.wishes[:i:i], w.wishes[i+1:]...)
		r.tell.close(w, wish, action.Ending{Fate: action.Dropped, Why: why}, action.Outcome{Dropped: true}, now)
		r.wait(w, Now, now)
		return
	}
}

// Halt takes back what a command asked for and nobody else does, as far as it is not done. What is in flight ends by itself, and
// is not tried again.
func Halt(r *Runner, command id.EventID, why string, now time.Time) {
	theirs := func(a action.Action) bool { return a.Cause.Kind == action.ByModerator && a.Cause.Event == command }
	for _, w := range r.works.inOrder() {
		for _, open := range slices.Clone(w.wishes) {
			if theirs(open.action) && !slices.ContainsFunc(open.also, func(a action.Action) bool { return !theirs(a) }) {
				r.Cancel(open.action, why, now)
			}
		}
	}
}

// SetDry begins or ends a dry run. What is in flight ends by itself.
func (r *Runner) SetDry(on bool, now time.Time) {
	if r.dry == on {
		return
	}
	r.dry = on
	for _, w := range r.works.inOrder() {
		w.told = action.Cause{}
		if w.state == waiting || w.state == paused {
			w.state = waiting
			r.queue.Renew(w.key, Now, now)
		}
		r.forget(w)
	}
	if !on {
		r.Touch(r.World.Again(), Soon) // what was only told
	}
}

// toldAlready reports whether a dry run has said that a rule wants an action.
func (r *Runner) toldAlready(w *work, a action.Action) bool {
	return r.dry && a.Verb != "" && w.told == a.Cause
}

// Dry reports whether a dry run is on.
func (r *Runner) Dry() bool { return r.dry }

// forget drops a key of which there is nothing left to know.
func (r *Runner) forget(w *work) {
	if w.state == flying || w.state == waiting || w.state == paused || len(w.wishes) > 0 {
		return
	}
	if r.dry && w.told != (action.Cause{}) {
		return
	}
	if r.tries.retire(w) {
		r.Touch([]Key{w.key}, Soon) // its rule may be gone since
	}
	if w.ban != nil || w.unban != nil {
		return
	}
	delete(r.tries.lost, w.key)
	delete(r.works.all, w.key)
	r.cleaning.over(w.key)
}

// Left counts the work that waits or is in flight, by lane.
func (r *Runner) Left() map[action.Lane]int { return r.works.count(waiting, flying) }

// Idle reports whether nothing waits, nothing is in flight and nobody is still to be
// looked at.
func (r *Runner) Idle() bool {
	return r.queue.Len() == 0 && len(r.touched) == 0 && !r.World.Behind()
}

// Active records when a room was last spoken in.
func (r *Runner) Active(room id.RoomID, at time.Time) { r.queue.Active(room, at) }

// HeldBack reports whether work waits for nothing but the limit that is known.
func (r *Runner) HeldBack(now time.Time) bool {
	wake := r.queue.Wake(now)
	return !wake.IsZero() && !wake.After(now) && r.Pace.Rate() != (Rate{}) && r.Pace.Free(now, Work).After(now)
}
