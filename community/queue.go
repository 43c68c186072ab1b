package community

import (
	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/store"
	"time"

	"github.com/rs/zerolog"
)

// queue is the work that follows from what was touched: the runner's keys, and ACLs,
// which wait for the end of a burst.
type queue struct {
	world   *enforce.World
	runner  *enforce.Runner
	loop    *loop.Loop
	log     zerolog.Logger
	hashes  *store.Hashes
	commits *commits.Writer
	speaker *speaker
	names   names
	acting  func() bool // whether a command is under way that may write a rule
	later   func() bool // whether rooms are still to come, which ACLs may shut out somebody of
	acls    debounce
	// leftOut is set if it is to be told which rules no ACL follows, once that is known;
	// preparing is since when the deny list that rooms share is being made.
	leftOut   bool
	preparing time.Time
}

// plannedPart is how many touched keys are planned before the first of them is begun with
// and the owner looks at its inbox again: half a millisecond's worth, for rooms that were not
// looked at for long are slow to reach. preparedPart is the same of server rules.
const (
	plannedPart  = 50
	preparedPart = 250
)

// enqueue asks for work on keys that something new has touched.
func (q *queue) enqueue(keys []enforce.Key, now time.Time) { q.enqueueAs(keys, enforce.Soon, now) }

func (q *queue) enqueueAs(keys []enforce.Key, u enforce.Urgency, now time.Time) {
	var touched []enforce.Key
	for _, key := range keys {
		if key.Lane == action.ACLLane {
			q.acls.want(key.Room, now)
			continue
		}
		touched = append(touched, key)
	}
	q.runner.Touch(touched, u)
}
