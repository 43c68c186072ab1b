package community

import (
	"context"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/store"
)

// digestDesk shows what a day was like.
type digestDesk struct {
	loop  *loop.Loop
	world *enforce.World
	store *store.Store
	clock *clock
}

var _ commands.DigestDesk = digestDesk{}

// mostDigested is how much of what was done, or found, one digest counts.
const mostDigested = 20_000

// Hours are what happened, hour by hour.
func (d digestDesk) Hours(ctx context.Context, from time.Time, hours int) ([]commands.Hour, error) {
	all := make([]commands.Hour, hours)
	in := func(at time.Time) *commands.Hour {
		if n := int(at.Sub(from) / time.Hour); !at.Before(from) && n < hours {
			return &all[n]
		}
		return &commands.Hour{} // of another time
	}
	came, err := d.came(ctx, from)
	if err != nil {
		return nil, err
	}
	for _, at := range came {
		in(at).Joins++
	}
	offences, err := d.store.Offences.Latest(ctx, from, mostDigested)
	if err != nil {
		return nil, err
	}
	for _, o := range offences {
		if o.Protection != "" { // else it is a moderator's warning
			in(o.At).Found++
		}
	}
	entries, err := d.store.Journal.Latest(ctx, from, "", mostDigested)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if row := e.Action.Verb.Row(); e.State == store.EntryDone && row.Direction == action.Tightens && (row.Lane == action.MemberLane || row.Lane == action.LevelLane || row.Lane == action.MessageLane) {
			in(e.Settled).Done++
		}
	}
	return all, nil
}

// came is when those came who were in no protected room before. Each room is a look of its own.
func (d digestDesk) came(ctx context.Context, from time.Time) (map[id.UserID]time.Time, error) {
	var all []*rooms.Room
	d.loop.See(func() {
		for _, r := range d.world.Rooms() {
			all = append(all, r)
		}
	})
	came, before := map[id.UserID]time.Time{}, map[id.UserID]bool{}
	look := func(each func(u id.UserID, is rooms.Member)) error {
		for _, r := range all {
			if err := ctx.Err(); err != nil {
				return err
			}
			d.loop.See(func() {
				for u, is := range r.Members() {
					if is.Membership == event.MembershipJoin && u != d.world.Self() {
						each(u, is)
					}
				}
			})
		}
		return nil
	}
	if err := look(func(u id.UserID, is rooms.Member) {
		if at, known := came[u]; !is.Changed.Before(from) && (!known || is.Changed.Before(at)) {
			came[u] = is.Changed
		}
	}); err != nil {
		return nil, err
	}
	if err := look(func(u id.UserID, is rooms.Member) {
		if _, new := came[u]; new && is.Changed.Before(from) {
			before[u] = true
		}
	}); err != nil {
		return nil, err
	}
	for u := range before {
		delete(came, u)
	}
	return came, nil
}

// Rhythm is when one comes by itself.
func (d digestDesk) Rhythm() (r sanction.Rhythm) {
	d.loop.See(func() { r = d.clock.set.Digest })
	return r
}

// Now is the time.
func (digestDesk) Now() time.Time { return time.Now() }
