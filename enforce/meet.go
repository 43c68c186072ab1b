package enforce

import (
	"fmt"
	"slices"
	"time"

	"forseti/action"
)

// meeting is what happens when a wish comes to a key of which another wish is open.
type meeting uint8

const (
	joins    meeting = iota // both want the same: one action does for both
	replaces                // the new one holds, and the old one is over
	precedes                // the new one is tried first; if it succeeds, the old one is over
	follows                 // the old one is tried first; if it succeeds, the new one is over
	after                   // the one, and then the other
)

// meets compares a new wish for a key with an open one.
func meets(fresh, open action.Verb) meeting {
	x, y := fresh.Row(), open.Row()
	switch {
	case fresh == open && (x.Lane == action.MemberLane || x.Lane == action.MessageLane || x.Lane == action.AdminLane || fresh == action.GiveBack):
		return joins
	case fresh == open:
		return replaces // the same piece of state with another content
	case x.Direction != y.Direction:
		if x.Reverse == open || y.Reverse == fresh || fresh == action.Ban {
			return replaces
		}
		return after // to be freed and then removed is neither the one nor the other
	case x.Direction == action.Loosens:
		return after // an unban, and then an invitation
	case x.Strength > y.Strength:
		return precedes
	case x.Strength < y.Strength:
		return follows
	default:
		return replaces
	}
}

// meet puts a wish among those that are open for its key. Wishes of a dry run meet
// only each other.
func (t *teller) meet(w *work, fresh *wish, now time.Time) {
	place := len(w.wishes)
	if fresh.action.Verb == action.Ban && !fresh.dry && w.ban != nil {
		w.ban.lift = nil // that was wished before this
	}
	for i := 0; i < len(w.wishes); i++ {
		open := w.wishes[i]
		if open.dry != fresh.dry {
			continue
		}
		switch meets(fresh.action.Verb, open.action.Verb) {
		case joins:
			if open.over {
				continue
			}
			t.expect(w, fresh.action, now)
			if w.state != flying && w.tried != nil && w.tried.ID == fresh.action.ID {
				// It was tried before a crash: the same entry goes on, and with it the same request.
				open.action, fresh.action = fresh.action, open.action
			}
			open.also = append(open.also, fresh.action)
			return
		case replaces:
			superseded := action.Ending{Fate: action.Superseded, Why: fmt.Sprintf("somebody asked to %s instead", fresh.action.Verb.Row().Words.Do)}
			if w.state == flying && w.flight.wish == open {
				open.over, open.ending = true, superseded
				continue
			}
			w.wishes = slices.Delete(w.wishes, i, i+1)
			t.close(w, open, superseded, action.Outcome{Dropped: true}, now)
			i--
			place = min(place, len(w.wishes))
		case precedes:
			if !(w.state == flying && w.flight.wish == open) {
				place = min(place, i)
			}
		}
	}
	w.wishes = slices.Insert(w.wishes, min(place, len(w.wishes)), fresh)
	t.expect(w, fresh.action, now)
}

// covered ends the wishes that a stronger action has made needless: who is banned
// need not be removed as well.
func (t *teller) covered(w *work, done action.Action, now time.Time) {
	w.wishes = slices.DeleteFunc(w.wishes, func(open *wish) bool {
		if open.dry || meets(done.Verb, open.action.Verb) != precedes {
			return false
		}
		why := fmt.Sprintf("to %s does it", done.Verb.Row().Words.Do)
		t.close(w, open, action.Ending{Fate: action.Superseded, Why: why}, action.Outcome{Dropped: true}, now)
		return true
	})
}
