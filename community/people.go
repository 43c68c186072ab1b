package community

import (
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/enforce"
	"forseti/protections/kit"
)

// people are who is who, for the protections.
type people struct{ *enforce.World }

var _ kit.People = people{}

// Exempt reports whether a policy list exempts a user.
func (p people) Exempt(u id.UserID) bool { return p.Book.Exempts(u) }

// PresentIn are the protected rooms where a user is present, as far as rooms were read.
func (p people) PresentIn(u id.UserID) (in []id.RoomID) {
	for name, room := range p.Rooms() {
		if !p.RoomHeld(name) && room.Present(u) {
			in = append(in, name)
		}
	}
	slices.Sort(in)
	return in
}

// Addressed reports whether a protected room has that address.
func (p people) Addressed(alias string) bool {
	for _, room := range p.Rooms() {
		if string(room.Alias()) == alias {
			return true
		}
	}
	return false
}
