package action

import "encoding/json"

// Fate is how a piece of work ended for somebody who wanted it.
type Fate string

// The fates. Every wish has exactly one.
const (
	Done       Fate = "done"       // it happened, by this wish or by another that wanted the same
	Would      Fate = "would"      // a dry run left it undone
	Refused    Fate = "refused"    // a guard, missing power, or the homeserver for good
	Superseded Fate = "superseded" // another wish took its place
	Dropped    Fate = "dropped"    // there is nothing left to do, or nowhere to do it
)

// Ending tells who wanted an action how it ended.
type Ending struct {
	Action Action
	Fate   Fate
	// Why says what stood in the way, or what took its place, in words for
	// moderators; it may quote others and is not escaped.
	Why string
	// Kind and Err are set if the homeserver refused.
	Kind FailureKind
	Err  error
	// Result is what the homeserver answered, if it did; its Event is what was sent.
	Result Result
	// Before is the content of the state that was replaced, of verbs that set state;
	// nil if there was none.
	Before json.RawMessage
}

// Hindrance is what keeps work waiting that goes on being tried.
type Hindrance struct {
	Action Action
	Kind   FailureKind
	Why    string // as in Ending
	Tries  int
}
