package rooms

import (
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// powers is who may do what in a room.
type powers struct {
	version version
	made
	infinite bool // creators stand above all levels
	levels   levels
	said     bool // the room says something of levels
}

// Creators are the creators of a version 12 room, or the one creator of an
// older one.
func (p *powers) Creators() []id.UserID { return slices.Clone(p.creators) }

// Level is the power level of a user, member or not.
func (p *powers) Level(u id.UserID) int64 {
	if p.infinite && p.by(u) {
		return Infinite
	}
	if !p.said {
		// Additional creators mean nothing before version 12, so creators
		// holds the one creator here.
		if p.by(u) {
			return 100
		}
		return 0
	}
	if n, ok := p.levels.users[string(u)]; ok {
		return n
	}
	return p.levels.usersDefault
}

// Needs is the level that a power takes in this room, and whether the actor's
// level suffices. It does not ask whether the actor is in the room.
func (p *powers) Needs(actor id.UserID, what Power) (need int64, ok bool) {
	need = p.need(what)
	return need, p.Level(actor) >= need
}

func (p *powers) need(what Power) int64 {
	switch l := &p.levels; what {
	case PowerBan:
		return l.ban
	case PowerUnban:
		return max(l.ban, l.kick)
	case PowerKick:
		return l.kick
	case PowerInvite:
		return l.inviter
	case PowerRedact:
		return max(l.redact, l.send(typeRedaction))
	default:
		if t, ok := strings.CutPrefix(string(what), sendPower); ok {
			return l.send(t)
		}
		return l.state(strings.TrimPrefix(string(what), statePower))
	}
}

// Moderates reports whether a user is a moderator of the room: who may kick there,
// and stands above what the room gives to everybody.
func (p *powers) Moderates(u id.UserID) bool {
	return p.Level(u) >= p.levels.kick && p.Ranked(u)
}

// Ranked reports whether a user stands above what the room gives to everybody.
func (p *powers) Ranked(u id.UserID) bool {
	if !p.said {
		return p.Level(u) > 0
	}
	return p.Level(u) > p.levels.usersDefault
}
