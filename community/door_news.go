package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// What is set at a door is told once: by the answer or the posture that asked for it, which says it
// better, or by the door itself, if nobody did.

// askers are what is being set at doors, and who asked for it.
type askers struct {
	waiting map[string]underWay // actions
	asked   map[id.RoomID]asker // for what is to be set next
	turned  bool                // it is known whether a posture closes them
}

// underWay is what is being set in a room, and who asked for it.
type underWay struct {
	room id.RoomID
	by   asker
}

// asker is who asked for what is to be set in a room.
type asker struct {
	told    bool       // they said so
	command id.EventID // whose case it belongs to; "" if it is no command
}

// move is what becomes of a room.
type move int

const (
	shuts move = iota
	grows      // it is closed otherwise than before
	opens
)

func newAskers() askers {
	return askers{waiting: map[string]underWay{}, asked: map[id.RoomID]asker{}}
}

// tells notes that a command tells of what is set next in a room, or, if it is none, a posture.
func (k *askers) tells(room id.RoomID, command id.EventID) { k.asked[room] = asker{true, command} }

// pending reports whether something is under way in a room.
func (k *askers) pending(room id.RoomID) bool {
	for _, w := range k.waiting {
		if w.room == room {
			return true
		}
	}
	return false
}

// begins notes that an action is under way, and has it be of the case of the command that asked for it.
func (k *askers) begins(a *action.Action) {
	by := k.asked[a.Room]
	a.For = by.command
	k.waiting[a.ID] = underWay{a.Room, by}
}

// looked notes that whatever comes after a look was not asked for any more, but where there was no
// time yet for what was.
func (k *askers) looked(rests func(id.RoomID) bool) {
	under := map[id.RoomID]bool{}
	for _, w := range k.waiting {
		under[w.room] = true
	}
	for room := range k.asked {
		if !under[room] && !rests(room) {
			delete(k.asked, room)
		}
	}
}

// ends takes in what came of an action, if it is one of these, and says whether it is news. Of what did
// not work everybody hears, and that it does after all is news then.
func (k *askers) ends(e action.Ending) (w underWay, ours, news bool) {
	w, ours = k.waiting[e.Action.ID]
	delete(k.waiting, e.Action.ID)
	switch {
	case !ours:
	case e.Fate == action.Refused:
		k.asked[w.room] = asker{command: k.asked[w.room].command}
	case e.Fate == action.Done:
		if k.asked[w.room] == w.by {
			delete(k.asked, w.room)
		}
		news = !w.by.told
	}
	return w, ours, news // of what is tried anew it holds who asked for it
}
