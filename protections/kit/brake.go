package kit

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
	"forseti/sanction/trust"
)

const (
	// brakeWithin is in which time so many are not to be hit.
	brakeWithin = time.Minute
	// fewestHit is how many must be hit, or undone, for a share of them to mean anything.
	fewestHit = 3
	// activeFor is how long somebody who wrote is an active member.
	activeFor = 24 * time.Hour
	// oldMember is how long somebody must have been in a room, to count while nobody is known.
	oldMember = 7 * 24 * time.Hour
	// mostActive bounds how many active members of a room are told apart.
	mostActive = 1000
	// latestHits is of how many hits it is known whether they were undone, for how long.
	latestHits = 50
	hitsCount  = 7 * 24 * time.Hour
)

// Brake says that a protection went to shadow by itself.
type Brake struct {
	Protection string
	Room       id.RoomID // "" for everywhere
	Why        string    // in words for moderators: "it would have hit …"
}

// brakes keep a protection that errs from doing harm: it goes to shadow where it would hit
// many of those who belong there, and everywhere if too much of what it did is undone.
//
// Only those count who belong there: members that are known, or where hardly anybody is,
// those who have been there for a week. A hundred newcomers who are hit at once are what a
// protection is for, and are not to switch it off.
type brakes struct {
	share, undone Typed[int]

	active *Table[Text, gathering] // by room
	hits   map[brakeKey][]struck
	pulled []Brake // to be told
}

type brakeKey struct {
	protection string
	room       id.RoomID
}

// crowd is who wrote in a room of late and belongs there.
type crowd map[id.UserID]seen

// gathering is the crowd of a room, and when it was last looked through for who does not
// belong to it any more: with each message that would be dear.
type gathering struct {
	crowd
	pruned time.Time
}

// pruneAfter is how often a crowd is looked through at the most.
const pruneAfter = time.Minute

type seen struct {
	at    time.Time
	known bool
}

// struck is a member who was hit.
type struck struct {
	user id.UserID
	at   time.Time
}

// brake and brakeUndone are options that every protection has.
func brake() Typed[int] {
	return orNone("brake", 30, 1, 100, "How many percent of a room's active members it may hit within a minute: at more, from three on, it goes to shadow there. Newcomers do not count.")
}

func brakeUndone() Typed[int] {
	return orNone("brake-undone", 30, 1, 100, "How many percent of what it did within a week may be a mistake: a ban that is lifted by hand, a removal, notice, mute or wave that is marked as wrong. At more, from three on, it goes to shadow everywhere.")
}

func newBrakes(own *Given) *brakes {
	return &brakes{
		share: brake(), undone: brakeUndone(),
		active: NewTable[Text, gathering](own),
		hits:   map[brakeKey][]struck{},
	}
}

// saw notes that somebody wrote who belongs to a room.
func (b *brakes) saw(in Signal, room *rooms.Room, level trust.Level) {
	known := level >= trust.Known
	if !known {
		m, _ := room.Member(in.Sender)
		if m.Membership != event.MembershipJoin || m.Changed.IsZero() || in.Arrived.Sub(m.Changed) < oldMember {
			return
		}
	}
	key := Text(in.Room)
	members := b.active.Keep(key, in.Arrived, activeFor)
	if members.crowd == nil {
		members.crowd = crowd{}
	}
	before, was := members.crowd[in.Sender]
	if !was && len(members.crowd) >= mostActive {
		if ago := in.Arrived.Sub(members.pruned); ago < 0 || ago >= pruneAfter {
			members.prune(in.Arrived)
			members.pruned = in.Arrived
		}
		if len(members.crowd) >= mostActive {
			return // there are enough to tell a share of them
		}
	}
	members.crowd[in.Sender] = seen{in.Arrived, known || before.known}
	if !was {
		b.active.Resize(key, len(members.crowd)*overhead)
	}
}

func (c crowd) prune(now time.Time) {
	for u, s := range c {
		if now.Sub(s.at) >= activeFor {
			delete(c, u)
		}
	}
}

// belong gives who belongs to a room and wrote of late: who is known, if there are some,
// else who has been there for long.
func (b *brakes) belong(room id.RoomID, now time.Time) crowd {
	members := b.active.Find(Text(room), now)
	if members == nil {
		return nil
	}
	members.prune(now)
	b.active.Resize(Text(room), len(members.crowd)*overhead)
	known := crowd{}
	for u, s := range members.crowd {
		if s.known {
			known[u] = s
		}
	}
	if len(known) < fewestHit {
		return members.crowd
	}
	return known
}

// pull reports whether a finding is one too many, and notes it otherwise.
func (b *brakes) pull(f Finding, most int, now time.Time) bool {
	if most == 0 || f.Trailing || f.Weight == Note {
		return false
	}
	all := b.belong(f.Room, now)
	if _, belongs := all[f.User]; !belongs {
		return false
	}
	key := brakeKey{f.Protection, f.Room}
	hits := slices.DeleteFunc(b.hits[key], func(s struck) bool { return now.Sub(s.at) >= brakeWithin || s.user == f.User })
	hits = append(hits, struck{f.User, now})
	b.hits[key] = hits
	n := len(hits)
	if n < fewestHit || n*100 <= most*len(all) {
		return false
	}
	delete(b.hits, key)
	b.pulled = append(b.pulled, Brake{f.Protection, f.Room, fmt.Sprintf("within a minute it would have hit %d of the %d members who are active there", n, len(all))})
	return true
}

// leave forgets a room.
func (b *brakes) leave(room id.RoomID) {
	b.active.Drop(Text(room))
	for key := range b.hits {
		if key.room == room {
			delete(b.hits, key)
		}
	}
}

// forget begins anew with a protection.
func (b *brakes) forget(protection string) {
	for key := range b.hits {
		if key.protection == protection {
			delete(b.hits, key)
		}
	}
}

// tellBrakes tells which protections went to shadow. Whoever hears it may set them.
func (s *Set) tellBrakes() {
	pulled := s.brakes.pulled
	s.brakes.pulled = nil
	for _, b := range pulled {
		if s.Braked != nil {
			s.Braked(b)
		}
	}
}

// braked takes out what a protection may not do any more: from the finding on that is one
// too many it is in shadow in that room.
func (s *Set) braked(r *running, found []Finding, now time.Time) (left []Finding) {
	for _, f := range found {
		if values := r.values[f.Room]; values != nil && !s.brakes.pull(f, s.brakes.share.of(values), now) {
			left = append(left, f)
			if f.Wave {
				s.Waved(f, now)
			}
			continue
		}
		r.values[f.Room] = nil // off, until whoever is told sets it
		s.shadow(f, now)
	}
	return left
}
