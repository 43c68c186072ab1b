package kit

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

// View is a room as it was when something happened there: what came later in the
// same batch is not in it yet. It is good for one call of Check.
type View struct {
	room     *rooms.Room
	accepted *accepted
	values   Values
}

// Member is a user as a room sees them.
type Member struct {
	Membership event.Membership // "" if the room never heard of them
	Level      int64
	// Joined is when they last became a member, by our clock; of those who were there
	// before we looked it is what their homeserver says. Zero if they are no member.
	Joined time.Time
	// Accepted is how many messages of theirs nobody had anything against.
	Accepted int
	// Counted says that Accepted is all that they wrote since Joined. It is not where
	// they came before we listened, or where we had too much to remember.
	Counted bool
}

// ID is the room's ID.
func (v View) ID() id.RoomID { return v.room.ID() }

// Kind is the type of the room, as in m.space; "" of an ordinary one.
func (v View) Kind() string { return v.room.Kind() }

// Encrypted reports whether the room is.
func (v View) Encrypted() bool { return v.room.Encrypted() }

// Size is how many members there are.
func (v View) Size() int { return v.room.Count(event.MembershipJoin) }

// Member is what the room says of a user.
func (v View) Member(u id.UserID) Member {
	known, _ := v.room.Member(u)
	m := Member{Membership: known.Membership, Level: v.room.Level(u)}
	if known.Membership == event.MembershipJoin {
		m.Joined = known.Changed
	}
	m.Accepted, m.Counted = v.accepted.of(Place{v.room.ID(), u}, m.Joined)
	return m
}
