package sanction

import (
	"encoding/json"
	"reflect"
)

// Hold is what of a room's state is set otherwise for as long as a posture holds, and what
// was found there. It says what there is to do by what the room says now, so that it can be
// asked again after whatever happened meanwhile.
type Hold interface {
	// Stands says whether it holds.
	Stands(now json.RawMessage) Is
	// Shut is the content that it is to have for it to hold; nil if there is nothing to do.
	Shut(now json.RawMessage) json.RawMessage
	// Back is the content in which all is as it was found but for what somebody else has
	// set since; nil if there is nothing to do.
	Back(now json.RawMessage) json.RawMessage
	// Rest is what may have to be given back later, when nothing can be now; nil if nothing.
	// If it stays, it goes on to say that the room was left.
	Rest(now json.RawMessage, stays bool) Hold
	// Resting says that it is such a rest, of one that held earlier.
	Resting() bool
	// Leave is one that does not hold any more while others are to, for somebody else has set
	// that.
	Leave() Hold
	// Left reports whether it is such a one.
	Left() bool
}

// leavable is what all holds have in common.
type leavable struct {
	Theirs bool `json:"theirs,omitempty"` // somebody has set it since
}

// Left is part of Hold.
func (l *leavable) Left() bool { return l.Theirs }

// Is is how a room stands to a hold.
type Is int

// How it can stand.
const (
	Open    Is = iota // as it was found
	Closed            // as we set it
	Changed           // somebody else set it since
)

// same reports whether two contents mean the same.
func same(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
