package enforce

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/rooms"
)

// Own reports whether a list is our own, so that its exemptions can be trusted: we may
// write to it, and it was made by us or a moderator, or nobody else may. Its levels alone
// say little, for whoever made the list writes them.
func Own(w *World, list *rooms.Room) bool {
	ours := func(u id.UserID) bool { return u == w.spared.self || w.spared.moderators[u] }
	if !Writes(w.spared.self, list) {
		return false
	}
	if ours(list.Maker()) {
		return true
	}
	// Who sets the levels can give themselves the power to write any rule of which they
	// say nothing yet.
	powers := []rooms.Power{rooms.PowerLevels}
	for t := range policy.RuleTypes() {
		powers = append(powers, rooms.PowerState(t))
	}
	return !slices.ContainsFunc(powers, func(p rooms.Power) bool {
		named, anybody := list.Holders(p)
		return anybody || slices.ContainsFunc(named, func(u id.UserID) bool { return !ours(u) })
	})
}

// SetOwn says of a list that may not exempt whether it is our own for all that: its entries are
// the last to fall out of an ACL that is full.
func SetOwn(w *World, list id.RoomID, own bool) {
	delete(w.Book.ours, list)
	if own {
		w.Book.ours[list] = true
	}
}

// Owns reports whether a list counts as our own. That was found out when it came, or a
// moderator let it exempt: see [Own] for what its levels say now.
func (b *Book) Owns(list id.RoomID) bool { return b.exempts[list] || b.ours[list] }

// owned are the lists that count as our own.
func (b *Book) owned() map[id.RoomID]bool {
	all := maps.Clone(b.exempts)
	maps.Copy(all, b.ours)
	return all
}

// ownedAre reports whether these are they.
func (b *Book) ownedAre(lists map[id.RoomID]bool) bool {
	n := len(b.exempts)
	for list := range b.ours {
		if !b.exempts[list] {
			n++
		}
	}
	for list := range lists {
		if !b.Owns(list) {
			return false
		}
	}
	return n == len(lists)
}

// Writes reports whether a user has the power to write rules to a list.
func Writes(u id.UserID, list *rooms.Room) bool {
	_, may := list.Needs(u, rooms.PowerState("m.policy.rule.user"))
	return may
}
