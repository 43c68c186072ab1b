package kit

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Trailing is how long after a ban, or a mute for spam, what arrives from the user still
// belongs to what that was for: it was under way then, or comes late from another server.
const Trailing = 10 * time.Minute

// offenders are those whom protections are having banned, or had, or muted for spam.
//
// One comes in when that is going to be tried, and what they say goes from then on;
// stays when it was done; and goes out when it was not, when it was lifted, or when
// the time is over. So a verdict alone leaves nothing behind.
type offenders struct {
	bans *Table[Place, []offence] // of each protection at most one
}

type offence struct {
	finding Finding
	until   time.Time
	made    bool
	muted   bool // and not banned
}

// silences reports whether an action keeps its user from going on. Who is muted for less
// than spam may have had something to say besides.
func silences(a action.Action, f Finding) (is, muted bool) {
	row := a.Verb.Row()
	switch {
	case a.Cause.Kind != action.ByProtection:
		return false, false
	case row.Lane == action.LevelLane && row.Direction == action.Tightens:
		return f.Weight >= Spam, true
	default:
		return row.Leads == event.MembershipBan, false
	}
}

// trailing is until when what comes behind an action goes: not for longer than it holds.
func trailing(a action.Action, at time.Time) time.Time {
	until := at.Add(Trailing)
	if !a.Expires.IsZero() && a.Expires.Before(until) {
		return a.Expires
	}
	return until
}

func newOffenders(g *Given) offenders { return offenders{NewTable[Place, []offence](g)} }

// caught reports whether what a signal says comes behind what its sender is banned
// for, and behind which offence. A name that they give themselves says something too.
func (o offenders) caught(protection string, in Signal) (id.EventID, bool) {
	if !in.CountsAsMessage() && !in.ownProfile() {
		return "", false
	}
	_, found := o.find(protection, Place{in.Room, in.Sender}, in.Arrived)
	if found == nil {
		return "", false
	}
	return found.finding.Offence, true
}

func (o offenders) sought(a action.Action, f Finding, at time.Time) {
	is, muted := silences(a, f)
	if !is {
		return
	}
	f.Events = nil
	f.Protection, f.Room, f.User, f.Offence = a.Cause.Protection, a.Room, a.User, a.Cause.Event
	p := Place{a.Room, a.User}
	sought := offence{finding: f, until: trailing(a, at), muted: muted}
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
	is, muted := silences(a, f)
	if !is {
		return f
	}
	banned = banned && !muted
	if found == nil && banned {
		o.sought(a, f, at)
		all, found = o.find(f.Protection, p, at)
	}
	switch {
	case found == nil || found.finding.Offence != f.Offence:
	case found.muted != muted:
	case banned, e.Fate == action.Done, muted && e.Fate == action.Dropped: // there was nothing to do for that: they are muted
		found.made, found.until = true, trailing(a, at)
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
	e := o.bans.entries[p]
	return e != nil && m != event.MembershipBan && slices.ContainsFunc(e.value, func(o offence) bool { return o.made && !o.muted })
}

// heard gives whose mute in a room was made, and may speak there now.
func (o offenders) heard(room id.RoomID, speaks func(id.UserID) bool) (places []Place) {
	for p, e := range o.bans.entries {
		if p.Room == room && slices.ContainsFunc(e.value, func(o offence) bool { return o.made && o.muted }) && speaks(p.User) {
			places = append(places, p)
		}
	}
	return places
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
