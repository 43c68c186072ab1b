package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/community/commits"
)

// marks say, beyond a restart, which rooms are to be read as a whole: of one that was never
// read, single events may be stored, which are not all that it says.
type marks struct {
	commits *commits.Writer
	rooms   map[id.RoomID]string
}

const (
	unreadRooms = "unread_room" // settings namespace
	neverRead   = "never"       // the word for a room of which not all is known
	readAnew    = "anew"        // and for one of which something was missed
)

// set marks a room. What was never read need not be read anew besides.
func (m *marks) set(room id.RoomID, word string) {
	if was := m.rooms[room]; was == word || was == neverRead {
		return
	}
	m.rooms[room] = word
	m.commits.Setting(unreadRooms, string(room), word)
}

// load takes up what was stored of a room whose state is known by now; word is "" if that
// is all there is to know.
func (m *marks) load(room id.RoomID, word string) {
	delete(m.rooms, room)
	if word != "" {
		m.rooms[room] = word
	}
}

// clear notes that a room was read, or need not be any more.
func (m *marks) clear(room id.RoomID) {
	if m.rooms[room] != "" {
		delete(m.rooms, room)
		m.commits.Setting(unreadRooms, string(room), nil)
	}
}
