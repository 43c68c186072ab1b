package community

import (
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/store"
)

// lately is how long ago a moderator remembers whom they freed.
const lately = time.Hour

// freedLately is whose bans we lifted a moment ago, whoever asked for it.
type freedLately struct {
	loop    *loop.Loop
	log     zerolog.Logger
	journal *store.Journal
}

// users gives them, each with the rooms.
func (f freedLately) users() map[id.UserID][]id.RoomID {
	done, err := f.journal.DoneSince(f.loop.Context(), time.Now().Add(-lately))
	if err != nil {
		f.log.Err(err).Msg("Who was freed lately is not known")
		return nil
	}
	freed := map[id.UserID][]id.RoomID{}
	for _, e := range done {
		if row := e.Action.Verb.Row(); row.Lane == action.MemberLane && row.Direction == action.Loosens {
			freed[e.Action.User] = append(freed[e.Action.User], e.Action.Room)
		}
	}
	return freed
}
