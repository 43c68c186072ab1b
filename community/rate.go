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

// usualRate is what Synapse allows by default: speech, bans and state share it.
//
// https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html#rc_message
const usualRate = 0.2

// rateOf reads a limit, and when it was last used up, which is when it was tried. The
// zero Rate is none: the account is exempt, or nobody knows.
func rateOf(content json.RawMessage) (limit enforce.Rate, spent time.Time) {
	found := wire.Read(content)
	if !found.True("limited") {
		return enforce.Rate{}, time.Time{}
	}
	limit = enforce.Rate{PerSecond: usualRate, Burst: 10}
	if taken, ok := found.Integer("taken"); ok && taken > 0 && taken <= 1000 {
		limit.Burst = float64(taken)
	}
	// What is asked for when the burst has just been spent is the time of one request.
	if wait, ok := found.Integer("wait_ms"); ok && wait > 0 && wait <= time.Hour.Milliseconds() {
		limit.PerSecond = min(max(1000/float64(wait), 0.01), 100)
	}
	if at, ok := found.Integer("at"); ok && at > 0 {
		spent = time.UnixMilli(at)
	}
	return limit, spent
}
