package community

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
	"forseti/wire"
)

// typeShortcode is how Mjolnir and its heirs name a list.
const typeShortcode = "org.matrix.mjolnir.shortcode"

// base is a room that is followed for another reason than to protect it: the
// management room, or a list.
type base struct {
	*rooms.Room
	shortcode string
	// members says whether all members are followed, or only ourselves: a list may
	// have thousands of readers, who do not matter.
	members bool
	loaded  bool      // its state has been seen at least once
	read    time.Time // when all of it was read; zero for not since the start
	trouble string    // why it cannot be read now
	out     bool      // we were put out of it
}

// list is a policy list that we watch.
type list struct {
	*base
	via      []string
	readings []*reading // that are taken in, one after the other
	// decided is set when it is known whether the list may exempt.
	decided bool
	// leaves says how far it is with being watched no longer; "" if it is to be watched.
	leaves string
	// former is set for a list of version 3, in which every exemption counted.
	former bool
}

func newBase(room id.RoomID) *base { return &base{Room: rooms.New(room), members: true} }

func newList(room id.RoomID, via []string) *list {
	return &list{base: &base{Room: rooms.New(room)}, via: via}
}

// take applies one event, if it is of the kind that is followed.
func (b *base) take(self id.UserID, evt *event.Event, at time.Time) rooms.Change {
	if evt.StateKey == nil && evt.Type.Type != event.EventRedaction.Type {
		return rooms.Change{}
	}
	if evt.StateKey != nil && evt.Type.Type == typeShortcode && *evt.StateKey == "" {
		b.shortcode = wire.Clip(field(evt, "shortcode"), 100)
		return rooms.Change{}
	}
	if !b.follows(self, evt) {
		return rooms.Change{}
	}
	return b.Apply(evt, at)
}

func (b *base) follows(self id.UserID, evt *event.Event) bool {
	return b.members || evt.StateKey == nil || evt.Type.Type != event.StateMember.Type || id.UserID(*evt.StateKey) == self
}

// look takes in the whole state.
func (b *base) look(self id.UserID, state []*event.Event, at time.Time) []rooms.Change {
	var followed []*event.Event
	for _, evt := range state {
		if evt.StateKey != nil && evt.Type.Type == typeShortcode && *evt.StateKey == "" {
			b.shortcode = wire.Clip(field(evt, "shortcode"), 100)
		}
		if b.follows(self, evt) {
			followed = append(followed, evt)
		}
	}
	b.loaded, b.trouble = true, ""
	return b.Replace(followed, at)
}

// stored reports whether an event of the room is worth storing.
func (b *base) stored(self id.UserID, evt *event.Event) bool {
	return evt.StateKey != nil && kept(evt.Type.Type) && b.follows(self, evt)
}

// field reads one string of an event's content.
func field(evt *event.Event, key string) string {
	return wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text(key)
}
