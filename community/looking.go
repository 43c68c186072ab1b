package community

import (
	"context"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/rooms"
	"forseti/store"
)

// looking is the whole state of a protected room that is taken in. There may be a hundred
// thousand members, so that the owner does a part of them at a time. What sync tells
// meanwhile is newer and stays. A room that is new here is left alone until the end.
type looking struct {
	room    id.RoomID
	as      *protectedRoom
	list    *list // that the room is as well: its rules are read apart
	reading *rooms.Reading
	rows    []memberRow
	over    func(rows []store.StateRow) // what is done in the end

	read    bool
	changes []rooms.Change // that are acted on in the end
	stored  []store.StateRow
}

// memberRow is a row of a room's state that is stored if the room remembers what it is
// about.
type memberRow struct {
	evt *event.Event
	row store.StateRow
}

// rowPart is how many rows are looked through in one go.
const rowPart = 5000

// lookingAt prepares what needs nothing of ours.
func lookingAt(room id.RoomID, r roles, state []*event.Event) *looking {
	l := &looking{room: room, as: r.protected, list: r.list, reading: rooms.NewReading(state)}
	for _, evt := range state {
		if evt.StateKey != nil && kept(evt.Type.Type) && (r.list == nil || !policy.IsRuleType(evt.Type.Type)) {
			l.rows = append(l.rows, memberRow{evt, stateRow(evt)})
		}
	}
	return l
}

// lookOne goes on with protected rooms that were read, first with the first; false if there
// are none, or if what was taken in of others waits to be stored first.
func (i *intake) lookOne(now time.Time) bool {
	if len(i.looks) == 0 || i.commits.Much() {
		return false
	}
	for began := time.Now(); len(i.looks) > 0 && !i.commits.Much() && time.Since(began) < readingStretch; {
		l := i.looks[0]
		out, gone := i.places.isOut(l.room), i.protecting.rooms[l.room] != l.as
		if !out && !gone && !i.lookPart(l, crowd, now) {
			continue
		}
		i.looks = i.looks[1:]
		switch {
		case out: // it is read when we are back
			i.survey.Taken(l.room)
		case gone && i.places.any(l.room): // it is not protected any more, or once more
			i.survey.Anew(l.room)
		case gone:
			i.survey.Taken(l.room)
		default:
			l.over(l.stored)
		}
	}
	return true
}

// lookPart takes in a part of a protected room, and reports whether that was the last. The
// first time, and when we were away from it, a sweep that would hit many waits for a yes:
// rules that came meanwhile were weighed without its members.
func (i *intake) lookPart(l *looking, most int, at time.Time) (done bool) {
	if l.read {
		r, _ := i.places.roles(l.room)
		n := min(max(most, rowPart), len(l.rows))
		for _, row := range l.rows[:n] {
			if i.places.stored(r, row.evt) {
				l.stored = append(l.stored, row.row)
			}
		}
		l.rows = l.rows[n:]
		return len(l.rows) == 0
	}
	told := func(kind, key string) bool { return i.survey.Told(l.room, kind, key) }
	changes, keys, more := i.world.ReadRoom(l.room, l.reading, most, at, told)
	i.queue.enqueue(keys, at)
	for _, change := range changes {
		if change.User == "" || change.User == i.world.Self() {
			l.changes = append(l.changes, change) // it is about all of the room
		} else {
			i.followRoom(l.room, change)
		}
	}
	if more {
		return false
	}
	l.read = true
	w, first := l.as, !l.as.read
	w.read, w.trouble = true, ""
	forgetLeavers(i.world, l.room, at, i.commits.Next())
	if (first || w.away) && !w.refused {
		i.protecting.sweepFirst(l.room, w, at)
	}
	i.claimAll(l.room, at)
	for _, change := range l.changes {
		i.followRoom(l.room, change)
	}
	i.protections.looked(l.room)
	i.places.checkPresence(l.room)
	i.protecting.checkPower(l.room)
	return len(l.rows) == 0
}

// look has a protected room taken in that was read.
func (s *surveying) look(room id.RoomID, r roles, state []*event.Event, then func(rows []store.StateRow)) {
	s.loop.Later("take in a room", func(context.Context) {
		l := lookingAt(room, r, state)
		l.over = then
		s.loop.Post(func() { s.intake.looks = append(s.intake.looks, l) })
	}, func(err error) {
		s.unreadable(room, err)
		s.survey.Failed(room, err)
	})
}
