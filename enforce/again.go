package enforce

import (
	"maps"
	"slices"

	"forseti/policy"
)

// again is the look at everybody of whom something may be left to do: whom a rule bans, and
// whom we have banned.
type again struct {
	round *policy.Round
	bans  []place
	once  bool // once more, when it is done
}

func (a *again) under() bool { return a.round != nil }

// begin begins the look, or has it made once more: if it began anew each time, it might never
// come to the last of them.
func (a *again) begin(subjects *policy.Subjects, bans *Bans) {
	if a.under() {
		a.once = true
		return
	}
	*a = again{round: subjects.Round(), bans: slices.AppendSeq(make([]place, 0, len(bans.ours)), maps.Keys(bans.ours))}
}

// quick is how many users of whom nothing is left to do are passed over in the time that it
// takes to look at one.
const quick = 16

// again looks at some of everybody, up to so many of whom something may be left to do.
func (p *planner) again(a *again, most int) (keys []Key) {
	if !a.under() {
		return nil
	}
	for _, at := range takeLast(&a.bans, most) {
		if most--; p.census.rooms[at.room] != nil {
			keys = append(keys, memberKey(at.room, at.user))
		}
	}
	if most == 0 {
		return keys
	}
	for u := range a.round.Next(quick*most, p.book.indexes()...) {
		_, ban := p.desired(u) // once for all rooms: rules may have been written for it to be dear
		for _, r := range p.census.of(u) {
			m, _ := r.Member(u)
			if left, settled := p.settled(r.ID(), u, m); left || !settled && ban {
				keys = append(keys, memberKey(r.ID(), u))
			}
		}
		if most--; most == 0 {
			break
		}
	}
	if !a.round.Done() {
		return keys
	}
	once := a.once
	if *a = (again{}); once {
		a.begin(p.census.subjects, p.bans)
	}
	return keys
}

// Again has everything looked at anew. It gives the first of the keys of which something
// may be left to do; the others come by Backlog.
func (w *World) Again() []Key {
	w.backlog.again.begin(w.census.subjects, w.Bans)
	keys := w.plan.again(&w.backlog.again, w.backlog.few)
	for room := range w.census.rooms {
		keys = append(keys, aclKey(room))
	}
	return keys
}

// Backlog looks at some of those whom a change touched and who have not been looked at,
// and gives the keys of which something may be left to do: the owner has other things
// to do in between. What it costs is bounded by the number of users and of the rooms
// that they are in.
func (w *World) Backlog(users int) []Key {
	var keys []Key
	some := w.backlog.take(users)
	for _, u := range some {
		keys = append(keys, w.census.keysOf(u)...)
	}
	if users -= len(some); users == 0 {
		return keys
	}
	if w.backlog.again.under() {
		return append(keys, w.plan.again(&w.backlog.again, users)...)
	}
	room, all, some := w.backlog.takeIn(users, w.census.everybody)
	r := w.census.rooms[room]
	if r == nil {
		return keys // not looked after any more
	}
	for _, u := range some {
		if m, known := r.Member(u); known && (all || w.plan.concerns(room, u, m)) {
			keys = append(keys, memberKey(room, u))
		}
	}
	return keys
}

// Behind reports whether Backlog has more.
func (w *World) Behind() bool { return !w.backlog.empty() }
