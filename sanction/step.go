package sanction

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Step is what follows from offences, the mildest first. Each goes with all that is milder
// in the same direction: who is muted or banned loses what they said, too.
type Step int

// The steps.
const (
	None     Step = iota
	Alert         // moderators are told
	Redact        // and what was said goes
	Warn          // and its author is told why, in a direct chat
	Mute          // and may not speak in the room, for a time
	Kick          // and is removed from the room
	Ban           // and may not come back, for a time or for good
	ListBan       // and is banned wherever a list of ours is followed
	Takedown      // and that list says that all of theirs is to go
)

// rung is a row of the ladder.
type rung struct {
	step Step
	name string // as moderators write it
	// from is how many points it takes unless moderators set another number; zero for a step that no points lead to, for it is
	// taken anyway (see base) or never by itself.
	from float64
	// only is the class whose offences alone count for it; Note for all of them.
	only Class
	// timed says that it can end by itself.
	timed bool
	// everywhere says that it is taken once for all rooms, and not in each.
	everywhere bool
	do         func(o Offence, ends time.Time) []action.Action
	does, why  string // for moderators
}

// ladder is all of it as it is unless a community sets it otherwise (Ladder). A step begins
// at the given points, and is not taken again before they fell below a share of that: see
// Ledger.Judge.
//
// By itself it goes up to a ban in the room where something happened. A list, which others
// may follow, is written to only for spam that came a second time, somewhere else or later:
// points of all other kinds never get there.
func ladder() []rung {
	return []rung{
		{step: Alert, name: "alert",
			does: "moderators are told", why: "nothing happens that nobody knows of"},
		{step: Redact, name: "redact", do: redact,
			does: "what was said is removed", why: "it takes nothing from anybody but one message"},
		{step: Warn, name: "warn", from: 15, do: warn,
			does: "its author is told why, if that is set", why: "the second time within days; most stop here"},
		{step: Mute, name: "mute", from: 35, timed: true, do: mute,
			does: "its author may not speak in the room for a time", why: "it ends by itself and leaves everybody where they are"},
		{step: Kick, name: "kick", from: 50, do: kick,
			does: "its author is removed from the room, and may come back", why: "whom a mute did not stop"},
		{step: Ban, name: "ban", from: 70, timed: true, do: ban,
			does: "its author is banned from the room where it happened", why: "one spam or attack is enough; all else takes many offences within days"},
		{step: ListBan, name: "list-ban", from: 120, only: Spam, everywhere: true, do: listBan,
			does: "a rule in your list bans its author everywhere", why: "spam only, and only if it came again: others may follow your list"},
		{step: Takedown, name: "takedown", everywhere: true, do: takedown,
			does: "that rule asks for the removal of all of theirs as well", why: "it cannot be taken back, so it takes a moderator"},
	}
}

func (s Step) row() rung {
	for _, r := range ladder() {
		if r.step == s {
			return r
		}
	}
	return rung{}
}

// String is its name, as moderators write it and as it is stored.
func (s Step) String() string { return s.row().name }

// ParseStep reads a name; what is unknown is None.
func ParseStep(name string) Step {
	for _, r := range ladder() {
		if r.name == name {
			return r.step
		}
	}
	return None
}

// Next is the step that moderators go to from one; false if there is none. In between are
// those that were meant to be enough.
func (s Step) Next() (Step, bool) {
	switch {
	case s < Mute:
		return Mute, true
	case s < Ban:
		return Ban, true
	case s < Takedown:
		return s + 1, true
	default:
		return s, false
	}
}

// Verb is what a step is by, for the user in the room; "" if it does nothing to them.
func (s Step) Verb() action.Verb {
	switch {
	case s >= Ban:
		return action.Ban
	case s == Kick:
		return action.Kick
	case s == Mute:
		return action.Mute
	default:
		return ""
	}
}

