package desk

import (
	"forseti/commands"
	"forseti/enforce"
)

// EffectOf shows an effect as commands speak of it.
func EffectOf(w *enforce.World, e enforce.Effect) commands.Effect {
	return commands.Effect{
		Banned: e.Banned, Shut: e.Shut, Later: e.Later, Left: e.Left, Parts: e.Parts, Freed: e.Freed, Hit: e.Hit, Rooms: e.Rooms, Denied: e.Denied, Allowed: e.Allowed,
		Guarded: e.Guarded, Broad: e.Broad, OwnServer: e.OwnServer != "", Everyone: e.Everyone, FreesEveryone: e.FreesEveryone,
		Wide: w.Settings.Limits.Wide(e),
	}
}
