package enforce

import (
	"time"

	"forseti/action"
)

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

// teller lets those who asked hear what becomes of it.
type teller struct {
	listener Listener
	hindered map[Key]action.Action // what is known to be in the way of
}

// expect notes that somebody wants an action, unless they are known to want it. What is
// to be written may be something else than when it was first tried: they hear of what is
// tried last. Of what follows from the rules one rule is the reason at a time, so that one
// deed is told once: when a rule is edited, or another list has it too, the later one hears.
func (t *teller) expect(w *work, a action.Action, now time.Time) {
	for i, open := range w.open {
		if open.Verb == a.Verb && open.Cause == a.Cause {
			w.open[i].State, w.open[i].Reason = a.State, a.Reason
			return
		}
	}
	if ruled(a) {
		t.end(w, func(open action.Action) bool { return ruled(open) && open.Verb == a.Verb },
			action.Ending{Fate: action.Superseded, Why: "another rule asks for it by now"}, now)
	}
	w.open = append(w.open, a)
	t.listener.Opened(a, now)
}

// end tells those who want something of a key, as far as which says, how that ended.
func (t *teller) end(w *work, which func(a action.Action) bool, e action.Ending, now time.Time) {
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
		t.listener.Ended(e, now)
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

// hinder tells what stands in the way of work that is looked at again by itself.
func (t *teller) hinder(w *work, h action.Hindrance, now time.Time) {
	t.hindered[w.key] = h.Action
	t.listener.Hindered(h, now)
}

func (t *teller) freed(key Key, now time.Time) {
	if a, was := t.hindered[key]; was {
		delete(t.hindered, key)
		t.listener.Freed(a, now)
	}
}

// close ends a wish: its journal entries, and everybody who shares it.
func (t *teller) close(w *work, of *wish, e action.Ending, o action.Outcome, now time.Time) {
	t.settle(of, o)
	t.end(w, by(of), e, now)
}

func (t *teller) settle(of *wish, o action.Outcome) {
	if of.action.ID != "" {
		t.listener.Settle(of.action.ID, o)
	}
	for _, a := range of.also {
		if a.ID != "" {
			t.listener.Settle(a.ID, o)
		}
	}
}
