package approval

import (
	"time"

	"maunium.net/go/mautrix/id"
)

// Write is a rule, or the removal of one, that we are about to send on a moderator's
// word: it is not asked about when it comes back to us.
type Write struct {
	List    id.RoomID
	Type    string // the event's
	Key     string // its state key
	Content string // what it says, in a form of the caller's
}

// keepExpected is how long a write may take to come back. One that never does, for
// it failed or was overtaken, must not agree to somebody else's later.
const keepExpected = 10 * time.Minute

// Expected are the writes that moderators agreed to.
type Expected struct {
	writes map[Write]time.Time // until when
}

// NewExpected expects nothing.
func NewExpected() *Expected { return &Expected{writes: map[Write]time.Time{}} }

// Add expects a write.
func (e *Expected) Add(w Write, now time.Time) {
	for other, until := range e.writes {
		if !now.Before(until) {
			delete(e.writes, other)
		}
	}
	e.writes[w] = now.Add(keepExpected)
}

// AddSince expects a write again that was expected before a restart, since then. It
// reports false if that is too long ago.
func (e *Expected) AddSince(w Write, since, now time.Time) bool {
	if now.Sub(since) >= keepExpected {
		return false
	}
	e.writes[w] = since.Add(keepExpected)
	return true
}

// Take reports whether a write was expected, which it is no longer.
func (e *Expected) Take(w Write, now time.Time) bool {
	until, ok := e.writes[w]
	delete(e.writes, w)
	return ok && now.Before(until)
}

// Forget expects a write no longer: it failed.
func (e *Expected) Forget(w Write) { delete(e.writes, w) }

// Len is how many writes are expected.
func (e *Expected) Len() int { return len(e.writes) }
