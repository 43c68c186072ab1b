package policy

import (
	"iter"

	"maunium.net/go/mautrix/id"
)

// watched are the lists, with how they stand to each other.
type watched struct {
	lists  map[id.RoomID]*list
	places map[id.RoomID]int
	may    map[id.RoomID]bool // lists that may exempt
	asides map[id.RoomID]Aside
}

// Exempting tells whether a list's exemptions are followed.
func (w *watched) Exempting(room id.RoomID) bool { return w.may[room] }

// LenOf is the number of rules in effect in one list.
func (w *watched) LenOf(room id.RoomID) int {
	if l := w.lists[room]; l != nil {
		return l.size
	}
	return 0
}

// Rules gives the rules in effect of one list, or of all for "", in no particular order.
func (w *watched) Rules(room id.RoomID) iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		for _, l := range w.lists {
			if room != "" && room != l.id {
				continue
			}
			for e := range l.rules() {
				if !yield(e.rule()) {
					return
				}
			}
		}
	}
}

func (w *watched) list(room id.RoomID) *list {
	l := w.lists[room]
	if l == nil {
		l = &list{id: room, place: w.placeOf(room), exempting: w.may[room], aside: w.asides[room]}
		w.lists[room] = l
	}
	return l
}

func (w *watched) placeOf(room id.RoomID) int {
	if place, ok := w.places[room]; ok {
		return place
	}
	return unplaced
}
