package rooms

import (
	"fmt"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Refusal is why an action would fail, told before it is tried. The zero Refusal
// means that nothing we know of stands in the way.
type Refusal struct {
	Reason Reason
	Power  Power
	// Need and Have are levels of the actor, set for LowLevel and TargetLevel.
	Need, Have int64
}

// Reason sorts refusals by what would help.
type Reason string

// The reasons.
const (
	NotJoined     Reason = "not_joined"     // the actor is not in the room
	LowLevel      Reason = "low_level"      // the actor's level is below what the room asks
	TargetLevel   Reason = "target_level"   // the target's level is not below the actor's
	TargetCreator Reason = "target_creator" // nobody can act on a version 12 creator
	TargetAbsent  Reason = "target_absent"  // nobody there to kick
	NotBanned     Reason = "not_banned"     // nothing to undo
	TargetBanned  Reason = "target_banned"  // must be unbanned before an invite
	TargetJoined  Reason = "target_joined"  // already in the room
)

// OK reports whether the action may go ahead.
func (f Refusal) OK() bool { return f.Reason == "" }

// String says what we lack, for moderators, as what follows a colon; "" if it is nothing.
func (f Refusal) String() string {
	switch f.Reason {
	case "":
		return ""
	case NotJoined:
		return "I am not in the room"
	case LowLevel:
		return fmt.Sprintf("I need power level %d to %s and have %d", f.Need, f.Power, f.Have)
	case TargetLevel:
		if f.Power == PowerLevels {
			return fmt.Sprintf("I need power level %d to %s for this user and have %d", f.Need, f.Power, f.Have)
		}
		return fmt.Sprintf("I need power level %d to %s this user and have %d", f.Need, f.Power, f.Have)
	case TargetCreator:
		return "the user is a creator of the room"
	case TargetAbsent:
		return "the user is not in the room"
	case NotBanned:
		return "the user is not banned"
	case TargetBanned:
		return "the user is banned"
	case TargetJoined:
		return "the user is already in the room"
	default:
		return string(f.Reason)
	}
}

// CanBan tells whether actor may ban target, who need not be in the room.
func (r *Room) CanBan(actor, target id.UserID) Refusal { return r.above(actor, target, PowerBan) }

// CanUnban tells whether actor may lift the ban of target.
func (r *Room) CanUnban(actor, target id.UserID) Refusal {
	if r.kind(target) != banned {
		return Refusal{Reason: NotBanned, Power: PowerUnban}
	}
	return r.above(actor, target, PowerUnban)
}

// CanKick tells whether actor may remove target, refuse their knock or take back
// their invite.
func (r *Room) CanKick(actor, target id.UserID) Refusal {
	if !r.Present(target) {
		return Refusal{Reason: TargetAbsent, Power: PowerKick}
	}
	return r.above(actor, target, PowerKick)
}

// CanInvite tells whether actor may invite target.
func (r *Room) CanInvite(actor, target id.UserID) Refusal {
	switch r.kind(target) {
	case banned:
		return Refusal{Reason: TargetBanned, Power: PowerInvite}
	case joins:
		return Refusal{Reason: TargetJoined, Power: PowerInvite}
	}
	return r.may(actor, PowerInvite)
}

// CanRedact tells whether actor may redact other people's events.
func (r *Room) CanRedact(actor id.UserID) Refusal { return r.may(actor, PowerRedact) }

// CanSetState tells whether actor may send state of a type.
func (r *Room) CanSetState(actor id.UserID, eventType string) Refusal {
	return r.may(actor, PowerState(eventType))
}

// CanSend tells whether actor may send other events of a type.
func (r *Room) CanSend(actor id.UserID, eventType string) Refusal {
	return r.may(actor, PowerSend(eventType))
}

// Speaks tells whether actor may write in the room, and the level that it takes: in a room that is
// encrypted there are two ways to write, of which one is enough. It does not ask whether the
// actor is in the room.
func (r *Room) Speaks(actor id.UserID) (need int64, ok bool) {
	need, ok = r.Needs(actor, PowerSend(event.EventMessage.Type))
	if sealed, may := r.Needs(actor, PowerSend(event.EventEncrypted.Type)); r.Encrypted() && sealed < need {
		need, ok = sealed, may
	}
	return need, ok
}

// CanSetLevel tells whether actor may give target a level. Nobody gives more than
// they have, or touches their equals; everybody may step down themselves.
func (r *Room) CanSetLevel(actor, target id.UserID, level int64) Refusal {
	// Servers reject levels that list a version 12 creator, the actor's own too.
	if r.Level(target) == Infinite {
		return Refusal{Reason: TargetCreator, Power: PowerLevels}
	}
	have := r.Level(actor)
	if f := r.may(actor, PowerLevels); !f.OK() {
		return f
	}
	if level > have {
		return Refusal{Reason: LowLevel, Power: PowerLevels, Need: level, Have: have}
	}
	if target == actor {
		return Refusal{}
	}
	return r.above(actor, target, PowerLevels)
}

// Lack is something that a moderation bot cannot do, as in "cannot ban", and the level
// that would do for it.
type Lack struct {
	Words string
	Need  int64
}

// Lacks names what a moderation bot cannot do in the room.
func (r *Room) Lacks(bot id.UserID) (missing []Lack) {
	for _, p := range []struct {
		power Power
		words string
	}{
		{PowerBan, "ban"},
		{PowerKick, "kick"},
		{PowerRedact, "remove messages"},
		{PowerACL, "set the server ACL"},
	} {
		if level, ok := r.Needs(bot, p.power); !ok {
			missing = append(missing, Lack{p.words, level})
		}
	}
	return missing
}

// may checks membership and level.
func (r *Room) may(actor id.UserID, what Power) Refusal {
	if r.kind(actor) != joins {
		return Refusal{Reason: NotJoined, Power: what}
	}
	need, ok := r.Needs(actor, what)
	if !ok {
		return Refusal{Reason: LowLevel, Power: what, Need: need, Have: r.Level(actor)}
	}
	return Refusal{}
}

// above checks also that the target stands below the actor.
func (r *Room) above(actor, target id.UserID, what Power) Refusal {
	if f := r.may(actor, what); !f.OK() {
		return f
	}
	have, theirs := r.Level(actor), r.Level(target)
	switch {
	case theirs == Infinite:
		return Refusal{Reason: TargetCreator, Power: what}
	case theirs >= have:
		return Refusal{Reason: TargetLevel, Power: what, Need: theirs + 1, Have: have}
	default:
		return Refusal{}
	}
}
