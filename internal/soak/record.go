package main

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// record is what was done in a storm, as far as the judge must know it.
type record struct {
	bot    id.UserID
	people map[string]id.UserID
	rooms  []id.RoomID // the last comes and goes
	server string

	orders      []*order
	kills       []time.Time
	writes      []write                       // to the lists, by hand
	hand        map[string]map[id.RoomID]bool // bans by hand that stand
	handEntries map[id.RoomID][]string        // of ACLs
	said        map[string][]message
	ended       time.Time // of all trouble; what is asked for later must be told to the last
	wideAt      time.Time // since when a last wide rule must have been asked about; zero if none was written
}

// order is a command that was given.
type order struct {
	verb, about string // about a person by name, a server, a room, or a list
	user        id.UserID
	event       id.EventID
	at          time.Time // by the homeserver's clock, which is ours
	over        bool      // nothing more comes of it
	rival       *order    // somebody else's that was given at the same time; nil for most
}

func (o *order) String() string {
	return fmt.Sprintf("%s %s of %s (%s)", o.verb, o.about, clock(o.at.UnixMilli()), o.event)
}

// message is what a member said.
type message struct {
	room  id.RoomID
	event id.EventID
	at    time.Time
}

// write is a rule as somebody wrote it, or blanked it, by hand.
type write struct {
	at      int64 // milliseconds
	list    id.RoomID
	kind    string
	key     string
	content map[string]any
}

func newRecord() record {
	return record{
		people: map[string]id.UserID{}, hand: map[string]map[id.RoomID]bool{}, handEntries: map[id.RoomID][]string{},
		said: map[string][]message{},
	}
}

// coming is the room that comes and goes.
func (r *record) coming() id.RoomID { return r.rooms[len(r.rooms)-1] }

// name is a room's.
func (r *record) name(room id.RoomID) string {
	for i, known := range r.rooms {
		if known == room {
			return roomNames[i]
		}
	}
	return string(room)
}

func clock(milliseconds int64) string { return time.UnixMilli(milliseconds).Format("15:04:05.000") }
