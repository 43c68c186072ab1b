package enforce

import (
	"math"
	"time"

	"forseti/action"
)

// Reserve is how much of a homeserver's limit is kept back for speech: enough for what
// the command that set off a wave is answered, for the word that it is slow, and for
// whoever then asks how far it is.
const Reserve = 3

// Rate is a homeserver's limit on what an account sends: speech, bans and state share
// it. The zero Rate is no limit that is known.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// Sort is what a request is for, by how long it may be put off for the others.
type Sort uint8

// The sorts. A ban or any other work leaves a reserve for speech, and news leave
// something for the next answer.
const (
	Work   Sort = iota
	News        // what can be told later, as how far the work is
	Answer      // what somebody waits for
)

// Pace keeps within a homeserver's limits, so that speech to moderators is heard
// whatever else there is to do. It is pure. A limit that is known is kept to before
// the homeserver refuses anything, with a reserve for speech; one that is not is
// learned from its refusals. Now and then, when work waits, it is tried whether the
// limit still stands: an admin may have lifted it, and nobody tells us.
type Pace struct {
	rate    Rate
	tokens  float64   // left of the burst
	counted time.Time // when tokens was right
	until   time.Time // nothing may start before
	refused time.Time // the latest refusal, of each burst of them the first
	through int       // what went through since
	held    time.Time // since when our count holds work back; zero if it does not
	trying  bool      // whether the limit still stands
	beyond  float64   // what has to go through for it not to
	speech  time.Time // when something is to be said; zero for nothing
	spoken  int       // messages in a row, while work was held back
	passed  []time.Time
}

const (
	// usualBurst is taken for what a homeserver takes at once, if only its refusals are
	// known: Synapse's default.
	usualBurst = 10
	// briefPause is up to which pause speech can wait as well as anything. A limit that
	// asks for no more is not worth a reserve.
	briefPause = 1500 * time.Millisecond
	// tryEvery is how long work is held back before it is tried whether the limit still
	// stands.
	tryEvery = 2 * time.Minute
	// tryBeyond is how much more than the limit lets through shows that it stands no more.
	tryBeyond = 5
	// tryAt is the part of a further request that must be saved up by then: so the next is
	// let through soon after the refusal, and whoever asks for something is answered. The
	// homeserver's count may differ from ours by nearly as much, either way.
	tryAt = 0.5
	// mostSpoken is how many messages go before work that is held back. Nobody must be
	// able to keep the bot from working by talking to it.
	mostSpoken = 3
)

// Know sets a limit that is known, and when it had last been used up; a zero time is
// long ago. To know it once more changes nothing.
func (p *Pace) Know(r Rate, spent, now time.Time) {
	if p.rate == r {
		return
	}
	p.rate, p.tokens, p.counted = r, 0, spent
	p.held, p.trying = time.Time{}, false
	if spent.IsZero() || spent.After(now) {
		p.tokens, p.counted = r.Burst, now
	}
	p.refill(now)
}

// Rate is the limit that is kept to, the zero Rate if there is none.
func (p *Pace) Rate() Rate { return p.rate }

func (p *Pace) refill(now time.Time) {
	if p.rate.PerSecond > 0 && now.After(p.counted) {
		p.tokens = min(p.rate.Burst, p.tokens+p.rate.PerSecond*now.Sub(p.counted).Seconds())
		if p.tokens == p.rate.Burst {
			p.held = time.Time{}
		}
	}
	p.counted = now
}

// May reports whether a request may be sent now.
func (p *Pace) May(now time.Time, sort Sort) bool {
	free := p.Free(now, sort)
	if !free.After(now) && sort == Work {
		p.startTrying(now)
		return true
	}
	if sort == Work && p.held.IsZero() && p.rate.PerSecond > 0 {
		p.held = now
	}
	return !free.After(now)
}

// Free is when a request may be sent, if nothing else is until then.
func (p *Pace) Free(now time.Time, sort Sort) time.Time {
	at := now
	if p.until.After(at) {
		at = p.until
	}
	starved := p.spoken >= mostSpoken && !p.held.IsZero()
	if sort == Work && p.speaks(at) && !starved && !p.overdue(now) && p.Slowed(now) {
		// Speech first. It is bounded by what there is to say.
		at = at.Add(time.Second)
	}
	if p.rate.PerSecond <= 0 || p.trying {
		return at
	}
	p.refill(now)
	need := min(p.need(sort, starved, now), max(p.rate.Burst, 1)) // more is never saved up
	const rounding = 1e-9
	if p.tokens < need-rounding {
		full := now.Add(time.Duration((need - p.tokens) / p.rate.PerSecond * float64(time.Second)))
		if full.After(at) {
			at = full
		}
	}
	return at
}

