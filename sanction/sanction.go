// Package sanction says what follows from an offence. It is pure: it decides by what
// it is given, and carries out nothing.
package sanction

import (
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Weight is how bad an offence is.
type Weight int

// The weights.
const (
	Light Weight = iota // what was said goes
	Grave               // and its author
)

// Offence is what somebody did.
type Offence struct {
	Room   id.RoomID
	User   id.UserID
	Events []id.EventID // all that belongs to it, in the order in which it is to go
	Weight Weight
	Reason string // that everybody may read
	Cause  action.Cause
	// Trailing is what comes behind an offence that is dealt with already.
	Trailing bool
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

// consequence is a row of the table: what it takes, and what is done then.
type consequence struct {
	from Weight // this weight or more
	// fresh is a consequence that an offence has once, and not what trails behind it.
	fresh bool
	do    func(o Offence) []action.Action
}

// consequences are in the order in which they are carried out: a ban comes before the
// removals, so that a flood ends before it is cleaned up.
func consequences() []consequence {
	return []consequence{
		{from: Grave, fresh: true, do: ban},
		{from: Light, do: redact},
	}
}

// Of gives what follows from an offence, and what would if it could be done. One
// consequence that cannot be carried out keeps none of the others from it.
func Of(o Offence, able Able) (do []action.Action, not []Hindered) {
	for _, c := range consequences() {
		if o.Weight < c.from || c.fresh && o.Trailing {
			continue
		}
		for _, a := range c.do(o) {
			if why := able.Hinders(a); why != "" {
				not = append(not, Hindered{a, why})
				continue
			}
			do = append(do, a)
		}
	}
	return do, not
}

func ban(o Offence) []action.Action {
	return []action.Action{{Verb: action.Ban, Room: o.Room, User: o.User, Reason: o.Reason, Cause: o.Cause}}
}

func redact(o Offence) (all []action.Action) {
	for _, e := range o.Events {
		all = append(all, action.Action{Verb: action.Redact, Room: o.Room, User: o.User, Event: e, Reason: o.Reason, Cause: o.Cause})
	}
	return all
}
