package enforce

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/action"
)

// tries remembers attempts that did not settle, and of which nobody knows whether they
// happened.
type tries struct {
	sight    *sight
	listener Listener
	lost     map[Key]*work // work with a ban or an unban without an answer
	expired  time.Time     // when that was last gone through
}

// attempted remembers an attempt that did not settle. Without an answer it may have
// happened, or happen yet.
func (t *tries) attempted(w *work, a action.Action, unanswered bool, now time.Time) {
	w.tried = &a
	if !unanswered || a.Verb.Row().Idempotent {
		return
	}
	w.doubt = true
	switch a.Verb {
	case action.Ban:
		if w.ban != nil && w.ban.action.ID != a.ID {
			t.unkeep(w)
		}
		w.ban = &lostBan{action: a, since: now}
		t.lost[w.key] = w
	case action.Unban:
		t.unheard(w, now)
	}
}

// unheard notes that an unban may have been made, or was, and that the room does not
// show it.
func (t *tries) unheard(w *work, now time.Time) {
	w.unban = &lostUnban{since: now, over: t.sight.member(w).Event}
	t.lost[w.key] = w
}

// unkeep settles the entry of a ban that was never heard of, if that was put off.
func (t *tries) unkeep(w *work) {
	if w.ban != nil && w.ban.open {
		w.ban.open = false
		t.listener.Settle(w.ban.action.ID, action.Outcome{Dropped: true})
	}
}

// lingering is how long a request that got no answer may still be carried out.
const lingering = time.Hour

// expire forgets bans and unbans without an answer that cannot be carried out any
// more, and gives the work that these were of. Of an unban the room must have spoken
// since: else it is not to be believed.
func (t *tries) expire(now time.Time) (over []*work) {
	const often = time.Minute
	if len(t.lost) == 0 || now.Sub(t.expired) < often {
		return nil
	}
	t.expired = now
	for _, w := range t.lost {
		if w.ban != nil && now.Sub(w.ban.since) > lingering {
			t.unkeep(w)
			w.ban = nil
		}
		if w.unban != nil && now.Sub(w.unban.since) > lingering {
			if m := t.sight.member(w); m.Membership != event.MembershipBan || m.Event != w.unban.over {
				w.unban = nil
			}
		}
		if w.ban == nil && w.unban == nil {
			over = append(over, w)
		}
	}
	return over
}

// retire settles the entry of an attempt that is not gone on with, by what the room
// says. It reports whether the attempt happened.
func (t *tries) retire(w *work) bool {
	if w.tried == nil {
		return false
	}
	a, o := *w.tried, t.sight.happened(w)
	t.leave(w, o)
	w.tried, w.doubt = nil, false
	if o.Done {
		t.settled(w, a)
	}
	return o.Done
}

// leave settles the entry of an attempt that is not gone on with, unless a wish has it.
func (t *tries) leave(w *work, o action.Outcome) {
	has := func(open *wish) bool { return open.action.ID == w.tried.ID }
	switch {
	case w.tried.ID == "" || slices.ContainsFunc(w.wishes, has):
	case (o.Dropped || o.Failure != "") && w.ban != nil && w.ban.action.ID == w.tried.ID && derived(*w.tried):
		w.ban.open = true // it may be there, and is ours to lift then
	default:
		t.listener.Settle(w.tried.ID, o)
	}
}

// settled forgets an attempt of which it is known now what became of it.
func (t *tries) settled(w *work, a action.Action) {
	w.tried, w.doubt = nil, false
	if a.Verb == action.Ban || a.Verb == action.Unban {
		t.unkeep(w)
		w.ban, w.unban = nil, nil
	}
}
