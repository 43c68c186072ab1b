// Package rules is the rules that moderators write themselves: an expression says of what
// somebody does whether it is meant. What follows then is not said in it, nor is anything
// remembered by it: that is for whoever asks.
//
// The expressions are CEL, the Common Expression Language, with its own fields and
// functions. They have types, no loops but over what is bounded, and a cost that is known
// before they run.
//
// https://cel.dev
package rules

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/learning"
)

// Subject is what an expression is about: a message, or somebody who joins.
type Subject struct {
	Message   *content.Message
	Encrypted bool // it was read by us, and not by the homeserver
	Sender    Sender
	Room      Room
	State     State // what is remembered of the sender, and of what others said

	values []variable // those of it that were asked for, as CEL holds them
}

// variable is one by its name.
type variable struct {
	name string
	is   any
}

// Sender is whose message it is, or who joins.
type Sender struct {
	ID    id.UserID
	Level int64
	Stay  time.Duration // how long they have been in the room
}

// Room is where it happened.
type Room struct {
	ID        id.RoomID
	Members   int
	Encrypted bool
}

// State is what somebody remembers. It is asked for no more than an expression needs.
type State interface {
	// Trust is how far the sender is known, from 0 (new) to 3 (trusted).
	Trust() int
	// Points are what offences of the sender still weigh.
	Points() float64
	// Seen is how often the very text was sent before, by whomever.
	Seen() int
	// Similar is how many others sent a text nearly like it within a time.
	Similar(within time.Duration) int
	// Learned is what is known of the message by those that moderators marked.
	Learned() learning.Verdict
	// Listed reports whether a policy list, by its name or ID, has a rule for the sender or
	// their server.
	Listed(list string) bool
}
