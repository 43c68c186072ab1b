package main

import (
	"fmt"
	"strings"
)

// The goals of the recommended preset, on newcomers.
const (
	campaignGoal = 0.95  // of campaigns nothing stands after the third message
	singleGoal   = 0.60  // of single messages of real spam
	alertedGoal  = 0.005 // of innocent messages, that moderators are told of them
)

// Goal is what was to be reached, and what was.
type Goal struct {
	Name    string
	Wants   string
	Reached share
	Held    bool
}

// goals are those of a setup, by what was measured with newcomers and with regular members.
// What was not played is held to nothing.
func goals(newcomers, regulars Measured) (all []Goal) {
	campaigns, real := newcomers.Of("campaign/").Stopped, newcomers.Of("chat/spam").Stopped
	innocent, regular := newcomers.Of("innocent/", "chat/ham"), regulars.Of("innocent/", "chat/ham")
	any := regular.Alerted
	any.add(regular.Punished)
	return []Goal{
		{"campaigns, by the third message", "95 % or more", campaigns, campaigns.of == 0 || campaigns.rate() >= campaignGoal},
		{"single messages of real spam", "60 % or more", real, real.of == 0 || real.rate() >= singleGoal},
		{"innocents of whom moderators are told", "0.5 % or less", innocent.Alerted, innocent.Alerted.rate() <= alertedGoal},
		{"innocents who are muted, kicked or banned", "none", innocent.Punished, innocent.Punished.n == 0},
		{"regular members against whom anything is found", "none", any, any.n == 0},
	}
}

func goalTable(all []Goal) string {
	var b strings.Builder
	b.WriteString("| Of newcomers' messages, unless said otherwise | Goal | Measured | Held |\n|---|---|---|---|\n")
	for _, g := range all {
		held := "yes"
		if !g.Held {
			held = "**no**"
		}
		if g.Reached.of == 0 {
			held = "not measured"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.Name, g.Wants, g.Reached, held)
	}
	return b.String()
}
