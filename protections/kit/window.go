package kit

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

// sentBytes is about what one counted event costs besides its ID.
const sentBytes = 64

// Window counts signals by key over a time that moves along, and remembers which
// events they were.
//
// Those that waited for us reach us all at once, so they are counted apart, by the
// clock of the server that they come from. It can lie, but only to let its own users
// get away with what is over; what comes next is counted by our own clock, and by that
// one together with what waited.
type Window[K Key] struct{ counts *Table[K, counted] }

// counted is what came of late under one key, in order of time. What waited for us is
// apart: its times are of another clock.
type counted struct {
	live     []sent
	backlog  []sent
	returned time.Time // when the last of the backlog reached us

	one [1]sent // where live begins: mostly there is no more
}

type sent struct {
	Spot
	at     time.Time
	origin time.Time // by the clock of its server; zero if that says nothing
	out    bool      // handed out
}

// Spot is an event in a room.
type Spot struct {
	Room  id.RoomID
	Event id.EventID
}

// NewWindow returns an empty window of what a protection was given.
func NewWindow[K Key](g *Given) *Window[K] { return &Window[K]{NewTable[K, counted](g)} }

// Add counts a signal, and returns how many there are with it within the time before
// it. If they are more than most, over are those of them that were not handed out
// before, oldest first; they go on being counted.
//
// n is zero of a signal that was counted before, as after a restart or a gap, and of
// one that has no time at all.
func (w *Window[K]) Add(key K, in Signal, within time.Duration, most int) (n int, over []id.EventID) {
	n, all := w.AddIn(key, in, within, most, 1)
	for _, s := range all {
		over = append(over, s.Event)
	}
	return n, over
}

// AddIn is Add where what is counted is of several rooms: it is not too much while it is of
// fewer than that.
func (w *Window[K]) AddIn(key K, in Signal, within time.Duration, most, rooms int) (n int, over []Spot) {
	if in.Event == nil {
		return 0, nil
	}
	c := w.counts.Keep(key, in.Arrived, within)
	if c.has(in.Event.ID) {
		return 0, nil
	}
	s := sent{Spot: Spot{in.Room, in.Event.ID}, at: in.Arrived}
	s.origin, _ = in.Sent()
	if in.Backlog {
		if s.origin.IsZero() {
			return 0, nil
		}
		s.at = s.origin
		n = c.addBacklog(s, in.Arrived, within)
	} else {
		n = c.addLive(s, within)
	}
	n = max(n, c.across(s.origin, within))
	if n > most && c.rooms(rooms) >= rooms {
		over = c.handOut(most + 1)
	}
	w.counts.Resize(key, c.bytes())
	return n, over
}

// Forget begins anew with a key.
func (w *Window[K]) Forget(key K) { w.counts.Drop(key) }

// Len is how many keys there are.
func (w *Window[K]) Len() int { return w.counts.Len() }

func (c *counted) bytes() (n int) {
	for _, part := range [][]sent{c.backlog, c.live} {
		for _, s := range part {
			n += sentBytes + len(s.Event)
		}
	}
	return n
}

// rooms is in how many rooms it is, counted up to so many.
func (c *counted) rooms(most int) (n int) {
	if most == 1 {
		return 1
	}
	seen := make([]id.RoomID, 0, most)
	for _, part := range [][]sent{c.live, c.backlog} {
		for _, s := range part {
			if !slices.Contains(seen, s.Room) {
				if seen = append(seen, s.Room); len(seen) == most {
					return most
				}
			}
		}
	}
	return len(seen)
}

func (c *counted) has(event id.EventID) bool {
	same := func(s sent) bool { return s.Event == event }
	return slices.ContainsFunc(c.live, same) || slices.ContainsFunc(c.backlog, same)
}

// addLive adds what has just been sent. A backlog from just before may belong to it,
// and is kept for so long.
func (c *counted) addLive(s sent, within time.Duration) int {
	before := s.at.Add(-within)
	if c.live = since(c.live, before); len(c.live) == 0 {
		c.live = c.one[:0]
	}
	c.live = append(c.live, s)
	if !c.returned.After(before) {
		c.backlog = nil
	}
	return len(c.live)
}

// addBacklog adds what waited for us, and returns how many of the backlog were sent
// within the time before the newest of it. Servers' clocks may be set back, and
// events come out of order.
func (c *counted) addBacklog(s sent, arrived time.Time, within time.Duration) int {
	i, _ := slices.BinarySearchFunc(c.backlog, s.at, func(s sent, at time.Time) int { return s.at.Compare(at) })
	c.backlog = slices.Insert(c.backlog, i, s)
	latest := c.backlog[len(c.backlog)-1].at
	c.backlog = since(c.backlog, latest.Add(-within))
	c.returned = arrived
	c.live = since(c.live, arrived.Add(-within))
	return len(c.backlog)
}

// across is how many were sent in the time before one of them, if some waited for us and
// some did not: a flood does not end where we come back.
func (c *counted) across(latest time.Time, within time.Duration) (n int) {
	if len(c.backlog) == 0 || len(c.live) == 0 || latest.IsZero() {
		return 0
	}
	before := latest.Add(-within)
	for _, part := range [][]sent{c.backlog, c.live} {
		for _, s := range part {
			if s.origin.After(before) && !s.origin.After(latest) {
				n++
			}
		}
	}
	return n
}

// handOut returns what was not handed out before. Of what was, no more than the
// newest few need be remembered: that there are too many is known by them.
func (c *counted) handOut(keep int) (events []Spot) {
	for _, part := range []*[]sent{&c.backlog, &c.live} {
		for i := range *part {
			if !(*part)[i].out {
				(*part)[i].out = true
				events = append(events, (*part)[i].Spot)
			}
		}
		*part = newest(*part, keep)
	}
	return events
}

// since is what is after the given time.
func since(messages []sent, before time.Time) []sent {
	n := 0
	for n < len(messages) && !messages[n].at.After(before) {
		n++
	}
	return messages[n:]
}

// newest is the end of it, in a slice that does not hold on to what is before.
func newest(messages []sent, most int) []sent {
	if len(messages) > most {
		return slices.Clone(messages[len(messages)-most:])
	}
	return messages
}
