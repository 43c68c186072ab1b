package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"forseti/protections"
)

const (
	// typePreset is account data that keeps the preset that was chosen, until the bot starts
	// for the first time; and for the day on which there is no database any more.
	typePreset = "org.forseti.preset"
	// noPreset is what is kept if none is wanted.
	noPreset = "none"
	// typeEnabledProtections is where Mjolnir and Draupnir keep what is on.
	typeEnabledProtections = "org.matrix.mjolnir.enabled_protections"
)

// checkPreset makes the answer of the flag good, before anything else is asked.
func (a *answers) checkPreset() error {
	if a.preset == "" || strings.EqualFold(a.preset, noPreset) {
		return nil
	}
	if p, ok := protections.FindPreset(a.preset); ok {
		a.preset = p.Name
		return nil
	}
	var names []string
	for _, p := range protections.Presets() {
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	return misuse{fmt.Errorf("--preset is %q: there are %s, and %q", a.preset, strings.Join(names, ", "), noPreset)}
}

// choosePreset says what the recommended preset does, and takes it unless it is declined. Of
// the bot before, what was on is added to it.
func (a *answers) choosePreset(ctx context.Context, ask *asker, n *newRooms) error {
	if former, err := n.session.AccountData(ctx, typeEnabledProtections); err == nil && former != nil {
		fmt.Fprint(n.out, "\nThe account has protections of Mjolnir or Draupnir. What they have a counterpart for here comes along when the bot starts, and says so.\n")
	}
	if a.preset == "" {
		a.offer(n)
		use, err := ask.yes(ctx, "Switch that on", true, "preset")
		if _, nobody := errors.AsType[silence](err); err != nil && !nobody {
			return err
		} else if nobody {
			fmt.Fprintf(n.out, "There is nobody to ask, so it is on. --preset %s declines it.\n", noPreset)
			use = true
		}
		if a.preset = noPreset; use {
			a.preset = protections.Recommended
		}
	}
	if strings.EqualFold(a.preset, noPreset) {
		a.preset = noPreset
		fmt.Fprintf(n.out, "No protection is on. In the management room, !forseti preset use %s switches them on.\n", protections.Recommended)
		return nil
	}
	fmt.Fprintf(n.out, "Protections: %s, from the first start on.\n", a.preset)
	return nil
}

// offer says what the recommended preset does, a line for each protection.
func (a *answers) offer(n *newRooms) {
	p, _ := protections.FindPreset(protections.Recommended)
	fmt.Fprintf(n.out, "\nProtections look at what is said and done in the rooms. The recommended preset, %q, does this:\n", p.Name)
	width := 0
	for _, kind := range protections.Kinds() {
		width = max(width, len(kind.Name))
	}
	for _, kind := range protections.Kinds() {
		if s, _ := p.Of(kind.Name); s.Runs() {
			fmt.Fprintf(n.out, "  %-*s  %s\n", width, kind.Name, kind.Summary)
		}
	}
	fmt.Fprint(n.out, "What follows goes by how much somebody did: a message is removed, its author warned, muted for a time, banned from the room. Moderators are told, can undo it, and change all of it in the management room.\n")
}
