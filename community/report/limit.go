package report

import (
	"fmt"
	"maps"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

const (
	// An edit takes the place of a ban or another request: of that what is said about the limits may take about a tenth.
	// The pause between two edits follows the homeserver's word on when it lets the next request through.
	limitShare     = 10
	leastLimitWait = 10 * time.Second
	mostLimitWait  = time.Minute
	// limitOver is after how long without a refusal the homeserver does not limit us any more.
	limitOver = time.Minute
)

// limit is a time in which the homeserver refuses requests because they are too many.
type limit struct {
	on      bool
	since   time.Time
	until   time.Time // which the homeserver asked us to wait for
	last    time.Time // refusal
	waiting map[action.Lane]int
	done    map[action.Verb]int // in this time

	posted bool
	event  id.EventID
	said   string
	next   time.Time
}

// Limited says that the homeserver refuses requests until a time because they are too many, and what waits.
func (r *Report) Limited(waiting map[action.Lane]int, until, now time.Time) {
	if !r.limit.on {
		r.limit = limit{on: true, since: now, done: map[action.Verb]int{}}
		r.lately = lately{} // what went through before says nothing now
	}
	r.limit.until, r.limit.last, r.limit.waiting = until, now, maps.Clone(waiting)
}

func (l *limit) did(v action.Verb) {
	if l.on {
		l.done[v]++
	}
}

// laneNouns are for what nobody is known to want, by kind of work.
var laneNouns = []struct {
	lane action.Lane
	noun string
}{
	{action.MemberLane, "ban"}, {action.LevelLane, "mute"}, {action.ACLLane, "server ACL"}, {action.StateLane, "setting"},
	{action.MessageLane, "redaction"}, {action.AdminLane, "change of accounts"},
}

// held is what waits for the homeserver, in words; "" if it is only speech.
func (r *Report) held() string {
	if r.Left() > 0 {
		return waitWords(r.left)
	}
	var parts []string
	total := 0
	for _, l := range laneNouns {
		if n := r.limit.waiting[l.lane]; n > 0 {
			parts = append(parts, text.Count(n, l.noun))
			total += n
		}
	}
	if total == 0 {
		return ""
	}
	return text.And(parts) + " " + text.Pick(total, "waits", "wait")
}

// Waiting says what waits for the homeserver and about how long, "" if nothing does.
func (r *Report) Waiting(now time.Time) string {
	switch {
	case r.Left() == 0:
		return ""
	case r.dry:
		return waitWords(r.left) + " for the end of the dry run"
	case r.limit.on:
		return waitWords(r.left) + " for the homeserver, which slows me down" + r.howLong(now)
	default:
		return "still to do: " + nouns(r.left) + r.howLong(now)
	}
}

// pause is the least between two edits of what is said about the limits.
func (l *limit) pause() time.Duration {
	return min(max(limitShare*l.until.Sub(l.last), leastLimitWait), mostLimitWait)
}

// limitEnds reports whether the homeserver limits us no more, or it is of no matter.
func (r *Report) limitEnds(now time.Time) bool {
	return r.limit.on && !now.Before(r.limit.until) && (r.Left() == 0 || now.Sub(r.limit.last) > limitOver || r.dry)
}

func (r *Report) limitText(now time.Time) string {
	if r.limitEnds(now) {
		said := fmt.Sprintf("The homeserver slowed me down for %s.", text.Duration(r.limit.until.Sub(r.limit.since)))
		if len(r.limit.done) > 0 {
			said += fmt.Sprintf(" Done meanwhile: %s.", nouns(r.limit.done))
		}
		if left := r.Left(); left > 0 && !r.dry {
			return said + fmt.Sprintf(" Still to do: %s.", nouns(r.left))
		}
		return said
	}
	return fmt.Sprintf("The homeserver slows me down: %s%s. Its admin can lift the limit for my account; `forseti check` shows how.",
		r.held(), r.howLong(now))
}

// howLong estimates from what got through lately, for the end of a sentence. As long as that is too little, the
// homeserver's word on when it lets the next request through has to do.
func (r *Report) howLong(now time.Time) string {
	left, rate := r.Left(), r.lately.rate(now)
	switch pause := r.limit.until.Sub(r.limit.last); {
	case left == 0:
		return ""
	case rate > 0:
		return ", " + text.About(time.Duration(float64(left)/rate*float64(time.Second)))
	case r.limit.on && pause > 0:
		return ", " + text.About(time.Duration(left)*pause)
	default:
		return ""
	}
}

// lately counts what was done in the last minutes, in slots, to tell how fast it goes.
type lately struct {
	slots [12]int
	last  int64 // number of the newest slot
	first time.Time
}

const slot = 10 * time.Second

func (l *lately) add(_ action.Verb, now time.Time) {
	if l.count(now) == 0 {
		l.first = now
	}
	l.turn(now)
	l.slots[l.last%int64(len(l.slots))]++
}

func (l *lately) turn(now time.Time) {
	n := now.UnixNano() / int64(slot)
	if n-l.last > int64(len(l.slots)) {
		l.slots = [12]int{}
		l.last = n
		return
	}
	for l.last < n {
		l.last++
		l.slots[l.last%int64(len(l.slots))] = 0
	}
}

func (l *lately) count(now time.Time) (n int) {
	l.turn(now)
	for _, more := range l.slots {
		n += more
	}
	return n
}

// rate is how many were done in a second; 0 if too little is known.
func (l *lately) rate(now time.Time) float64 {
	const least = 3
	n := l.count(now)
	if n < least {
		return 0
	}
	window := min(now.Sub(l.first), time.Duration(len(l.slots))*slot)
	return float64(n) / max(window, time.Second).Seconds()
}
