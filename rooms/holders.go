package rooms

import (
	"slices"

	"maunium.net/go/mautrix/id"
)

// Maker is who made the room, as their homeserver says: "" while that is unknown. What
// the create event says of others is only a claim.
func (r *Room) Maker() id.UserID { return r.state[typeCreate].sender }

// Holders are the users to whom the room gives a power by name, members or not, and
// whether it gives it to everybody who comes. A room that says nothing of levels gives
// all to everybody, for not all homeservers agree about it.
func (p *powers) Holders(what Power) (named []id.UserID, anybody bool) {
	if p.infinite {
		named = slices.Clone(p.creators)
	}
	if !p.said {
		return named, true
	}
	need := p.need(what)
	for u, level := range p.levels.users {
		if u := id.UserID(u); level >= need && !(p.infinite && p.by(u)) {
			named = append(named, u)
		}
	}
	return named, p.levels.usersDefault >= need
}
