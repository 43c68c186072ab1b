package enforce

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/recent"
	"forseti/rooms"
)

// The life of a key of work.
//
// A key is a lane, a room and a subject: "whether @x is in !lobby". It comes into
// being when somebody asks for an action (Want: a moderator, a protection, a step of
// a command) or when something changed that its plan may follow from (Touch: a rule,
// a member, power). Everybody who wants something of it is noted in open, and hears
// how that ended, exactly once.
//
//	          Want, Touch                    Next               Landed
//	(none) ───────────────▶ waiting ───────────────▶ flying ───────────────▶ (none)
//	                        ▲  │  ▲                    │   done, refused, superseded,
//	                        │  │  └────────────────────┘   dropped: open is emptied
//	           the dry run  │  │ a dry run   to be tried again
//	           is over      │  ▼ began
//	                        paused
//
// Next plans the key anew from what is true then. What was asked for goes before
// what follows from the rules, unless the rules want something stronger; of several
// wishes meet decides which holds. If nothing is left to do the key ends there: by
// our own hand, if the room is as an attempt without an answer would have made it.
//
// A try whose answer was lost may have happened, and may still happen. Until an echo
// tells, or lingering is over, the key remembers it: a ban that shows up is then ours
// (Claim), and a second try is preceded by a look (Job.Doubt).
//
// A wish from before a dry run is not forgotten by it: its key is paused and waits
// for the end. A wish made in one is answered with what would be done, and is over.
//
// After a crash, Resume puts back what the journal holds open. A key is known by its
// journal entries, and an attempt that goes on uses the same entry, which is also the
// transaction ID of its request.

// state says where a key is.
type state uint8

const (
	idle    state = iota // nothing to do; it only remembers an attempt without an answer
	waiting              // in the queue
	paused               // by a dry run that began after it was asked for
	flying               // a worker tries it
)

// work is all that is known of a key.
type work struct {
	key    Key
	turn   uint64 // in which it was first asked for
	state  state
	wishes []*wish         // asked for and in the journal; the first is tried first
	open   []action.Action // who wants what and has not heard: by wishes and by rules
	flight Job             // what a worker tries
	tried  *action.Action  // the latest attempt that did not settle, with its journal entry
	doubt  bool            // tried got no answer: it may have happened
	seen   id.EventID      // the member event of the subject when it was first tried
	ban    *lostBan        // of which nobody knows whether it happened
	unban  *lostUnban
	told   action.Cause // of what a dry run said would be done
	tries  int          // refusals in a row
	again  bool         // something changed while it was in flight
}

// lostBan is a ban whose answer was lost. It may not be wanted any more when it would
// be tried again; if it shows up after all, it is ours, and ours to lift.
type lostBan struct {
	action action.Action
	since  time.Time
	lift   *action.Action // the unban that came since; if the ban shows up, it is lifted
	open   bool           // its journal entry is kept open until it is known: a crash must not forget it
}

// lostUnban is an unban of which nobody has heard yet: the room may still look as
// before it.
type lostUnban struct {
	since time.Time
	over  id.EventID // the ban that the room shows
}

// wish is an action that somebody asked for.
type wish struct {
	action action.Action
	dry    bool            // asked for in a dry run: it is told and not done
	also   []action.Action // asked for the same later
	over   bool            // not wanted any more since it is in flight …
	ending action.Ending   // … and how it ends if it did not happen
}

// Listener hears what becomes of work. It is called by the owner, in order.
type Listener interface {
	// Opened says that somebody wants an action. One Ended follows for each.
	Opened(a action.Action, now time.Time)
	Ended(e action.Ending, now time.Time)
	// Hindered says that what stands in the way is more than a hiccup; the action
	// goes on being tried.
	Hindered(h action.Hindrance, now time.Time)
	// Freed says that nothing stands in the way of it any more, or that there is
	// nothing left to do.
	Freed(a action.Action, now time.Time)
	// Settle closes a journal entry that no attempt settles.
	Settle(entry string, o action.Outcome)
}

