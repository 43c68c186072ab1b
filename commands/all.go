package commands

import (
	"cmp"
	"slices"
)

// all lists the commands, in the order of the help page.
func all(d Desks) []*command {
	back := undoDesks{d.Cases, d.Bans, d.Mutes, d.Levels, d.Rooms, d.Lists, d.Locks}
	commands := slices.Concat(
		banCommands(d.Bans, d.Messages, d.Members, d.Arrivals),
		byHandCommands(d.ByHand),
		reasonCommands(d.Reasons),
		exemptCommands(d.Bans, d.Messages),
		memberCommands(d.Members, d.Bans, d.Messages),
		muteCommands(d.Mutes, d.Members, d.Messages),
		sinceCommands(d.Arrivals, d.Members),
		whyCommands(d.Why, d.Cases, d.Messages),
		warnCommands(d.Why, d.Members, d.Messages),
		noteCommands(d.Why, d.Messages),
		caseCommands(back),
		memoryCommands(d.Cases),
		undoCommands(back),
		evidenceCommands(d.Evidence, d.Messages, d.Cases),
		sampleCommands(d.Samples, d.Messages, d.Files),
		imageCommands(d.Images, d.Messages, d.Files),
		ruleCommands(d.Rules, d.Why),
		listCommands(d.Lists, d.Rules, d.Why),
		roomCommands(d.Rooms, d.Spaces, d.Protections),
		upgradeCommands(d.Lists, d.Rules, d.Protections),
		listTextCommands(d.Bans, d.Lists, d.Files),
		auditCommands(d.Audits, d.Devices),
		aclCommands(d.Audits, d.Rules),
		serverCommands(d.Servers, d.Rules),
		lockCommands(d.Locks),
		listenCommands(d.Others),
		resolveCommands(d.Rooms),
		levelCommands(d.Levels),
		aliasCommands(d.Rooms),
		protectionCommands(d.Protections),
		presetCommands(d.Presets, d.Protections, d.Files),
		postureCommands(d.Postures),
		ladderCommands(d.Ladder),
		callCommands(d.Calls),
		dutyCommands(d.Duty),
		statsCommands(d.Stats, d.Protections),
		digestCommands(d.Digest),
		noticeCommands(d.Protections),
		ownRuleCommands(d.OwnRules, d.Bans, d.Members),
		deviceCommands(d.Devices),
		upkeepCommands(d.Upkeep),
		clockCommands(d.Clock),
		ownCommands(d.Rooms, d.Files, d.Says),
		questionCommands(d.Questions),
		limitCommands(d.Limits),
		settingsCommands(d),
		roleCommands(d.Roles, d.Devices),
	)
	// Families stand together, wherever their commands are declared.
	first := func(c *command) int {
		return slices.IndexFunc(commands, func(other *command) bool { return other.family == c.family })
	}
	commands = slices.SortedStableFunc(slices.Values(commands), func(a, b *command) int { return cmp.Compare(first(a), first(b)) })
	for _, c := range commands {
		if c.effect != looks {
			c.flags = append(c.flags, dryRunned)
		}
		if c.asks != "" {
			c.flags = append(c.flags, noConfirm)
		}
	}
	return commands
}
