package kit

import "time"

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

// of is how many of a user's messages were counted. What is said of somebody who
// joined at a time is whole if nothing since then can be missing.
func (a *accepted) of(p Place, joined time.Time) (n int, whole bool) {
	if e, ok := a.counts.entries[p]; ok {
		n = a.counts.value(e)
	}
	return n, joined.After(a.since) && a.counts.Whole(joined)
}
