package kit

import (
	"time"

	"maunium.net/go/mautrix/id"
)

// forEver is as long as there is space.
const forEver = 100 * 365 * 24 * time.Hour

// accepted counts messages that nobody had anything against, by user and room.
type accepted struct {
	counts *Table[Place, int]
	since  time.Time // when the counting began; zero if it has not
}

// begin counts from now on, if it does not already.
func (a *accepted) begin(at time.Time) {
	if a.since.IsZero() {
		a.since = at
	}
}

// end forgets all of it.
func (a *accepted) end() {
	a.counts.clear()
	a.since = time.Time{}
}

func (a *accepted) add(p Place, at time.Time) { *a.counts.Keep(p, at, forEver)++ }

// in counts for the members of a room. What is said of somebody who joined at a time
// is whole if nothing since then can be missing.
func (a *accepted) in(room id.RoomID) func(u id.UserID, joined time.Time) (n int, whole bool) {
	return func(u id.UserID, joined time.Time) (int, bool) {
		whole := joined.After(a.since) && a.counts.Whole(joined)
		if e, ok := a.counts.entries[Place{room, u}]; ok {
			return a.counts.value(e), whole
		}
		return 0, whole
	}
}
