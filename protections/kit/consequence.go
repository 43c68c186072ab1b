package kit

import (
	"fmt"
	"strconv"
	"strings"

	"forseti/sanction"
)

// usual is how the value is written that leaves the points to how bad an offence is.
const usual = "usual"

const mostPoints = 1000

// consequence and points are options that every protection has: what follows from its
// findings is for the moderators to say.
func consequence() Typed[sanction.Consequence] {
	return Typed[sanction.Consequence]{option{
		name: "consequence", initial: sanction.Consequence{}.String(), way: Unclear, // the ladder is now milder and now harder than one step
		doc: "What follows: `ladder` goes by how much somebody has done, and all others are what always follows: " +
			"`alert`, `redact`, `warn`, `mute 1h`, `kick`, `ban`, `ban 7d`, `list-ban`, `takedown`. " +
			"Of one message that several protections find the severest of it is done, once.",
		parse: func(text string) (any, string, error) {
			c, err := sanction.ParseConsequence(text)
			if err != nil {
				return nil, "", fmt.Errorf("consequence takes what follows: %w", err)
			}
			return c, c.String(), nil
		},
	}}
}

func points() Typed[int] {
	return Typed[int]{option{
		name: "points", initial: usual, way: More,
		doc: fmt.Sprintf("How many points an offence has: `%s` goes by how bad it is. Else from 0 to %d.", usual, mostPoints),
		parse: func(text string) (any, string, error) {
			if strings.EqualFold(strings.TrimSpace(text), usual) {
				return -1, usual, nil
			}
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || n < 0 || n > mostPoints {
				return nil, "", fmt.Errorf("points takes `%s` or a whole number from 0 to %d", usual, mostPoints)
			}
			return n, strconv.Itoa(n), nil
		},
	}}
}

func tell() Typed[sanction.Steps] {
	return Typed[sanction.Steps]{option{
		name: "tell", initial: "warn mute kick", way: Either,
		doc: "Of which steps a user is told in a direct chat: some of `warn`, `mute`, `kick` and `ban`, with spaces between them, or `none`. Nobody is told of spam and attacks.",
		parse: func(text string) (any, string, error) {
			steps, err := sanction.ParseSteps(text)
			if err != nil {
				return nil, "", fmt.Errorf("tell takes steps: %w", err)
			}
			return steps, steps.String(), nil
		},
	}}
}

func tellHere() Typed[sanction.Steps] {
	return Typed[sanction.Steps]{option{
		name: "tell-here", initial: "none", way: Either,
		doc: fmt.Sprintf("Of which steps a user is told in the room itself, by a notice that all read who are there, and not in a direct chat: `warn`, `mute`, both with a space between them, or `none`. No more than %d in an hour in one room; of more they are told as `tell` says. Nobody is told of spam and attacks.", sanction.MostHere),
		parse: func(text string) (any, string, error) {
			steps, err := sanction.ParseHere(text)
			if err != nil {
				return nil, "", fmt.Errorf("tell-here takes steps: %w", err)
			}
			return steps, steps.String(), nil
		},
	}}
}

// followed is a finding with what moderators want to follow from it.
func (f Finding) followed(v Values) Finding {
	f.Set, f.Points, f.Tell, f.Here = consequence().of(v), points().of(v), tell().of(v), tellHere().of(v)
	if f.Points < 0 {
		f.Points = f.Weight.Weight()
	}
	return f
}
