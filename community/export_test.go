package community

import (
	"context"
	"iter"

	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// roomByRoom is what is stored of rooms, each of which has to be let through.
type roomByRoom struct {
	storedRooms
	through func(ctx context.Context, room id.RoomID)
}

func (s roomByRoom) Of(ctx context.Context, room id.RoomID) iter.Seq2[store.StateRow, error] {
	s.through(ctx, room)
	return s.storedRooms.Of(ctx, room)
}

// RoomByRoom has rooms loaded after a restart as they are let through. waiting is how many
// batches wait for rooms.
func (c *Community) RoomByRoom(through func(ctx context.Context, room id.RoomID)) (waiting func() int) {
	l := c.progress.loading
	l.state = roomByRoom{l.state, through}
	return func() (n int) {
		c.loop.See(func() { n = len(l.waits) })
		return n
	}
}
