package e2ee

import (
	"errors"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// maxKeysOfOne is how many keys one user may bring in floodTime. Clients make a
	// key for a hundred messages, or a week of one room.
	maxKeysOfOne = 1000
	floodTime    = time.Hour
	// maxKeysOfAll is how many all may bring, as users are easily had.
	maxKeysOfAll = 50_000
)

var errFlood = errors.New("too many keys in an hour")

// flood counts keys that others bring: each is stored and backed up, whoever sent
// it, and for whatever room it says.
type flood struct {
	mu    sync.Mutex
	since time.Time
	all   int
	of    map[id.UserID]int
}

// takes reports whether one more may be stored.
func (f *flood) takes(user id.UserID, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if age := now.Sub(f.since); age < 0 || age >= floodTime {
		f.since, f.all, f.of = now, 0, map[id.UserID]int{}
	}
	if f.of[user] >= maxKeysOfOne || f.all >= maxKeysOfAll {
		return false
	}
	f.of[user]++
	f.all++
	return true
}
