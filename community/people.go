package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/enforce"
	"forseti/protections/kit"
)

// people are who is who, for the protections.
type people struct{ *enforce.World }

var _ kit.People = people{}

// Exempt reports whether a policy list exempts a user.
func (p people) Exempt(u id.UserID) bool { return p.Book.Exempts(u) }
