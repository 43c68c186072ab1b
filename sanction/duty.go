package sanction

import (
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

// Duty is which moderators are on duty, and until when.
type Duty map[id.UserID]time.Time

// MostOnDuty bounds who is on duty at once: each is called.
const MostOnDuty = 50

// At is who is on duty at a time.
func (d Duty) At(now time.Time) (on []id.UserID) {
	for _, u := range slices.Sorted(maps.Keys(d)) {
		if now.Before(d[u]) {
			on = append(on, u)
		}
	}
	return on
}

// With is the duty with somebody on duty until a time, or off duty if that is over. Whose time is
// over is left out of it. ok is false if there are too many.
func (d Duty) With(u id.UserID, until, now time.Time) (with Duty, ok bool) {
	with = Duty{}
	for _, on := range d.At(now) {
		with[on] = d[on]
	}
	delete(with, u)
	if now.Before(until) {
		with[u] = until
	}
	return with, len(with) <= MostOnDuty
}
