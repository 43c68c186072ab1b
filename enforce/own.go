package enforce

import (
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

// Writes reports whether a user has the power to write rules to a list.
func Writes(u id.UserID, list *rooms.Room) bool {
	_, may := list.Needs(u, rooms.PowerState("m.policy.rule.user"))
	return may
}
