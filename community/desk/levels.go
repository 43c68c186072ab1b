package desk

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/enforce"
	"forseti/rooms"
)

// Levels is the desk for power levels.
type Levels struct{ World World }

var _ commands.LevelDesk = Levels{}

// moderating is what makes somebody a moderator of a room.
var moderating = []struct {
	power rooms.Power
	words string
}{
	{rooms.PowerBan, "ban"},
	{rooms.PowerKick, "remove members"},
	{rooms.PowerRedact, "remove messages of others"},
	{rooms.PowerState(event.StateJoinRules.Type), "change who may join"},
	{rooms.PowerACL, "shut out servers"},
	{rooms.PowerLevels, "change who may do what"},
}

// Levels says what it would be if a user had another level.
func (d Levels) Levels(user, by id.UserID, level int64, rooms []id.RoomID) (changes []commands.LevelChange) {
	d.World.See(func(w *enforce.World) {
		for _, in := range slices.Sorted(maps.Keys(w.Rooms())) {
			r := w.Room(in)
			if r == nil || len(rooms) > 0 && !slices.Contains(rooms, in) || len(rooms) == 0 && !r.Present(user) && !r.Ranked(user) {
				continue
			}
			changes = append(changes, levelChange(w, r, user, by, level))
		}
	})
	return changes
}

func levelChange(w *enforce.World, r *rooms.Room, user, by id.UserID, level int64) commands.LevelChange {
	now := r.Level(user)
	c := commands.LevelChange{Room: r.ID(), Now: now, By: r.Level(by), Refused: r.CanSetLevel(w.Self(), user, level).String()}
	c.Over = now >= c.By
	for _, of := range moderating {
		need, can := r.Needs(user, of.power)
		switch could := level >= need; {
		case could && !can:
			c.Gains = append(c.Gains, of.words)
		case can && !could:
			c.Loses = append(c.Loses, of.words)
		}
	}
	named, _ := r.Holders(rooms.PowerKick)
	slices.Sort(named)
	for _, other := range named {
		switch theirs := r.Level(other); {
		case other == user:
		case level > theirs && now <= theirs:
			c.Passes = append(c.Passes, other)
		case level < theirs && now >= theirs:
			c.Below = append(c.Below, other)
		}
	}
	return c
}
