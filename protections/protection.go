// Package protections holds the checks on what is said and done in protected
// rooms, one file each: an event and a read-only view of its room in, actions
// out. A protection never acts by itself and never speaks to the homeserver.
package protections

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Protection is one check. It is owned by one goroutine and may keep what it
// needs to count; time reaches it only as the arrival time of events.
type Protection interface {
	// Name is how moderators name it in commands: lower case, no spaces.
	Name() string
	// Check looks at one event of a protected room, whose author may be judged.
	Check(e Incoming) []action.Action
}

// Incoming is an event as a protection sees it.
type Incoming struct {
	Event *event.Event
	// Arrived is when we received it. The sender's own timestamp can lie by
	// decades, so nothing is counted by it.
	Arrived time.Time
}

// View tells whom protections must leave alone.
type View interface {
	// Moderator reports whether the user is a joined member of the management room.
	Moderator(user id.UserID) bool
	// MayBan reports whether we have the power to ban the user in the room; those
	// of our own power or more are beyond judgement.
	MayBan(room id.RoomID, user id.UserID) bool
}

// Set runs protections over events. All of a community's rooms share it, so that
// one protection sees a user in every room.
type Set struct {
	self  id.UserID
	view  View
	order []Protection
}

// NewSet returns a set that runs the protections in the order given.
func NewSet(self id.UserID, view View, enabled ...Protection) *Set {
	return &Set{self: self, view: view, order: enabled}
}

// Check asks every protection about the event. Our own events and those of users
// beyond judgement are asked about by none, so that no protection can forget to.
func (s *Set) Check(e Incoming) []action.Action {
	sender, room := e.Event.Sender, e.Event.RoomID
	if sender == s.self || s.view.Moderator(sender) || !s.view.MayBan(room, sender) {
		return nil
	}
	var actions []action.Action
	for _, p := range s.order {
		actions = append(actions, p.Check(e)...)
	}
	return actions
}
