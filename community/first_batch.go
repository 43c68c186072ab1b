package community

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/matrix"
)

// readManagement puts the whole state of the management room into a first batch, before
// anything that is said there comes: without it nobody is a moderator. If it cannot be read
// now, it will be later.
func readManagement(ctx context.Context, o *Options, b *matrix.Batch) error {
	i := slices.IndexFunc(b.Rooms, func(in matrix.RoomBatch) bool {
		return in.Room == o.ManagementRoom && in.Membership == event.MembershipJoin
	})
	if i < 0 {
		return nil
	}
	in := &b.Rooms[i]
	in.State = nil
	for pause := time.Second; ; pause *= 2 {
		state, err := o.Homeserver.State(ctx, in.Room)
		if err == nil {
			in.State = state
			return nil
		}
		f := action.FailureOf(err)
		if !f.Temporary() || pause > longestWait {
			o.Log.Warn().Err(err).Msg("Management room cannot be read")
			return nil
		}
		select {
		case <-time.After(max(pause, f.Pause())):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// longestWait bounds the pauses between tries to read the management room.
const longestWait = 16 * time.Second
