package report

import (
	"time"

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
	message posting
}

// asked is how long the homeserver asked us to wait when it last refused.
func (l *limit) asked() time.Duration { return l.until.Sub(l.last) }

// pause is the least between two edits of what is said about the limits.
func (l *limit) pause() time.Duration {
	return min(max(limitShare*l.asked(), leastLimitWait), mostLimitWait)
}

// laneNouns are for what nobody is known to want, by kind of work.
var laneNouns = []struct {
	lane action.Lane
	noun string
}{
	{action.MemberLane, "ban"}, {action.LevelLane, "mute"}, {action.ACLLane, "server ACL"}, {action.StateLane, "setting"},
	{action.MessageLane, "redaction"}, {action.WordLane, "notice"}, {action.AdminLane, "change of accounts"},
}

// held is what waits though nobody is known to want it, in words; "" if it is only speech.
func (l *limit) held() string {
	var parts []string
	total := 0
	for _, lane := range laneNouns {
		if n := l.waiting[lane.lane]; n > 0 {
			parts = append(parts, text.Count(n, lane.noun))
			total += n
		}
	}
	if total == 0 {
		return ""
	}
	return text.And(parts) + " " + text.Pick(total, "waits", "wait")
}
