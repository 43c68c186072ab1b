package kit

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Trailing is how long after a ban what arrives from the user still belongs to what
// they were banned for: it was under way when the ban was made, or comes late from
// another server.
const Trailing = 10 * time.Minute

// offenders are those whom protections are having banned, or had.
//
// One comes in when a ban is going to be tried, and what they say goes from then on;
// stays when it was made; and goes out when it was not, when it was lifted, or when
// the time is over. So a verdict alone leaves nothing behind.
type offenders struct {
	bans *Table[Place, []offence] // of each protection at most one
}

type offence struct {
	finding Finding
	until   time.Time
	made    bool
}

func newOffenders(g *Given) offenders { return offenders{NewTable[Place, []offence](g)} }

// caught reports whether what a signal says comes behind what its sender is banned
// for, and behind which offence.
func (o offenders) caught(protection string, in Signal) (id.EventID, bool) {
	if !in.CountsAsMessage() {
		return "", false
	}
	_, found := o.find(protection, Place{in.Room, in.Sender}, in.Arrived)
	if found == nil {
		return "", false
	}
	return found.finding.Offence, true
}

func (o offenders) sought(a action.Action, f Finding, at time.Time) {
	if a.Verb != action.Ban || a.Cause.Kind != action.ByProtection {
		return
	}
	f.Events = nil
	f.Protection, f.Room, f.User, f.Offence = a.Cause.Protection, a.Room, a.User, a.Cause.Event
	p := Place{a.Room, a.User}
	sought := offence{finding: f, until: at.Add(Trailing)}
	if _, before := o.find(f.Protection, p, at); before != nil {
		if before.finding.Offence == f.Offence {
			return // known already, and better
		}
		*before = sought
	} else {
		all := o.bans.Keep(p, at, Trailing)
		*all = append(*all, sought)
	}
	o.resize(p, at)
}

// ended takes in how an action has ended, and says which finding it followed from.
// banned is whether the user is banned now: then all is as it was wanted, whoever did
// it, and however long it took.
func (o offenders) ended(e action.Ending, banned bool, at time.Time) Finding {
	a := e.Action
	f := Finding{Protection: a.Cause.Protection, Room: a.Room, User: a.User, Offence: a.Cause.Event, Reason: a.Reason}
	p := Place{a.Room, a.User}
	all, found := o.find(f.Protection, p, at)
	if found != nil && found.finding.Offence == f.Offence {
		f = found.finding
	}
	if a.Verb != action.Ban {
		return f
	}
	if found == nil && banned {
		o.sought(a, f, at)
		all, found = o.find(f.Protection, p, at)
	}
	switch {
	case found == nil || found.finding.Offence != f.Offence:
	case banned, e.Fate == action.Done:
		found.made, found.until = true, at.Add(Trailing)
		o.bans.Keep(p, at, Trailing)
	default:
		*all = slices.DeleteFunc(*all, func(o offence) bool { return o.finding.Protection == f.Protection })
		o.resize(p, at)
	}
	return f
}

// freed reports whether somebody whose ban was made is not banned: it was lifted
// before we saw it.
func (o offenders) freed(p Place, m event.Membership) bool {
	e, known := o.bans.entries[p]
	return known && m != event.MembershipBan && slices.ContainsFunc(o.bans.value(e), func(o offence) bool { return o.made })
}

// find is the offence that a protection has of a user, and what it stands among.
func (o offenders) find(protection string, p Place, at time.Time) (all *[]offence, found *offence) {
	all = o.bans.Find(p, at)
	if all == nil {
		return nil, nil
	}
	i := slices.IndexFunc(*all, func(o offence) bool { return o.finding.Protection == protection && at.Before(o.until) })
	if i < 0 {
		return all, nil
	}
	return all, &(*all)[i]
}

// resize counts what there is of a user now, and forgets what is over.
func (o offenders) resize(p Place, at time.Time) {
	all := o.bans.Find(p, at)
	if all == nil {
		return
	}
	*all = slices.DeleteFunc(*all, func(o offence) bool { return !at.Before(o.until) })
	if len(*all) == 0 {
		o.bans.Drop(p)
		return
	}
	bytes := 0
	for _, o := range *all {
		bytes += overhead + len(o.finding.Why) + len(o.finding.Offence)
	}
	o.bans.Resize(p, bytes)
}
