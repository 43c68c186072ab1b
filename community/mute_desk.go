package community

import (
	"context"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/store"
	"forseti/wire"
)

// muteDesk shows who may not speak.
type muteDesk struct {
	loop    *loop.Loop
	world   *enforce.World
	journal *store.Journal
}

var _ commands.MuteDesk = muteDesk{}

// mostMutes bounds how much of what was done to a user is looked through for mutes.
const mostMutes = 1000

// Muted gives the mutes of a user that hold: what there was before, the journal says, and
// whether it holds, the room.
func (d muteDesk) Muted(ctx context.Context, user id.UserID) (held []commands.Muted, err error) {
	history, err := d.journal.History(ctx, user, mostMutes)
	if err != nil {
		return nil, err
	}
	latest, ends := map[id.RoomID]store.Entry{}, map[id.RoomID]time.Time{}
	for _, e := range history { // the latest first
		in := e.Action.Room
		if _, known := latest[in]; known || e.Action.Verb.Row().Lane != action.LevelLane {
			continue
		}
		// What was asked for once more had nothing to do, and has the one that holds last longer.
		more := e.State == store.EntryFailed && e.Action.Verb.Row().Direction == action.Tightens
		if until, has := ends[in]; e.State == store.EntryDone || more {
			ends[in] = e.Action.Expires
			if has && (until.IsZero() || !e.Action.Expires.IsZero() && until.After(e.Action.Expires)) {
				ends[in] = until
			}
		}
		if e.State == store.EntryDone {
			latest[in] = e
		}
	}
	d.loop.See(func() {
		for in, room := range d.world.Rooms() {
			if !silenced(room, user) {
				continue
			}
			m := commands.Muted{Room: in}
			if e := latest[in]; e.Action.Verb.Row().Direction == action.Tightens {
				m.Entry, m.Was, m.Until = e.Action.ID, e.Was, ends[in]
			}
			held = append(held, m)
		}
	})
	slices.SortFunc(held, func(a, b commands.Muted) int { return strings.Compare(string(a.Room), string(b.Room)) })
	return held, nil
}

// Now is the time.
func (muteDesk) Now() time.Time { return time.Now() }

// silenced reports whether a user has a level of their own that keeps them from speaking. Who
// has what everybody has is not, where it takes one more, as while only who is known may write.
func silenced(room *rooms.Room, user id.UserID) bool {
	content, _, _ := room.PowerLevels()
	level, own := wire.Read(content).Object("users").Integer(string(user))
	need, may := room.Speaks(user)
	everybody := everybodyHas(room)
	return own && !may && (level != everybody || need != everybody+1)
}

// raised reports whether it takes one more to write in a room than everybody has, as while only
// who is known may write, whoever wants that: us, or another bot that looks after the room.
func raised(room *rooms.Room) bool {
	need, _ := room.Speaks("")
	return need == everybodyHas(room)+1
}

// everybodyHas is the level of who has none of their own.
func everybodyHas(room *rooms.Room) int64 {
	content, _, _ := room.PowerLevels()
	level, _ := wire.Read(content).Integer("users_default")
	return level
}
