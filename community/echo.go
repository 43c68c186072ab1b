package community

import (
	"maunium.net/go/mautrix/event"

	"forseti/matrix"
)

// rulesAlone reports whether a batch brings nothing but news of lists and our own
// echoes.
func (c *Community) rulesAlone(b *matrix.Batch) bool {
	if len(b.AccountData) > 0 || len(b.Late) > 0 || len(b.Rooms) == 0 {
		return false
	}
	for _, room := range b.Rooms {
		r, _ := c.places.roles(room.Room)
		alone := r.list != nil && !r.management && r.protected == nil
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
			if evt.Sender != c.opts.Self {
				return false
			}
		}
	}
	return true
}
