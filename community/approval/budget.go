package approval

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

// Limits are what the changes of one list may do within a time, all together.
type Limits struct {
	Members int // present members who are banned or freed, and servers that are let in again
	Percent int // of the members of one room
	Within  time.Duration
}

// Hit is one member or server that a change hits or frees.
type Hit struct {
	Who   string
	Rooms []id.RoomID // where they are present
}

// Cost is what a change would take out of a budget.
type Cost struct {
	Hits []Hit
	// Sizes are how many members the rooms have in which a share says something.
	Sizes map[id.RoomID]int
}

// Budget keeps what the changes of each list did lately, so that many small changes
// weigh as much as one large one.
type Budget struct {
	lists map[id.RoomID]map[string]*spent
	over  map[id.RoomID]time.Time // lists that used theirs up, until when
	ended []Stored
}

// spent is one hit of a list, as often as it was hit.
type spent struct {
	at    time.Time
	rooms []id.RoomID
}

// NewBudget has seen nothing.
func NewBudget() *Budget {
	return &Budget{lists: map[id.RoomID]map[string]*spent{}, over: map[id.RoomID]time.Time{}}
}

// Allows reports whether a change of a list is within the limits, together with
// what the list's changes did lately.
func (b *Budget) Allows(list id.RoomID, c Cost, l Limits, now time.Time) bool {
	if len(c.Hits) == 0 {
		return true
	}
	if now.Before(b.over[list]) {
		return false
	}
	window := b.window(list, l.Within, now)
	count := len(window)
	shares, before := make(map[id.RoomID]int, len(c.Sizes)), make(map[id.RoomID]int, len(c.Sizes))
	for who, s := range window {
		hits := of(c.Hits, who)
		for _, room := range s.rooms {
			if c.Sizes[room] > 0 && !again(hits, room) {
				before[room]++ // who was hit need not be a member any more, and was one
			}
		}
	}
	seen := map[string]bool{}
	for _, h := range c.Hits {
		if seen[h.Who] {
			continue
		}
		seen[h.Who] = true
		if window[h.Who] == nil {
			count++
		}
		for _, room := range h.Rooms {
			shares[room]++
		}
	}
	for room, hit := range shares {
		if all := c.Sizes[room]; all > 0 && 100*(hit+before[room]) > l.Percent*(all+before[room]) {
			return false
		}
	}
	return count <= l.Members
}

// of are those hits that are somebody's.
func of(hits []Hit, who string) (theirs []Hit) {
	for _, h := range hits {
		if h.Who == who {
			theirs = append(theirs, h)
		}
	}
	return theirs
}

// again reports whether one of somebody's hits is in a room.
func again(theirs []Hit, in id.RoomID) bool {
	return slices.ContainsFunc(theirs, func(h Hit) bool { return slices.Contains(h.Rooms, in) })
}

// Spend takes a change that goes ahead out of a list's budget, and gives what is to be stored
// of it.
func (b *Budget) Spend(list id.RoomID, c Cost, l Limits, now time.Time) []Stored {
	window := b.window(list, l.Within, now)
	stored := make([]Stored, 0, len(c.Hits))
	if len(c.Hits) == 0 {
		return stored
	}
	if window == nil {
		window = map[string]*spent{}
		b.lists[list] = window
	}
	for _, h := range c.Hits {
		s := window[h.Who]
		if s == nil {
			s = &spent{}
			window[h.Who] = s
		}
		s.at = now
		if len(h.Rooms) > 0 {
			s.rooms = h.Rooms
		}
		stored = append(stored, Stored{list, Spent{h.Who, now.UnixMilli(), s.rooms}})
		b.ended = slices.DeleteFunc(b.ended, func(e Stored) bool { return e.List == list && e.Who == h.Who })
	}
	return stored
}

// Spent is one hit of a list, as it is stored: a restart must not give it all back.
type Spent struct {
	Who   string      `json:"who"`
	At    int64       `json:"at"` // milliseconds
	Rooms []id.RoomID `json:"rooms,omitempty"`
}

// Stored is a hit and the list that it is of.
type Stored struct {
	List id.RoomID
	Spent
}

// Ended gives those stored hits that do not count any more, each once.
func (b *Budget) Ended() []Stored {
	ended := b.ended
	b.ended = nil
	return ended
}

// Load takes up what a list had done before a restart.
func (b *Budget) Load(list id.RoomID, s Spent) {
	if b.lists[list] == nil {
		b.lists[list] = map[string]*spent{}
	}
	b.lists[list][s.Who] = &spent{time.UnixMilli(s.At), s.Rooms}
}

// window is what a list did lately; what is older is forgotten.
func (b *Budget) window(list id.RoomID, within time.Duration, now time.Time) map[string]*spent {
	window := b.lists[list]
	for who, s := range window {
		if now.Sub(s.at) >= within {
			delete(window, who)
			b.end(list, who)
		}
	}
	if len(window) == 0 {
		delete(b.lists, list)
		return nil
	}
	return window
}

// Over notes that a list has used its budget up: the rest waits too, also if what
// was spent is not known any more.
func (b *Budget) Over(list id.RoomID, until time.Time) { b.over[list] = until }

// Forget begins a list's budget anew, as a moderator's yes does.
func (b *Budget) Forget(list id.RoomID) {
	for who := range b.lists[list] {
		b.end(list, who)
	}
	delete(b.lists, list)
	delete(b.over, list)
}

func (b *Budget) end(list id.RoomID, who string) {
	b.ended = append(b.ended, Stored{list, Spent{Who: who}})
}
