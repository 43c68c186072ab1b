package community

import (
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	firstQuiet = 20 * time.Millisecond // one server ban alone should land at once …
	laterQuiet = time.Second           // … and a burst should cost one update a room,
	longest    = 5 * time.Second       // without being put off for ever.
	// In a burst that does not end, as when a list is filled, the updates come ever
	// more rarely: each is as large as all that were before it. A moderator who waits
	// for one does not wait longer than for the first.
	longestOfAll = time.Minute
)

// debounce gathers rooms whose ACL should be looked at. Each room's update is a
// state event that every server in the room must store for ever.
type debounce struct {
	rooms map[id.RoomID]bool
	ready []releasedACL // whose burst is over, to be planned
	first time.Time     // when the present burst began
	last  time.Time     // when a server rule last changed in it
	quiet time.Duration
	rules bool // a server rule changed in it
	asked bool // a moderator waits for it
	// streak is how many updates in a row could not wait for the end of the burst.
	streak int
	before time.Time // when a server rule last changed in an earlier burst
}

// want adds a room.
func (d *debounce) want(room id.RoomID, now time.Time) {
	if len(d.rooms) == 0 {
		*d = debounce{rooms: map[id.RoomID]bool{}, first: now, last: now, quiet: firstQuiet, streak: d.streak, before: d.before, ready: d.ready}
		// What comes so soon after is the same burst, though it had an update already.
		if d.streak > 0 || now.Sub(d.before) < laterQuiet {
			d.quiet = laterQuiet
		}
	}
	d.rooms[room] = true
}

// waiting are the rooms that are not planned yet.
func (d *debounce) waiting() []id.RoomID {
	all := slices.Collect(maps.Keys(d.rooms))
	for _, r := range d.ready {
		if !d.rooms[r.room] {
			all = append(all, r.room)
		}
	}
	return all
}

// changed notes that a server rule changed: a second one makes a burst.
func (d *debounce) changed(now time.Time) {
	if len(d.rooms) == 0 {
		return
	}
	if d.rules {
		d.quiet = laterQuiet
	}
	d.rules, d.last = true, now
}

// due is when the rooms should be looked at; zero if there are none.
func (d *debounce) due() time.Time {
	if len(d.rooms) == 0 {
		return time.Time{}
	}
	due := d.last.Add(d.quiet)
	if latest := d.latest(); due.After(latest) {
		return latest
	}
	return due
}

// latest is when the rooms are looked at, whatever goes on.
func (d *debounce) latest() time.Time {
	if d.asked {
		return d.first.Add(longest)
	}
	return d.first.Add(min(longest<<min(d.streak, 10), longestOfAll))
}

// over ends the burst, or this part of it.
func (d *debounce) over(now time.Time) {
	streak := 0
	if now.Before(d.last.Add(d.quiet)) {
		streak = d.streak + 1
	}
	before := d.before
	if d.rules {
		before = d.last
	}
	*d = debounce{streak: streak, before: before, ready: d.ready}
}
