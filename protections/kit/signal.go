package kit

import (
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/content"
	"forseti/rooms"
)

// What tells signals apart.
type What string

// The kinds of signal.
const (
	Said    What = "said"    // a message, or anything else without a state key; Message is set
	Changed What = "changed" // a change of state that is no join; Change, Before and After are set
	Joined  What = "joined"  // somebody is a member now who was none; Change is set
	Looked  What = "looked"  // a picture that was asked for is known; Seen is set, and all else as it was when it was asked
	Ticked  What = "ticked"  // a time has come that the protection asked for
)

// Signal is one thing that happened in a protected room.
type Signal struct {
	What What
	Room id.RoomID
	// Sender is who said or did it; nobody if it is a tick.
	Sender id.UserID
	// Event is the event as the room has it, with what an encrypted one says in its
	// place if that could be read; nil if it is a tick. It must not be changed.
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

	// Message is what a message, a join or a change of state says, read as far as it is
	// asked for; nil of all else, which may be asked likewise and says nothing.
	Message *content.Message
	// Encrypted says that it was read by us, and not by the homeserver.
	Encrypted bool
	// Sealed says that it is encrypted and could not be read.
	Sealed bool
	Change rooms.Change
	// Before and After are the contents of a piece of state, as somebody wrote them;
	// Before is nil if there was none, or if that is not known.
	Before, After json.RawMessage
	Seen          *Sighting
}

// SaidBy makes a signal of an event without a state key.
func SaidBy(evt *event.Event, arrived time.Time) Signal {
	in := signalOf(Said, evt, arrived)
	in.Encrypted, in.Sealed = evt.Mautrix.WasEncrypted, evt.Type.Type == event.EventEncrypted.Type
	return in
}

// ChangedBy makes a signal of a state event and of what it did to its room. before
// is the content that it replaced, if that is known.
func ChangedBy(evt *event.Event, c rooms.Change, before json.RawMessage, arrived time.Time) Signal {
	in := signalOf(Changed, evt, arrived)
	in.Change, in.Before, in.After = c, before, evt.Content.VeryRaw
	if c.Move() == rooms.Joined {
		in.What = Joined
	}
	return in
}

func signalOf(what What, evt *event.Event, arrived time.Time) Signal {
	return Signal{
		What: what, Room: evt.RoomID, Sender: evt.Sender, Event: evt, Arrived: arrived, Message: content.Read(evt.Type.Type, evt.Content.VeryRaw),
	}
}

// CountsAsMessage reports whether the signal shows something in the room: any
// event without a state key, also encrypted, of a custom type, or with a content
// that no client can read. Redactions take away and do not count, and what comes
// late has been counted.
func (s Signal) CountsAsMessage() bool {
	return s.What == Said && !s.Late && s.Event.Type.Type != event.EventRedaction.Type
}

// ownProfile reports whether somebody joined, or gave themselves another name or picture.
func (s Signal) ownProfile() bool {
	return s.Event != nil && s.Event.StateKey != nil && s.Event.Type.Type == event.StateMember.Type && *s.Event.StateKey == string(s.Sender) &&
		rooms.ReadMember(s.After).Membership == event.MembershipJoin
}

// Sent is when the sender's homeserver says it was sent; false if it says nothing.
func (s Signal) Sent() (at time.Time, ok bool) {
	if s.Event == nil || s.Event.Timestamp <= 0 {
		return time.Time{}, false
	}
	return time.UnixMilli(s.Event.Timestamp), true
}

// When is when it counts among what others did: it arrived then, or waited for us since its
// sender's homeserver says it was sent. That is false if it says nothing, or what lies ahead:
// by one of the year 3000 all the others would be long ago.
func (s Signal) When() (at time.Time, ok bool) {
	if !s.Backlog {
		return s.Arrived, true
	}
	at, ok = s.Sent()
	return at, ok && !at.After(s.Arrived)
}

// of is what the event is to those who remove it; nothing if it is a message.
func (s Signal) of() action.Object {
	switch {
	case s.Event == nil || s.Event.StateKey == nil:
		return action.NoObject
	case s.Event.Type.Type == event.StateMember.Type:
		return action.ToProfile
	default:
		return action.ToState
	}
}

// Found is what a protection has against what its sender said or did by this event alone.
// The words say why, for moderators.
func (s Signal) Found(w Weight, format string, args ...any) []Finding {
	return []Finding{{User: s.Sender, Offence: s.Event.ID, Events: []id.EventID{s.Event.ID}, Weight: w, Why: fmt.Sprintf(format, args...)}}
}
