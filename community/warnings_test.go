package community

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// A moderator's warning is told, weighs what the ladder says, is a case and is overturned like
// one; to give it again, after a crash, changes nothing.
func TestWarning(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	warns := func(a *alerted, command id.EventID) []action.Action {
		t.Helper()
		var all store.Commit
		order := commands.Change{Kind: commands.Warn, User: "@u:hs", Room: benchRoom, Key: string(benchModerator), Name: "Lobby", Value: "be *kind*"}
		a.loop.See(func() { all = a.protectors.follows.warn(order, command, time.Now()) })
		if err := a.commits.Keep(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		return all.Open
	}
	told := warns(a, "$first")
	if len(told) != 1 || told[0].Verb != action.Notify || told[0].User != "@u:hs" || told[0].Cause.Moderator != benchModerator ||
		!strings.Contains(told[0].Message.Markdown, `In Lobby the moderators warn you. The reason: be \*kind\*.`) || !strings.Contains(told[0].Message.Markdown, "(Case 1.)") {
		t.Fatalf("%+v", told)
	}
	if again := warns(a, "$first"); len(again) != 0 {
		t.Errorf("again: %+v", again)
	}
	a = newAlerted(t, kept) // after a restart too
	if again := warns(a, "$first"); len(again) != 0 {
		t.Errorf("after a restart: %+v", again)
	}
	if points := a.points("@u:hs"); points < 14.9 || points > 15 {
		t.Errorf("%v points", points)
	}
	warns(a, "$second")
	c := a.shows(2)
	if c.OpenedBy != benchModerator || len(c.Offences) != 1 || len(c.Events) != 0 || !slices.ContainsFunc(c.Did, func(d commands.Deed) bool { return d.Did == "Notified" && d.By == benchModerator }) {
		t.Errorf("%+v", c)
	}
	if do := a.decides(commands.OverturnCase, 2, ""); len(do) != 0 {
		t.Errorf("%+v", do)
	}
	m := whyDesk{loop: a.loop, protectors: a.protectors}.Standing("@u:hs")
	if m.Points != 15 || len(m.Offences) != 2 || !m.Offences[1].Undone || m.Ladder.Warning != 15 || len(m.Ladder.Steps) != 4 || m.Ladder.Steps[1] != (commands.AheadStep{From: 35, Step: "mute"}) {
		t.Errorf("%+v", m)
	}
	if all, err := (statsDesk{kept.Offences}).Tallies(t.Context(), time.Now().AddDate(0, 0, -1)); err != nil || len(all) != 0 {
		t.Errorf("what moderators do is counted as found: %+v, %v", all, err)
	}
}
