package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
)

// mostUnheard bounds what waits to be heard, in bytes of content.
const mostUnheard = 16 << 20

// unheard is what happened in protected rooms of which it is not known yet who has which
// power there. Protections look at it once it is: before, they would take everybody for
// one who is to be spared, or nobody.
type unheard struct {
	known func(room id.RoomID) bool // who has which power in a protected room
	rooms map[id.RoomID]*unheardRoom
	bytes int
	lost  int // for there was too much
}

// unheardRoom is what waits in one room.
type unheardRoom struct {
	signals []kit.Signal
	bytes   int
}

func weightOf(in kit.Signal) int {
	const besides = 1 << 10 // what an event takes besides its content
	if in.Event == nil {
		return besides
	}
	return besides + len(in.Event.Content.VeryRaw)
}

// in reports whether something waits in a room. What comes there waits behind it.
func (u *unheard) in(room id.RoomID) bool { return u.rooms[room] != nil }

// wait has a signal heard later. What is too much is taken from the room where most
// waits, the oldest first.
func (u *unheard) wait(in kit.Signal) {
	w := u.rooms[in.Room]
	if w == nil {
		w = new(unheardRoom)
		u.rooms[in.Room] = w
	}
	w.signals = append(w.signals, in)
	w.bytes += weightOf(in)
	u.bytes += weightOf(in)
	for u.bytes > mostUnheard {
		fullest := in.Room
		for room, w := range u.rooms {
			if w.bytes > u.rooms[fullest].bytes {
				fullest = room
			}
		}
		u.take(fullest, 1)
		u.lost++
	}
}

// take gives what happened first in a room, in its order, and has it wait no longer.
func (u *unheard) take(room id.RoomID, most int) (first []kit.Signal) {
	w := u.rooms[room]
	if w == nil {
		return nil
	}
	n := min(most, len(w.signals))
	first, w.signals = w.signals[:n:n], w.signals[n:]
	for _, in := range first {
		w.bytes -= weightOf(in)
		u.bytes -= weightOf(in)
	}
	if len(w.signals) == 0 {
		delete(u.rooms, room)
	}
	return first
}
