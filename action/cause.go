package action

import (
	"fmt"

	"maunium.net/go/mautrix/id"
)

// CauseKind tells apart who wanted an action.
type CauseKind string

// The kinds of cause.
const (
	ByRule       CauseKind = "rule"       // a policy rule; List, Rule and Entity are set
	ByProtection CauseKind = "protection" // a protection; Protection and Event are set
	ByModerator  CauseKind = "moderator"  // a command; Moderator and Event are set
	ByForseti    CauseKind = "forseti"    // upkeep: a repair, an answer, a report
)

// Cause is why an action is wanted. Actions with equal causes are one decision,
// and are reported as one. A command that takes away a rule says which in List, Rule and
// Entity.
type Cause struct {
	Kind       CauseKind  `json:"kind"`
	List       id.RoomID  `json:"list,omitempty"`
	Rule       id.EventID `json:"rule,omitempty"`
	Entity     string     `json:"entity,omitempty"`
	Protection string     `json:"protection,omitempty"`
	Moderator  id.UserID  `json:"moderator,omitempty"`
	// Event is the event that set it off: the command, or the offending message.
	Event id.EventID `json:"event,omitempty"`
}

// String describes the cause in a few words, for logs.
func (c Cause) String() string {
	switch c.Kind {
	case ByRule:
		return fmt.Sprintf("rule %s in %s", c.Entity, c.List)
	case ByProtection:
		return "protection " + c.Protection
	case ByModerator:
		return "moderator " + string(c.Moderator)
	default:
		return "forseti"
	}
}
