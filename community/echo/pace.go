package echo

import "time"

const (
	// streamPause is how long sync rests in a stream of batches of which each holds
	// little, so that one request brings several. Nobody notices a tenth of a second
	// then, and an idle bot still answers at once.
	streamPause = 100 * time.Millisecond
	// streamRate is how many batches in a second are a stream.
	streamRate = 12
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