// Runner carries work from being wanted to being done. It is pure: a goroutine owns
// it together with the World, hands the jobs to workers, and brings back how they
// ended.
type Runner struct {
	World *World

	queue    *Queue
	pace     Pace
	work     map[Key]*work
	redacted recent.Events
	listener Listener
	dry      bool
	lost     map[Key]struct{} // work with a ban or an unban without an answer
	expired  time.Time        // when that was last gone through
	turn     uint64
	touched  []touched
	hindered map[Key]action.Action // what is known to be in the way of
}

// lingering is how long a request that got no answer may still be carried out.
const lingering = time.Hour

// NewRunner returns a runner that lets at most limit jobs be in flight.
func NewRunner(w *World, limit int, l Listener) *Runner {
	return &Runner{
		World: w, queue: NewQueue(limit), work: map[Key]*work{},
		listener: l, lost: map[Key]struct{}{}, hindered: map[Key]action.Action{},
	}
}

// KeyOf is the work that an action is about.
func KeyOf(a action.Action) Key {
	row := a.Verb.Row()
	return Key{Lane: row.Lane, Room: a.Room, Subject: row.Subject(a)}
}

func (r *Runner) of(key Key) *work {
	w := r.work[key]
	if w == nil {
		r.turn++
		w = &work{key: key, turn: r.turn}
		r.work[key] = w
	}
	return w
}

// Want asks for an action that is in the journal, or will be before it is tried.
func (r *Runner) Want(a action.Action, now time.Time) {
	w := r.of(KeyOf(a))
	r.meet(w, &wish{action: a, dry: r.dry}, now)
	r.wait(w, Now, now)
}

// Resume goes on with an action that the journal holds open. begun says that it was
// tried: it may have happened.
func (r *Runner) Resume(a action.Action, begun bool, now time.Time) {
	key := KeyOf(a)
	if r.World.Room(a.Room) == nil && ofRoom(key.Lane) {
		r.listener.Settle(a.ID, action.Outcome{Dropped: true})
		return // the room is not looked after any more
	}
	w := r.of(key)
	r.retire(w) // of two entries the later goes on
	if begun {
		r.attempted(w, a, true, now)
		w.seen = a.Seen
	}
	if r.derived(a) {
		if p := r.World.Plan(key, now); p.Action.Verb == a.Verb {
			w.tried = &a
			r.plan(key, Soon, now)
			return
		}
		w.tried = &a
		r.retire(w)
		r.forget(w)
		return
	}
	r.meet(w, &wish{action: a}, now)
	r.wait(w, Now, now)
}

