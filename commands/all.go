package commands

import "slices"

// all lists the commands, in the order of the help page.
func all() []*command {
	return slices.Concat(
		banCommands(),
		memberCommands(),
		evidenceCommands(),
		ruleCommands(),
		listCommands(),
		roomCommands(),
		protectionCommands(),
		deviceCommands(),
		upkeepCommands(),
		limitCommands(),
	)
}