// need is what must be left of the burst for a request.
func (p *Pace) need(sort Sort, starved bool, now time.Time) float64 {
	switch {
	case sort == Answer && starved:
		return 2 // the first is for work
	case sort == Answer:
		return 1
	case sort == News && starved:
		return 3
	case sort == News:
		return 2
	case p.overdue(now):
		return tryAt
	case starved:
		return 1
	case p.toTry(now):
		return Reserve + tryAt
	default:
		return 1 + Reserve
	}
}

// toTry reports whether it is time to try whether the limit still stands.
func (p *Pace) toTry(now time.Time) bool {
	return !p.held.IsZero() && now.Sub(p.held) >= tryEvery
}

// overdue reports whether so much is said that the reserve never fills.
func (p *Pace) overdue(now time.Time) bool {
	return !p.held.IsZero() && now.Sub(p.held) >= 2*tryEvery
}

func (p *Pace) startTrying(now time.Time) {
	if p.rate.PerSecond > 0 && !p.trying && p.toTry(now) {
		p.trying, p.beyond = true, math.Ceil(p.tokens)+tryBeyond
	}
}

// Speaks says when something is to be said, as a message that was refused and may be sent
// again in a moment; a zero time for nothing.
func (p *Pace) Speaks(due time.Time) { p.speech = due }

// speaks reports whether there is something to say at a time.
func (p *Pace) speaks(at time.Time) bool { return !p.speech.IsZero() && !p.speech.After(at) }

// Spend counts a request that is being sent.
func (p *Pace) Spend(now time.Time, sort Sort) {
	p.refill(now)
	if p.spoken++; sort == Work {
		p.spoken = 0
	}
	if p.rate.PerSecond > 0 {
		p.tokens--
	}
}

// leastPause is how long is waited after a refusal that does not say.
const leastPause = time.Second

// Refused takes in that the homeserver refused a request for now. One that asks for more
// than the longest pause is asked again. What was to be said was not: it does not count
// against what is said next.
func (p *Pace) Refused(sort Sort, after time.Duration, now time.Time) {
	if sort != Work && p.spoken > 0 {
		p.spoken--
	}
	after = min(max(after, leastPause), action.LongestLimit)
	until := now.Add(after)
	if !now.Before(p.until) { // else it was sent together with one that was refused before
		p.learn(after, until)
		p.refused, p.through = now, 0
	}
	if until.After(p.until) {
		p.until = until
	}
	if p.rate.PerSecond > 0 {
		// It counts otherwise than we do, and not what it refused: the next is free when it
		// says.
		p.tokens, p.counted = 1-p.rate.PerSecond*after.Seconds(), now
		p.held, p.trying = now, false
	}
}

// learn takes what went through between two times at which the homeserver would let just
// one request through for the limit. Of times that lie further apart that says nothing,
// for the account may have had nothing to do.
func (p *Pace) learn(after time.Duration, until time.Time) {
	const longest = 20 * time.Second
	between, asked := until.Sub(p.until), max(after, p.until.Sub(p.refused))
	if p.through == 0 || asked < briefPause || between > max(longest, 4*asked) {
		return
	}
	if seen := float64(p.through) / between.Seconds(); p.rate.PerSecond <= 0 || seen < 0.9*p.rate.PerSecond {
		p.rate = Rate{PerSecond: seen, Burst: max(usualBurst, p.rate.Burst)}
	}
}

// Passed takes in that a request went through.
func (p *Pace) Passed(now time.Time) {
	const kept = 32
	p.passed = append(p.passed, now)
	if len(p.passed) > kept {
		p.passed = append(p.passed[:0], p.passed[len(p.passed)-kept:]...)
	}
	p.through++
	if !p.trying {
		return
	}
	if p.beyond--; p.beyond < 0 {
		*p = Pace{speech: p.speech, passed: p.passed}
	}
}

// Slowed reports whether the homeserver has refused something of late, or its limit
// holds back what there is to do.
func (p *Pace) Slowed(now time.Time) bool {
	return !p.held.IsZero() || !p.refused.IsZero() && now.Sub(p.refused) < time.Minute
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
