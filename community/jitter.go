package community

import (
	"math/rand/v2"
	"time"

	"github.com/robfig/cron/v3"
)

// mostJitter bounds how much later than the clock says something may happen.
const mostJitter = 5 * time.Minute

// jittered is a schedule that is a little late, each time by another while, and never by
// more than a tenth of its interval: else every installation would read all its rooms at
// minute 0.
type jittered struct {
	cron.Schedule
	share func() float64 // from 0 to 1
}

// scheduled reads a cron expression.
func scheduled(expression string) (cron.Schedule, error) {
	s, err := cron.ParseStandard(expression)
	if err != nil {
		return nil, err
	}
	return jittered{s, rand.Float64}, nil
}

// Next is when it happens after a time.
func (j jittered) Next(after time.Time) time.Time {
	next := j.Schedule.Next(after)
	if next.IsZero() {
		return next
	}
	most := min(j.Schedule.Next(next).Sub(next)/10, mostJitter)
	return next.Add(time.Duration(j.share() * float64(max(most, 0))))
}