// derived reports whether an action follows from state, so that it is planned anew
// and not carried on.
func (r *Runner) derived(a action.Action) bool {
	return a.Cause.Kind == action.ByRule && a.Verb.Row().Lane == action.MemberLane || a.Verb == action.SetACL
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
	w := r.work[key]
	p := r.World.Plan(key, now)
	if p.Action.Verb == "" {
		r.freed(key, now)
	}
	if w == nil && p.Action.Verb == "" || w != nil && w.state == idle && r.toldAlready(w, p.Action) {
		return
	}
	w = r.of(key)
	if p.Wanted() && !r.toldAlready(w, p.Action) {
		r.expect(w, p.Action, now)
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

// expect notes that somebody wants an action, unless they are known to want it.
func (r *Runner) expect(w *work, a action.Action, now time.Time) {
	for _, open := range w.open {
		if open.Verb == a.Verb && open.Cause == a.Cause {
			return
		}
	}
	w.open = append(w.open, a)
	r.listener.Opened(a, now)
}

// end tells those who want something of a key, as far as which says, how that ended.
func (r *Runner) end(w *work, which func(a action.Action) bool, e action.Ending, now time.Time) {
	kept := w.open[:0]
	var told []action.Action
	for _, a := range w.open {
		if which(a) {
			told = append(told, a)
		} else {
			kept = append(kept, a)
		}
	}
	w.open = kept
	for _, a := range told {
		e.Action = a
		r.listener.Ended(e, now)
	}
}

func all(action.Action) bool { return true }

func by(w *wish) func(action.Action) bool {
	return func(a action.Action) bool {
		if a.Verb != w.action.Verb {
			return false
		}
		if a.Cause == w.action.Cause {
			return true
		}
		for _, also := range w.also {
			if a.Cause == also.Cause {
				return true
			}
		}
		return false
	}
}

// Drop gives up a room that is not looked after any more. What is in flight there
// ends by itself, and is told then.
func (r *Runner) Drop(room id.RoomID, now time.Time) {
	for _, w := range r.inOrder() {
		if w.key.Room != room || !ofRoom(w.key.Lane) {
			continue
		}
		r.drop(w, now)
	}
	for key := range r.hindered {
		if key.Room == room {
			delete(r.hindered, key)
		}
	}
}

// hinder tells what stands in the way of work that is looked at again by itself.
func (r *Runner) hinder(w *work, h action.Hindrance, now time.Time) {
	r.hindered[w.key] = h.Action
	r.listener.Hindered(h, now)
}

func (r *Runner) freed(key Key, now time.Time) {
	if a, was := r.hindered[key]; was {
		delete(r.hindered, key)
		r.listener.Freed(a, now)
	}
}

func (r *Runner) drop(w *work, now time.Time) {
	dropped := action.Ending{Fate: action.Dropped, Why: "I do not look after the room any more"}
	w.wishes = slices.DeleteFunc(w.wishes, func(of *wish) bool {
		if w.state == flying && w.flight.wish == of {
			of.over, of.ending = true, dropped
			return false
		}
		r.close(w, of, dropped, action.Outcome{Dropped: true}, now)
		return true
	})
	if w.state == flying {
		w.again = false
		return
	}
	r.end(w, all, dropped, now)
	if w.tried != nil {
		r.leave(w, action.Outcome{Dropped: true})
	}
	w.tried, w.doubt = nil, false
	r.unkeep(w)
	r.queue.Remove(w.key)
	w.state = idle
	r.forget(w)
}

// Cancel takes back a wish that nobody waits for any more. What is in flight ends by
// itself.
func (r *Runner) Cancel(a action.Action, why string, now time.Time) {
	w := r.work[KeyOf(a)]
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
		r.close(w, wish, action.Ending{Fate: action.Dropped, Why: why}, action.Outcome{Dropped: true}, now)
		r.wait(w, Now, now)
		return
	}
}

// close ends a wish: its journal entries, and everybody who shares it.
func (r *Runner) close(w *work, of *wish, e action.Ending, o action.Outcome, now time.Time) {
	r.settle(of, o)
	r.end(w, by(of), e, now)
}

func (r *Runner) settle(of *wish, o action.Outcome) {
	if of.action.ID != "" {
		r.listener.Settle(of.action.ID, o)
	}
	for _, a := range of.also {
		if a.ID != "" {
			r.listener.Settle(a.ID, o)
		}
	}
}

// SetDry begins or ends a dry run. What is in flight ends by itself.
func (r *Runner) SetDry(on bool, now time.Time) {
	if r.dry == on {
		return
	}
	r.dry = on
	for _, w := range r.inOrder() {
		w.told = action.Cause{}
		if w.state == waiting || w.state == paused {
			w.state = waiting
			r.queue.Renew(w.key, Now, now)
		}
		r.forget(w)
	}
	if !on {
		r.Touch(r.World.Keys(), Soon) // what was only told
	}
}

// inOrder is all work as it was first asked for.
func (r *Runner) inOrder() []*work {
	return slices.SortedFunc(maps.Values(r.work), func(a, b *work) int { return cmp.Compare(a.turn, b.turn) })
}

// ofRoom reports whether work of a lane is about a protected room, and over when that
// is given up.
func ofRoom(lane action.Lane) bool {
	switch lane {
	case action.MemberLane, action.LevelLane, action.ACLLane, action.MessageLane:
		return true
	default:
		return false
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
	r.retire(w)
	if w.ban != nil || w.unban != nil {
		return
	}
	delete(r.lost, w.key)
	delete(r.work, w.key)
}

// attempted remembers an attempt that did not settle. Without an answer it may have
// happened, or happen yet.
func (r *Runner) attempted(w *work, a action.Action, unanswered bool, now time.Time) {
	w.tried = &a
	if !unanswered || a.Verb.Row().Idempotent {
		return
	}
	w.doubt = true
	switch a.Verb {
	case action.Ban:
		if w.ban != nil && w.ban.action.ID != a.ID {
			r.unkeep(w)
		}
		w.ban = &lostBan{action: a, since: now}
		r.lost[w.key] = struct{}{}
	case action.Unban:
		r.unheard(w, now)
	}
}

// unheard notes that an unban may have been made, or was, and that the room does not
// show it.
func (r *Runner) unheard(w *work, now time.Time) {
	w.unban = &lostUnban{since: now, over: r.memberOf(w).Event}
	r.lost[w.key] = struct{}{}
}

// memberOf is what the room says of whom a key is about.
func (r *Runner) memberOf(w *work) rooms.Member {
	if room := r.World.Room(w.key.Room); room != nil {
		m, _ := room.Member(id.UserID(w.key.Subject))
		return m
	}
	return rooms.Member{}
}

// unkeep settles the entry of a ban that was never heard of, if that was put off.
func (r *Runner) unkeep(w *work) {
	if w.ban != nil && w.ban.open {
		w.ban.open = false
		r.listener.Settle(w.ban.action.ID, action.Outcome{Dropped: true})
	}
}

// expire forgets bans and unbans without an answer that cannot be carried out any
// more. Of an unban the room must have spoken since: else it is not to be believed.
func (r *Runner) expire(now time.Time) {
	const often = time.Minute
	if len(r.lost) == 0 || now.Sub(r.expired) < often {
		return
	}
	r.expired = now
	for key := range r.lost {
		w := r.work[key]
		if w == nil {
			delete(r.lost, key)
			continue
		}
		if w.ban != nil && now.Sub(w.ban.since) > lingering {
			r.unkeep(w)
			w.ban = nil
		}
		if w.unban != nil && now.Sub(w.unban.since) > lingering {
			if m := r.memberOf(w); m.Membership != event.MembershipBan || m.Event != w.unban.over {
				w.unban = nil
			}
		}
		r.forget(w)
	}
}

// Left counts the work that waits or is in flight, by lane.
func (r *Runner) Left() map[action.Lane]int {
	left := map[action.Lane]int{}
	for key, w := range r.work {
		if w.state == waiting || w.state == flying {
			left[key.Lane]++
		}
	}
	return left
}

// Paused counts the work that waits for the end of a dry run.
func (r *Runner) Paused() (n int) {
	for _, w := range r.work {
		if w.state == paused {
			n++
		}
	}
	return n
}

// Idle reports whether nothing waits and nothing is in flight.
func (r *Runner) Idle() bool { return r.queue.Len() == 0 && len(r.touched) == 0 }

// Active records when a room was last spoken in.
func (r *Runner) Active(room id.RoomID, at time.Time) { r.queue.Active(room, at) }

// Know sets the homeserver's limits, if they are known before it refuses anything.
func (r *Runner) Know(limit Rate, now time.Time) { r.pace.Know(limit, now) }

// SpeechWaits says whether something waits to be said. Speech goes before everything
// else, within what the homeserver lets through.
func (r *Runner) SpeechWaits(yes bool) { r.pace.Waiting(yes) }

// SpeechFree is when something may be said.
func (r *Runner) SpeechFree(now time.Time) time.Time { return r.pace.Free(now, true) }

// Spoke counts a message that is being sent.
func (r *Runner) Spoke(now time.Time) { r.pace.Spend(now) }

// Refused takes in that the homeserver refused a message for now.
func (r *Runner) Refused(after time.Duration, now time.Time) { r.pace.Refused(after, now) }

// Takes estimates how long the homeserver's limits make n requests take; zero if they
// do not matter.
func (r *Runner) Takes(n int, now time.Time) time.Duration { return r.pace.Takes(n, now) }
