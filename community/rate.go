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

// rateOf reads a limit. The zero Rate is none: the account is exempt, or nobody knows.
func rateOf(content json.RawMessage) enforce.Rate {
	found := wire.Read(content)
	if !found.True("limited") {
		return enforce.Rate{}
	}
	rate := enforce.Rate{PerSecond: usualRate, Burst: 10}
	if taken, ok := found.Integer("taken"); ok && taken > 0 && taken <= 1000 {
		rate.Burst = float64(taken)
	}
	// What is asked for when the burst has just been spent is the time of one request.
	if wait, ok := found.Integer("wait_ms"); ok && wait > 0 && wait <= time.Hour.Milliseconds() {
		rate.PerSecond = min(max(1000/float64(wait), 0.01), 100)
	}
	return rate
}

// knowRate keeps to a limit before the homeserver has to refuse anything, so that there
// is something left for what moderators must hear.
func knowRate(r *enforce.Runner, content json.RawMessage) {
	r.Pace.Know(rateOf(content), time.Now())
}
