package echo

import "time"

const (
	// streamPause is how long sync rests in a stream of batches of which each holds
	// little, so that one request brings several. Nobody notices a tenth of a second
	// then, and an idle bot still answers at once.
	streamPause = 100 * time.Millisecond
	// streamRate is how many batches in a second are a stream.
	streamRate = 12
	// echoRest is how long sync rests at most when it brought nothing but our own echoes
	// while there is work: each would cost a request that is better spent on a ban.
	echoRest = 800 * time.Millisecond
	// alarmRest is the same within alarm of something that a protection found: the next
	// account of a campaign may have written by then, and must not wait to be heard.
	alarmRest = 100 * time.Millisecond
	alarm     = time.Minute
	// fillRate is the same for batches that bring rules alone, as when a list is filled.
	// Nobody waits for one of those.
	fillRate = 3
)

// Pacer counts batches, and so sees streams of them. The zero value has seen none.
type Pacer struct {
	second    time.Time
	now       int // batches in this second
	before    int // and in the one before
	streaming bool
	alarmed   time.Time // when there was last something to do for a protection
}

// Alarm says that there is something to do for a protection.
func (p *Pacer) Alarm(at time.Time) {
	if at.After(p.alarmed) {
		p.alarmed = at
	}
}

// Rest says how long sync may rest at most after a batch that holds nothing that others
// did, while there is work.
func (p *Pacer) Rest(at time.Time) time.Duration {
	if !p.alarmed.IsZero() && at.Sub(p.alarmed) < alarm {
		return alarmRest
	}
	return echoRest
}

// Pause says how long sync may rest after a batch. Whether it brings rules alone is
// asked only where it matters.
func (p *Pacer) Pause(at time.Time, rulesAlone func() bool) time.Duration {
	rate := p.count(at)
	switch {
	case rate >= fillRate && rulesAlone():
		return streamPause
	case rate >= streamRate || p.streaming && rate >= streamRate/2:
		p.streaming = true
		return streamPause
	default:
		p.streaming = false
		return 0
	}
}

func (p *Pacer) count(at time.Time) (rate int) {
	if second := at.Truncate(time.Second); !second.Equal(p.second) {
		p.before = p.now
		if second.Sub(p.second) > time.Second {
			p.before = 0
		}
		p.second, p.now = second, 0
	}
	p.now++
	return max(p.now, p.before)
}
