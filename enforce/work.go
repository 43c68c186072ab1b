package enforce

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
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
	left   bool         // its room was dropped while it was flying
}

// doubts reports whether it must be looked at first whether there is anything to do: the
// latest try may have done it, or, of a ban, an earlier one. One that was lifted by an
// unban without an answer may stand.
func (w *work) doubts(v action.Verb) bool {
	if v == action.Ban && (w.ban != nil || w.unban != nil) {
		return true
	}
	return w.doubt && w.tried != nil && w.tried.Verb == v
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

// KeyOf is the work that an action is about.
func KeyOf(a action.Action) Key {
	row := a.Verb.Row()
	return Key{Lane: row.Lane, Room: a.Room, Subject: row.Subject(a)}
}

// derived reports whether an action follows from state, so that it is planned anew
// and not carried on.
func derived(a action.Action) bool { return ruled(a) || a.Verb == action.SetACL }

// ruled reports whether an action follows from one rule about one user.
func ruled(a action.Action) bool {
	return a.Cause.Kind == action.ByRule && a.Verb.Row().Lane == action.MemberLane
}

// ofRoom reports whether work of a lane is about a protected room, and over when that
// is given up.
func ofRoom(lane action.Lane) bool {
	switch lane {
	case action.MemberLane, action.LevelLane, action.ACLLane, action.MessageLane, action.WordLane:
		return true
	default:
		return false
	}
}

// works holds the keys of which anything is known.
type works struct {
	all  map[Key]*work
	turn uint64
}

func newWorks() *works { return &works{all: map[Key]*work{}} }

func (k *works) of(key Key) *work {
	w := k.all[key]
	if w == nil {
		k.turn++
		w = &work{key: key, turn: k.turn}
		k.all[key] = w
	}
	return w
}

// inOrder is all work as it was first asked for.
func (k *works) inOrder() []*work {
	return slices.SortedFunc(maps.Values(k.all), inTurn)
}

func inTurn(a, b *work) int { return cmp.Compare(a.turn, b.turn) }

// count counts the work that is in one of some states, by lane.
func (k *works) count(in ...state) map[action.Lane]int {
	n := map[action.Lane]int{}
	for key, w := range k.all {
		if slices.Contains(in, w.state) {
			n[key.Lane]++
		}
	}
	return n
}
