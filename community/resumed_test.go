package community

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// After a crash a command's reply counts what it did before: of a rule that it took away
// also who was freed elsewhere, and of a room or list that it took up only what belongs to
// that.
func TestWhatACommandDidBeforeARestart(t *testing.T) {
	const rule, list, room, elsewhere = id.EventID("$rule"), id.RoomID("!list:hs"), id.RoomID("!room:hs"), id.RoomID("!elsewhere:hs")
	taken := func(kind commands.ChangeKind, room id.RoomID) commands.Plan {
		return commands.Plan{Steps: []commands.Step{{Change: &commands.Change{Kind: kind, Room: room}}}}
	}
	for name, tc := range map[string]struct {
		plan  commands.Plan
		lifts int
	}{
		"unban":     {commands.Plan{Steps: []commands.Step{{Do: &action.Action{Verb: action.RemoveRule, Room: list}}}}, 1},
		"rooms add": {taken(commands.Protect, room), 0},
		"watch":     {taken(commands.Watch, list), 0},
	} {
		r := newReader(t, openStore(t), 0)
		for _, in := range []id.RoomID{room, elsewhere} {
			a := action.Action{Verb: action.Unban, Room: in, User: "@freed:hs", Cause: action.Cause{Kind: action.ByRule, List: list, Rule: rule}}
			if in == room {
				a.For = "$command"
			}
			begun, err := r.opts.Store.Journal.Begin(t.Context(), a)
			if err == nil {
				err = r.opts.Store.Journal.Settle(t.Context(), begun.ID, action.Outcome{Done: true})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		plan, _ := json.Marshal(recorded{Command: "$command", Plan: tc.plan})
		order := store.Command{Event: "$command", Plan: plan}
		if err := tellResumed(t.Context(), r.speaker.report, r.opts.Store.Journal, order, time.Now()); err != nil {
			t.Fatal(err)
		}
		if lifts := r.speaker.report.Replies.Claims("$command").Lifts; len(lifts) != tc.lifts {
			t.Errorf("%s: it claims what the end of %v set off", name, lifts)
		}
	}
}
