package community

import (
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/matrix"
)

const (
	// echoPause is how long sync rests at most when it brought nothing but our own
	// echoes while there is work: each would cost a request that is better spent on
	// a ban. When the work is done, the rest is over.
	echoPause = 800 * time.Millisecond
	// streamPause is how long it rests in a stream of batches of which each holds
	// little, so that one request brings several. Nobody notices a tenth of a second
	// then, and an idle bot still answers at once.
	streamPause = 100 * time.Millisecond
	// streamRate is how many batches in a second are a stream.
	streamRate = 12
	// fillRate is the same for batches that bring rules alone, as when a list is filled.
	// Nobody waits for one of those.
	fillRate = 3
)

// pacer counts batches.
type pacer struct {
	second time.Time
	now    int // batches in this second
	before int // and in the one before
}

func (p *pacer) count(at time.Time) (rate int) {
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

// pace says how long sync may rest after a batch.
func (c *Community) pace(b *matrix.Batch) time.Duration {
	rate := c.pacer.count(b.Arrived)
	switch {
	case rate >= fillRate && c.rulesAlone(b):
		return streamPause
	case rate >= streamRate || c.streaming && rate >= streamRate/2:
		c.streaming = true
		return streamPause
	default:
		c.streaming = false
		return 0
	}
}

// rulesAlone reports whether a batch brings nothing but news of lists and our own
// echoes.
func (c *Community) rulesAlone(b *matrix.Batch) bool {
	if len(b.AccountData) > 0 || len(b.Late) > 0 || len(b.Rooms) == 0 {
		return false
	}
	for _, room := range b.Rooms {
		r, _ := c.rolesOf(room.Room)
		alone := r.list != nil && !r.management && r.ward == nil
		if !alone && !c.echoesIn(room) {
			return false
		}
	}
	return true
}

// echoes reports whether a batch holds nothing that others did.
func (c *Community) echoes(b *matrix.Batch) bool {
	if len(b.AccountData) > 0 || len(b.Late) > 0 {
		return false
	}
	for _, room := range b.Rooms {
		if !c.echoesIn(room) {
			return false
		}
	}
	return true
}

func (c *Community) echoesIn(room matrix.RoomBatch) bool {
	for _, events := range [][]*event.Event{room.State, room.Timeline} {
		for _, evt := range events {
			if evt.Sender != c.self {
				return false
			}
		}
	}
	return true
}
