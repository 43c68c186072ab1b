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
// needs to count, within a bound; time reaches it only with events.
type Protection interface {
	// Name is the name of its Kind.
	Name() string
	// Check looks at one event of a protected room, whose author may be judged.
	Check(e Incoming) []action.Action
}

// Incoming is an event as a protection sees it.
type Incoming struct {
	Event *event.Event
	// Arrived is when we received it. The sender's own timestamp can lie by
	// decades, so nothing that just happened is counted by it.
	Arrived time.Time
	// Backlog is set on what was sent while nobody listened: in the first batch
	// after a start, after sync failed or after it rested. Such events may have
	// waited for hours, so that Arrived says when we came back and nothing about
	// the pace at which they were sent.
	//
	// A gap in the timeline is by itself no backlog. A flood makes gaps, and must
	// not get away with it.
	Backlog bool
	// Late is set on an encrypted message that was checked before, as one that
	// could not be read, and whose key has come only now.
	Late bool
}

// View tells whom protections must leave alone.
type View interface {
	// Moderator reports whether the user is a joined member of the management room.
	Moderator(user id.UserID) bool
	// MayBan reports whether we have the power to ban the user in the room; those
	// of our own power or more are beyond judgement.
	MayBan(room id.RoomID, user id.UserID) bool
}
