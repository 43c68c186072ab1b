package verify

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Effect is something to do, in the order given: a [Send], a [Lookup], a [Vouch]
// or a [Notice].
type Effect interface{ About() ID }

// Send is a message to the other side: into Room, or to Devices if that is empty.
type Send struct {
	ID
	To      id.UserID
	Devices []id.DeviceID
	Room    id.RoomID
	Type    string
	Content map[string]any
}

// Lookup asks for the keys of the other side; the answer goes to [Desk.TheirKeys].
type Lookup struct {
	ID
	Device id.DeviceID
}

// Keys are what the homeserver says that another's keys are.
type Keys struct {
	Device id.Ed25519 // "" if there is no such device
	Master id.Ed25519 // "" if its owner has no identity
}

// Vouch says which keys turned out to be those of the other side, "" for neither
// known nor denied. They are to be signed, and how that went goes to [Desk.Vouched].
type Vouch struct {
	ID
	Device    id.DeviceID
	DeviceKey id.Ed25519
	Master    id.Ed25519
}

// Notice is for whoever is to be shown how a verification goes on: [Ready],
// [Unanswered], [ShowQR], [Compare], [Scanned], [Done] or [Cancelled].
type Notice interface {
	Effect
	notice()
}

// Ready says that both sides are willing and what comes next is for people to
// choose.
type Ready struct {
	ID
	Device id.DeviceID
	// ByThem says that they asked.
	ByThem bool
	// Emoji says that both can compare emoji, so that [Desk.CompareEmoji] may be
	// called. They may start it too.
	Emoji bool
}

// Unanswered says that none of their devices took up what we asked by to-device
// message. It is over; they may be asked in a room.
type Unanswered struct{ ID }

// ShowQR is a code that the other side may scan.
type ShowQR struct {
	ID
	Data []byte
}

// Compare asks whether the other side is shown the same emoji and numbers. The
// answer goes to [Desk.Confirm] or [Desk.Mismatch].
type Compare struct {
	ID
	Device  id.DeviceID
	Emoji   []Emoji // seven, or none if the other side cannot show them
	Numbers []int   // three, or none
}

// Scanned says that somebody scanned our code, and asks whether it was the other
// side and says that all is well there. The answer goes to [Desk.Confirm] or
// [Desk.Mismatch].
type Scanned struct {
	ID
	Device id.DeviceID
}

// Done says that the other side is verified.
type Done struct {
	ID
	Device id.DeviceID
}

// Cancelled says that it came to nothing.
type Cancelled struct {
	ID
	Code event.VerificationCancelCode
	// Reason is in the other side's words if ByThem: not to be trusted.
	Reason string
	ByThem bool
}

// About is the verification that an effect is about.
func (i ID) About() ID { return i }

func (Ready) notice()      {}
func (Unanswered) notice() {}
func (ShowQR) notice()     {}
func (Compare) notice()    {}
func (Scanned) notice()    {}
func (Done) notice()       {}
func (Cancelled) notice()  {}
