package action

import (
	"encoding/json"

	"maunium.net/go/mautrix/id"
)

// Outcome is what became of an attempt. With neither Done nor Dropped the action
// stays open, to be tried again; Failure then says what stood in the way.
type Outcome struct {
	Event id.EventID // the event that was sent, where one was
	// Was is what stood there before, of verbs whose reverse needs it, and of ACLs.
	Was     json.RawMessage
	Failure string // "" if it worked
	Done    bool   // no further attempt: done, or failed for good if Failure is set
	Dropped bool   // no further attempt, and it did not happen
}
