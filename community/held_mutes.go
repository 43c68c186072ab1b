package community

import (
	"context"
	"maps"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/recent"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/store"
)

// heldMutes are the mutes that protections made and that have not ended by themselves: so it is
// noticed when somebody lifts one, by whatever client. There are as many as levels of rooms hold.
type heldMutes struct {
	ledger *sanction.Ledger
	at     map[kit.Place]heldMute
	// passed are the levels that rooms had: sync may bring those of a mute, and of who lifts
	// it, before the homeserver's answer to us.
	passed *recent.Events
}

func newHeldMutes(ledger *sanction.Ledger) heldMutes {
	return heldMutes{ledger, map[kit.Place]heldMute{}, &recent.Events{}}
}

type heldMute struct {
	offences []string // that it follows from
	said     bool     // whether the room has said so
}

// ended takes in that a mute was made, or was there already.
func (h heldMutes) ended(e action.Ending) {
	offence, counts := h.offence(e.Action)
	at := kit.Place{Room: e.Action.Room, User: e.Action.User}
	m, held := h.at[at]
	if counts && (e.Fate == action.Done || e.Fate == action.Dropped && held) {
		m.offences, m.said = append(m.offences, offence), m.said || h.passed.Has(e.Result.Event)
		h.at[at] = m
	}
}

// offence is what an action follows from, if that is a mute by a protection.
func (h heldMutes) offence(a action.Action) (offence string, counts bool) {
	row := a.Verb.Row()
	if a.Cause.Kind != action.ByProtection || row.Lane != action.LevelLane || row.Direction != action.Tightens {
		return "", false
	}
	e, known := h.ledger.Find(sanction.EntryID(a.Cause, a.Room))
	return e.ID, known && !e.Undone
}

// load takes up those of before a restart. What somebody lifted meanwhile is seen as soon as the
// room says so.
func (h heldMutes) load(ctx context.Context, journal *store.Journal, now time.Time) error {
	const ever = 100 * 365 * 24 * time.Hour
	held, err := journal.Expired(ctx, now.Add(ever))
	for _, e := range held {
		if offence, counts := h.offence(e.Action); counts {
			at := kit.Place{Room: e.Action.Room, User: e.Action.User}
			h.at[at] = heldMute{append(h.at[at].offences, offence), true}
		}
	}
	return err
}

// over notes that we lift a mute because its time is over.
func (h heldMutes) over(a action.Action) {
	if row := a.Verb.Row(); row.Lane == action.LevelLane && row.Direction != action.Tightens {
		delete(h.at, kit.Place{Room: a.Room, User: a.User})
	}
}

// forget drops those of a room that is not protected any more.
func (h heldMutes) forget(room id.RoomID) {
	maps.DeleteFunc(h.at, func(at kit.Place, _ heldMute) bool { return at.Room == room })
}

// lifted gives whose mute in a room was lifted, now that its levels have changed or a mute was
// made, and what each was muted for. Until the room has said that somebody is muted, it is behind.
func (h heldMutes) lifted(room *rooms.Room) map[kit.Place][]string {
	_, _, levels := room.PowerLevels()
	h.passed.Add(levels)
	var all map[kit.Place][]string
	for at, m := range h.at {
		switch {
		case at.Room != room.ID():
		case silenced(room, at.User):
			h.at[at] = heldMute{m.offences, true}
		case m.said:
			if all == nil {
				all = map[kit.Place][]string{}
			}
			all[at] = m.offences
			delete(h.at, at)
		}
	}
	return all
}
