package desk

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/rooms"
)

// Quarters looks at rooms in which moderators may be.
type Quarters struct {
	Lists
	Self id.UserID
	// See shows the management room, where it belongs.
	See func(look func(*rooms.Room))
}

var _ commands.QuartersDesk = Quarters{}

// Quarters joins a room and reads it.
func (d Quarters) Quarters(ctx context.Context, room id.RoomID) (commands.Quarters, error) {
	q := commands.Quarters{ID: room}
	d.See(func(now *rooms.Room) { q.Here = now.ID() == room })
	if q.Here {
		return q, nil
	}
	state, err := d.read(ctx, room, nil)
	if err != nil {
		return q, err
	}
	seen := rooms.New(room)
	seen.Replace(slices.DeleteFunc(slices.Clone(state), func(evt *event.Event) bool { return evt.StateKey == nil }), time.Now())
	q.Name = seen.Name()
	for u, m := range seen.Members() {
		if m.Membership == event.MembershipJoin && u != d.Self {
			q.Team = append(q.Team, u)
		}
	}
	slices.Sort(q.Team)
	q.Next, q.Over = seen.Tombstone()
	q.Mute = !seen.CanSend(d.Self, event.EventMessage.Type).OK()
	d.See(func(now *rooms.Room) {
		q.Open, q.Bare = open(seen), now.Encrypted() && !seen.Encrypted()
		switch next, _ := now.Tombstone(); {
		case next != room:
			q.Doubt = "This room does not say that it was replaced by that one."
		default:
			q.Doubt = Succeeds(now, state)
		}
	})
	return q, nil
}
