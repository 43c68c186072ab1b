package community

import (
	"encoding/json"
	"time"

	"forseti/enforce"
	"forseti/wire"
)

// typePace is the account data that init and check keep: what they found of how fast
// the homeserver lets the account act.
const typePace = "org.forseti.pace"

// What Synapse allows by default: speech, bans and state share it.
//
// https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html#rc_message
const (
	usualRate  = 0.2
	usualBurst = 10
)

// briefWait is up to which pause no limit is kept to: what is asked for can wait as well.
const briefWait = 1500 * time.Millisecond

// rateOf reads a limit, and when it was last used up, which is when it was tried. The
// zero Rate is none: the account is exempt, it is of no matter, or nobody knows.
func rateOf(content json.RawMessage) (limit enforce.Rate, spent time.Time) {
	found := wire.Read(content)
	if !found.True("limited") || found.True("apart") {
		return enforce.Rate{}, time.Time{}
	}
	// What was taken in a row may be less than the homeserver takes at once: something may
	// have gone before.
	limit = enforce.Rate{PerSecond: usualRate, Burst: usualBurst}
	if taken, ok := found.Integer("taken"); ok && taken > usualBurst && taken <= 1000 {
		limit.Burst = float64(taken)
	}
	if wait, ok := found.Integer("wait_ms"); ok && wait > 0 && wait <= time.Hour.Milliseconds() {
		if wait <= briefWait.Milliseconds() {
			return enforce.Rate{}, time.Time{}
		}
		limit.PerSecond = max(1000/float64(wait), 0.01)
	}
	if at, ok := found.Integer("at"); ok && at > 0 {
		spent = time.UnixMilli(at)
	}
	return limit, spent
}