// Offence is what somebody did, in one room.
type Offence struct {
	Room   id.RoomID
	User   id.UserID
	Events []id.EventID  // all that belongs to it, in the order in which it is to go
	Of     action.Object // what they are, if they are no messages
	Class  Class
	Weight int // in points
	// Set is what moderators want to follow from it.
	Set    Consequence
	Reason string // that everybody may read
	Cause  action.Cause
	// Trailing is what comes behind an offence that is dealt with already.
	Trailing bool
	// Words are what the user is told, where a step tells them; nothing if it is empty.
	Words string
	// Here are words that they are told instead in the room itself, if it is a step after which
	// they are still there.
	Here string
	// Rule writes a rule about the user to a list of the community's own, one for a
	// takedown if that is wanted; nil if there is none to write to.
	Rule func(takedown bool) action.Action
}

// Able knows what can be done in a room.
type Able interface {
	// Hinders says in words for moderators what keeps us from an action; "" if nothing
	// that we know of.
	Hinders(a action.Action) string
}

// Hindered is a consequence that cannot be carried out, and why.
type Hindered struct {
	Action action.Action
	Why    string
}

// Carry gives the actions that a verdict takes, in the order in which they are carried
// out: what stops harm comes before what cleans up. One that cannot be carried out keeps
// none of the others from it. taken is the step that they amount to: what is hindered was
// not taken.
func Carry(o Offence, v Verdict, able Able) (do []action.Action, not []Hindered, taken Step) {
	taken = min(v.Step, Alert)
	steps := []Step{v.Step}
	if v.Step > Redact {
		steps = append(steps, Redact)
	}
	for _, step := range steps {
		if step.row().do == nil {
			continue
		}
		hindered := false
		for _, a := range step.row().do(o, v.Ends) {
			if why := able.Hinders(a); why != "" {
				not, hindered = append(not, Hindered{a, why}), true
				continue
			}
			do = append(do, a)
		}
		switch {
		case hindered:
		case step > Ban && o.Rule == nil:
			taken = Ban
		default:
			taken = max(taken, step)
		}
	}
	return do, not, taken
}

func (o Offence) act(v action.Verb) action.Action {
	return action.Action{Verb: v, Room: o.Room, User: o.User, Reason: o.Reason, Cause: o.Cause}
}

func redact(o Offence, _ time.Time) (all []action.Action) {
	for _, e := range o.Events {
		a := o.act(action.Redact)
		a.Event, a.Of = e, o.Of
		all = append(all, a)
	}
	return all
}

func warn(o Offence, _ time.Time) []action.Action {
	if o.Here != "" {
		a := o.act(action.NotifyHere)
		a.Message = &action.Message{Markdown: o.Here, Mentions: []id.UserID{o.User}}
		return []action.Action{a}
	}
	if o.Words == "" {
		return nil
	}
	a := o.act(action.Notify)
	a.Message = &action.Message{Markdown: o.Words}
	return []action.Action{a}
}

func mute(o Offence, ends time.Time) []action.Action {
	a := o.act(action.Mute)
	a.Expires = ends
	return append([]action.Action{a}, warn(o, ends)...)
}

// kick tells the user before, for afterwards they share no room with us.
func kick(o Offence, _ time.Time) []action.Action {
	if o.Words == "" {
		return []action.Action{o.act(action.Kick)}
	}
	a := o.act(action.TellOut)
	a.Message = &action.Message{Markdown: o.Words}
	return []action.Action{a}
}

func ban(o Offence, ends time.Time) []action.Action {
	a := o.act(action.Ban)
	a.Expires = ends
	return append([]action.Action{a}, warn(o, ends)...)
}

func listBan(o Offence, ends time.Time) []action.Action  { return listed(o, ends, false) }
func takedown(o Offence, ends time.Time) []action.Action { return listed(o, ends, true) }

// listed bans where it happened, which needs no list, and has the list say the rest.
func listed(o Offence, _ time.Time, all bool) []action.Action {
	actions := ban(o, time.Time{})
	if o.Rule != nil {
		actions = append(actions, o.Rule(all))
	}
	return actions
}
