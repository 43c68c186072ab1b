package approval

import (
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// gathering is how long more rules are waited for of a list that was quiet for a day.
	gathering = 10 * time.Minute
	// betweenReviews is how often a list is asked about of which what is new is for moderators to look at …
	betweenReviews = 24 * time.Hour
	// … and how often at most if there is a wave of rules: so many within this long.
	betweenWaves = time.Hour
	wave         = 10
	waveWithin   = 10 * time.Minute
)

// Reviews is when to ask about lists of which what is new waits for a yes, whatever it does: once a day, and at once about
// a wave of rules. A list's owner decides how often there is news, and not how often moderators hear of it.
type Reviews struct {
	lists map[id.RoomID]*review
}

type review struct {
	asked time.Time   // zero if never
	came  []time.Time // the latest rules, as many as make a wave
	waved bool        // there was a wave since the last question
}

// NewReviews has asked about nothing.
func NewReviews() *Reviews { return &Reviews{lists: map[id.RoomID]*review{}} }

func (r *Reviews) of(list id.RoomID) *review {
	one := r.lists[list]
	if one == nil {
		one = &review{}
		r.lists[list] = one
	}
	return one
}

// Came notes that a list has so many rules more that wait.
func (r *Reviews) Came(list id.RoomID, rules int, now time.Time) {
	one := r.of(list)
	for range min(rules, wave) {
		one.came = append(one.came, now)
	}
	one.came = one.came[max(0, len(one.came)-wave):]
	one.waved = one.waved || len(one.came) == wave && now.Sub(one.came[0]) <= waveWithin
}

// Asked notes that a list was asked about.
func (r *Reviews) Asked(list id.RoomID, now time.Time) { r.lists[list] = &review{asked: now} }

// Due is when a list may be asked about that has something which waits.
func (r *Reviews) Due(list id.RoomID, now time.Time) time.Time {
	one := r.of(list)
	switch {
	case one.waved:
		return later(now, one.asked.Add(betweenWaves))
	case now.Sub(one.asked) < betweenReviews:
		return one.asked.Add(betweenReviews)
	case len(one.came) > 0:
		return later(now, one.came[0].Add(gathering))
	default:
		return now
	}
}

// Edit is when an open question about a list may be brought up to date: while its wave may go on, and then not before it is
// asked anew.
func (r *Reviews) Edit(list id.RoomID, now time.Time) time.Time {
	if now.Sub(r.of(list).asked) < betweenWaves {
		return now
	}
	return r.Due(list, now)
}

// Forget forgets a list that is reviewed no longer.
func (r *Reviews) Forget(list id.RoomID) { delete(r.lists, list) }
