package approval

import (
	"slices"
	"strings"
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
	shares, before := map[id.RoomID]int{}, map[id.RoomID]int{}
	for who, s := range window {
		for _, room := range s.rooms {
			if c.Sizes[room] > 0 && !again(c.Hits, who, room) {
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

// again reports whether a change hits somebody in a room.
func again(hits []Hit, who string, in id.RoomID) bool {
	for _, h := range hits {
		if h.Who != who {
			continue
		}
		if slices.Contains(h.Rooms, in) {
			return true
		}
	}
	return false
}

// Spend takes a change that goes ahead out of a list's budget.
func (b *Budget) Spend(list id.RoomID, c Cost, l Limits, now time.Time) {
	if len(c.Hits) == 0 {
		return
	}
	window := b.window(list, l.Within, now)
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
	}
}

// Spent is one hit of a list, as it is stored.
type Spent struct {
	Who   string      `json:"who"`
	At    int64       `json:"at"` // milliseconds
	Rooms []id.RoomID `json:"rooms,omitempty"`
}

// Spent is what a list did lately, to be stored: a restart must not give it all back.
func (b *Budget) Spent(list id.RoomID, within time.Duration, now time.Time) []Spent {
	var all []Spent
	for who, s := range b.window(list, within, now) {
		all = append(all, Spent{who, s.at.UnixMilli(), s.rooms})
	}
	slices.SortFunc(all, func(a, b Spent) int { return strings.Compare(a.Who, b.Who) })
	return all
}

// Load takes up what a list had done before a restart.
func (b *Budget) Load(list id.RoomID, all []Spent) {
	window := map[string]*spent{}
	for _, s := range all {
		window[s.Who] = &spent{time.UnixMilli(s.At), s.Rooms}
	}
	if len(window) > 0 {
		b.lists[list] = window
	}
}

// window is what a list did lately; what is older is forgotten.
func (b *Budget) window(list id.RoomID, within time.Duration, now time.Time) map[string]*spent {
	window := b.lists[list]
	for who, s := range window {
		if now.Sub(s.at) >= within {
			delete(window, who)
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
	delete(b.lists, list)
	delete(b.over, list)
}
