package kit

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/sanction"
	"forseti/text"
)

// Weight is how bad something is. What follows from it is not for a protection to
// say: package sanction does, by what the community has set.
type Weight = sanction.Class

// The weights.
const (
	Note     = sanction.Note     // worth a word to moderators, and held against nobody
	Light    = sanction.Light    // not wanted here: the message goes, its author may stay
	Nuisance = sanction.Nuisance // it spoils the room for others
	Spam     = sanction.Spam     // what somebody came for who came for nothing else
	Attack   = sanction.Attack   // meant to make the room unusable
)

// Finding is what a protection has against somebody.
type Finding struct {
	Room id.RoomID // that of the signal, if it is not set
	User id.UserID
	// Offence is the event that completed it. Findings with the same offence are one
	// to those who read of it.
	Offence id.EventID
	Events  []id.EventID // all that belongs to it, in the order in which it is to go
	// Of is what they are, if they are no messages.
	Of     action.Object
	Weight Weight
	// Everywhere says that it counts in all protected rooms that the user is in now: as
	// they show here, they are there for nothing else.
	Everywhere bool
	// Alert says that it is about the room, and not about one user: moderators are told,
	// and nothing else follows, whatever is set. User is not set then; Users are whom it
	// names, so that they can be dealt with together.
	Alert bool
	Users []id.UserID
	// Wave says that Users have come together, and that an alert offers to deal with all of
	// them. Raises is the posture that it brings, for as long as Lasts; Calm for none. Close
	// says that rooms which anybody can join are closed for so long, and Hush that only who is
	// known can write.
	Wave   bool
	Raises sanction.Posture
	Close  bool
	Hush   bool
	Lasts  time.Duration
	// Gate, if not nil, says that the user has to accept rules first, and that nothing else
	// follows.
	Gate *Gate
	// Reason is what everybody in the room may read; the protection's name if it is
	// not set.
	Reason string
	// Why says in words for moderators what was found. What others wrote stands in it
	// only by Quote.
	Why string

	// What follows is filled in for the protection.

	Protection string
	// Set is what moderators want to follow from it, and Points how many it has.
	Set    sanction.Consequence
	Points int
	Tell   sanction.Steps // of which the user is told in a direct chat,
	Here   sanction.Steps // and of which in the room instead
	// Trailing says that the user is being banned for this offence already, and that
	// this comes behind it.
	Trailing bool
}

// Gate is what somebody is asked who wants into a room.
type Gate struct {
	Rules  string // in Markdown, of moderators
	Voice  bool   // they are in it, and cannot write before
	Within time.Duration
}

// quoted is how much of what others wrote is shown.
const quoted = 200

// Quote puts what others wrote into words for moderators: on one line, not too long,
// and so that none of it is taken for markup, a link or a mention.
func Quote(written string) string { return text.Code(text.Brief(written, quoted)) }
