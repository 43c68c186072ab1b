package community

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
	"forseti/wire"
)

// joining has rooms be closed that anybody can join.
type joining struct{}

var _ latch = joining{}

func (joining) name() string { return "door" }

func (joining) verb() (action.Verb, event.Type) { return action.SetJoinRule, event.StateJoinRules }

func (joining) read(raw json.RawMessage) (sanction.Hold, bool) {
	d := &sanction.Door{}
	return d, json.Unmarshal(raw, d) == nil
}

func (joining) find(room *rooms.Room, _ sanction.Hold, _ time.Time) (hold sanction.Hold, why, besides string) {
	if d, open := sanction.CloseDoor(room.Content(event.StateJoinRules.Type), room.Version()); open {
		hold = d
	}
	return hold, "", ""
}

func (joining) more(*rooms.Room, sanction.Hold, time.Time) sanction.Hold { return nil }

func (joining) cannot(room, why string) string {
	return fmt.Sprintf("I cannot close %s: %s.", room, why)
}

func (joining) theirs(room string) string {
	return fmt.Sprintf("Somebody has changed who may join %s since I closed it, so I leave it as it is.", room)
}

func (joining) gone(room string, name id.RoomID, hold sanction.Hold) string {
	found := ""
	if d, ok := hold.(*sanction.Door); ok {
		found = wire.Read(d.Found).Short("join_rule", 50)
	}
	return fmt.Sprintf("I closed %s for the posture, and do not look after it any more, so I will not open it. Before, who may join was %s. If it is to be so again, set it by hand, or let me: %s.",
		room, text.Code(text.OneLine(found)), text.Code("!forseti rooms add "+string(name)))
}

func (joining) did(room string, _ id.RoomID, what move) string {
	if what == opens {
		return fmt.Sprintf("%s is open again, as it was before I closed it.", room)
	}
	return fmt.Sprintf("Closed %s: new people have to ask to be let in, or be invited.", room)
}

// writing has only who is known write in rooms, and only who has power where moderators closed
// them by name.
type writing struct {
	self   id.UserID
	level  func(u id.UserID, at time.Time) trust.Level
	names  names
	strict func(id.RoomID) bool
}

var _ latch = writing{}

func (writing) name() string { return "hush" }

func (writing) verb() (action.Verb, event.Type) { return action.SetVoice, event.StatePowerLevels }

func (writing) read(raw json.RawMessage) (sanction.Hold, bool) {
	h := &sanction.Hush{}
	return h, json.Unmarshal(raw, h) == nil
}

func (w writing) find(room *rooms.Room, rest sanction.Hold, now time.Time) (hold sanction.Hold, why, besides string) {
	content := room.Content(event.StatePowerLevels.Type)
	if content == nil {
		return nil, "", "" // not read yet, or as old as rooms are not any more
	}
	h, why := sanction.HushRoom(content, room.Level(w.self))
	if h == nil {
		return nil, why, ""
	}
	if before, is := rest.(*sanction.Hush); is {
		h.Join(before)
	}
	if _, short := h.Lend(content, w.known(room, now)); short > 0 {
		besides = fmt.Sprintf("%s in %s, who are known, cannot write there until the posture ends: there is no space for more in the room's power levels.", text.Count(short, "member"), w.names.Room(room.ID()))
	}
	return h, "", besides
}

// known are the members of a room who are lent the level to write, the most trusted first.
func (w writing) known(room *rooms.Room, now time.Time) (all []id.UserID) {
	if w.strict(room.ID()) {
		return nil
	}
	by := map[id.UserID]trust.Level{}
	for u, m := range room.Members() {
		if m.Membership != event.MembershipJoin || room.Level(u) == rooms.Infinite {
			continue
		}
		if level := w.level(u, now); level >= trust.Known {
			by[u] = level
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b id.UserID) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) })
	return all
}

func (w writing) more(room *rooms.Room, hold sanction.Hold, now time.Time) sanction.Hold {
	h, is := hold.(*sanction.Hush)
	if !is {
		return nil
	}
	if more := h.More(room.Content(event.StatePowerLevels.Type), w.known(room, now)); more != nil {
		return more
	}
	return nil
}

func (writing) cannot(room, why string) string {
	return fmt.Sprintf("I cannot keep newcomers from writing in %s: %s.", room, why)
}

func (writing) theirs(room string) string {
	return fmt.Sprintf("Somebody has changed who may write in %s since I kept newcomers from it, so I leave that as it is, and give back only what is still as I set it.", room)
}

func (writing) gone(room string, name id.RoomID, _ sanction.Hold) string {
	return fmt.Sprintf("For the posture only members who are known can write in %s, and I do not look after it any more, so I will not change that back. Lower in its power levels what it takes to send messages, or let me: %s.",
		room, text.Code("!forseti rooms add "+string(name)))
}

func (w writing) did(room string, name id.RoomID, what move) string {
	switch {
	case what == opens:
		return fmt.Sprintf("Who may write in %s is as it was again.", room)
	case what == grows:
		return fmt.Sprintf("Members of %s who are known by now can write there.", room)
	case w.strict(name):
		return fmt.Sprintf("In %s only who has power can write now.", room)
	default:
		return fmt.Sprintf("In %s only members who are known can write now.", room)
	}
}
