package desk

import (
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
)

// EffectOf shows an effect as commands speak of it.
func EffectOf(w *enforce.World, e enforce.Effect) commands.Effect {
	return commands.Effect{
		Banned: e.Banned, Shut: e.Shut, Later: e.Later, Left: e.Left, Parts: e.Parts, Freed: e.Freed, Hit: e.Hit, Rooms: e.Rooms, Denied: e.Denied, Allowed: e.Allowed,
		Guarded: e.Guarded, Broad: e.Broad, OwnServer: e.OwnServer != "", Everyone: e.Everyone, FreesEveryone: e.FreesEveryone,
		Wide: w.Settings.Limits.Wide(e), Ours: ours(w, e),
	}
}

// ours are those whom an effect hits or frees and who are of our own server or a moderator's.
func ours(w *enforce.World, e enforce.Effect) (all []id.UserID) {
	servers := enforce.OurServers(w)
	for _, users := range [][]id.UserID{e.Banned, e.Shut, e.Later, e.Left, e.Parts, e.Freed} {
		for _, u := range users {
			if servers[policy.ServerOf(u)] {
				all = append(all, u)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
