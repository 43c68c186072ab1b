// Package trust says how much of a member's good past is known: what they wrote that
// stood, on how many days, in how many rooms. It grows slowly and fades, and is bounded
// in memory whatever strangers send. It is pure.
//
// What it must withstand: a burst, for of one day only a few messages count, and of one
// day nobody is known; talk in a room of one's own, for only messages count where others
// talk too and where the writer has no rank; removal, for what is removed later counts no
// more; a million senders, for newcomers share a space of their own, and crowd out only
// each other.
package trust

import "math"

// Level is how far a member is trusted.
type Level int

// The levels.
const (
	New     Level = iota // nothing is known yet, or not enough
	Known                // took part on several days
	Regular              // has taken part for weeks
	Trusted              // has taken part for long, and often
)

// String is the level in the words of moderators.
func (l Level) String() string {
	switch l {
	case Known:
		return "known"
	case Regular:
		return "regular"
	case Trusted:
		return "trusted"
	default:
		return "new"
	}
}

// Levels are all of them, from the lowest on.
func Levels() []Level { return []Level{New, Known, Regular, Trusted} }

// MostADay is how many messages of one day count.
const MostADay = 5

// Past is what a level follows from. Of what is older less counts: half after eight
// weeks, nothing after sixteen.
type Past struct {
	Messages float64 // that stood, of each day no more than MostADay
	Days     float64 // on which there were some
	Rooms    int     // in which they were written, as far as it matters
	Open     bool    // there are points against the member that have not faded
}

// needs is what a level takes. To be known takes two days, of which the first may be some
// weeks ago: no burst is that long.
var needs = [...]struct{ messages, days float64 }{Known: {4, 1.5}, Regular: {20, 7}, Trusted: {60, 20}}

// mostRooms is in how many rooms taking part is of help.
const mostRooms = 3

// further is how much more the same past counts if it was in several rooms. It makes
// nobody known: there are bursts in many rooms.
func further(l Level, rooms int) float64 {
	if l <= Known {
		return 1
	}
	return 1 + 0.25*float64(min(max(rooms, 1), mostRooms)-1)
}

// Level is what a past comes to. Whoever has open points is known at most: the checks
// that spare regulars are for members like them.
func (p Past) Level() Level {
	level := New
	for l := Known; l <= Trusted; l++ {
		more := further(l, p.Rooms)
		if p.Messages*more < needs[l].messages || p.Days*more < needs[l].days {
			break
		}
		level = l
	}
	if p.Open {
		level = min(level, Known)
	}
	return level
}

const (
	// halfLife is in how many weeks half of it fades, and lasts after how many all is
	// forgotten.
	halfLife = 8
	lasts    = 16
)

// weights are how much a week counts by its age.
func weights() (w [lasts]float64) {
	for age := range w {
		w[age] = math.Exp2(-float64(age) / halfLife)
	}
	return w
}
