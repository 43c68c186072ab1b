package enforce

import "time"

// Reserve is how much of a homeserver's limit is kept back for speech: enough for an
// answer and a word of its own.
const Reserve = 2

// Rate is a homeserver's limit on what an account sends: speech, bans and state share
// it. The zero Rate is no limit that is known.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// Pace keeps within a homeserver's limits, so that speech to moderators is heard
// whatever else there is to do. It is pure. A limit that is known is kept to before
// the homeserver refuses anything, with a reserve for speech; one that is not is
// learned from its refusals.
type Pace struct {
	rate    Rate
	tokens  float64   // left of the burst
	counted time.Time // when tokens was right
	until   time.Time // nothing may start before
	refused time.Time // the latest refusal
	waiting bool      // speech waits
	passed  []time.Time
}

// Know sets a limit that is known. To know it once more changes nothing.
func (p *Pace) Know(r Rate, now time.Time) {
	if p.rate == r {
		return
	}
	p.rate, p.tokens, p.counted = r, r.Burst, now
}

func (p *Pace) refill(now time.Time) {
	if p.rate.PerSecond > 0 && now.After(p.counted) {
		p.tokens = min(p.rate.Burst, p.tokens+p.rate.PerSecond*now.Sub(p.counted).Seconds())
	}
	p.counted = now
}

// May reports whether a request may be sent now.
func (p *Pace) May(now time.Time, speech bool) bool { return !p.Free(now, speech).After(now) }

// Free is when a request may be sent, if nothing else is until then.
func (p *Pace) Free(now time.Time, speech bool) time.Time {
	at := now
	if p.until.After(at) {
		at = p.until
	}
	if !speech && p.waiting && p.Slowed(now) {
		// Speech first. It is bounded by what there is to say.
		at = at.Add(time.Second)
	}
	if p.rate.PerSecond <= 0 {
		return at
	}
	p.refill(now)
	need := 1.0
	if !speech {
		need += Reserve
	}
	if p.tokens < need {
		full := now.Add(time.Duration((need - p.tokens) / p.rate.PerSecond * float64(time.Second)))
		if full.After(at) {
			at = full
		}
	}
	return at
}

// Waiting says whether speech waits to be sent.
func (p *Pace) Waiting(speech bool) { p.waiting = speech }

// Spend counts a request that is being sent.
func (p *Pace) Spend(now time.Time) {
	p.refill(now)
	if p.rate.PerSecond > 0 {
		p.tokens--
	}
}

// leastPause is how long is waited after a refusal that does not say.
const leastPause = time.Second

// longestPause bounds what one refusal can do. A homeserver that asks for more is
// asked again.
const longestPause = 5 * time.Minute

// Refused takes in that the homeserver refused a request for now.
func (p *Pace) Refused(after time.Duration, now time.Time) {
	after = min(max(after, leastPause), longestPause)
	p.refused = now
	if until := now.Add(after); until.After(p.until) {
		p.until = until
	}
	if p.rate.PerSecond > 0 {
		p.refill(now)
		// It counts otherwise than we do: the next is free when it says.
		p.tokens = min(p.tokens, 1-p.rate.PerSecond*after.Seconds())
	}
}

// Passed takes in that a request went through.
func (p *Pace) Passed(now time.Time) {
	const kept = 32
	p.passed = append(p.passed, now)
	if len(p.passed) > kept {
		p.passed = append(p.passed[:0], p.passed[len(p.passed)-kept:]...)
	}
}

// Slowed reports whether the homeserver has refused something of late.
func (p *Pace) Slowed(now time.Time) bool {
	return !p.refused.IsZero() && now.Sub(p.refused) < time.Minute
}

// Takes estimates how long n more requests take; zero if the homeserver does not
// slow us.
func (p *Pace) Takes(n int, now time.Time) time.Duration {
	if p.rate.PerSecond > 0 {
		p.refill(now)
		if over := float64(n) + Reserve - p.tokens; over > 0 {
			return time.Duration(over / p.rate.PerSecond * float64(time.Second))
		}
		return 0
	}
	if !p.Slowed(now) {
		return 0
	}
	// What went through since the first of those that are remembered. A burst at the
	// beginning says little about the pace from then on, so only the last minute counts.
	through := 0
	var first time.Time
	for _, at := range p.passed {
		if now.Sub(at) <= time.Minute && at.After(p.refused.Add(-time.Minute)) {
			if first.IsZero() {
				first = at
			}
			through++
		}
	}
	wait := max(p.until.Sub(now), 0)
	if through < 2 || !now.After(first) {
		return wait + time.Duration(n)*max(p.until.Sub(p.refused), time.Second)
	}
	return wait + time.Duration(float64(n)/float64(through)*float64(now.Sub(first)))
}
