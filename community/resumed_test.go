package community

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
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

// What follows from a rule that a command wrote is told in its reply, and not as news, also if the bot was killed before it
// knew that the rule stands there: once, in whichever life it happened.
func TestWhatFollowsFromARuleOfWhichNobodyKnows(t *testing.T) {
	const list = id.RoomID("!list:hs")
	write := action.Action{Verb: action.WriteRule, Room: list, Cause: action.Cause{Kind: action.ByModerator, Moderator: "@mod:hs", Event: "$command"}, State: &action.State{
		Type: event.StatePolicyUser, Key: "rule_1", Content: json.RawMessage(`{"entity":"@evil:x","recommendation":"m.ban","reason":"spam"}`),
	}}
	remove := write
	remove.Verb, remove.Cause.Rule, remove.State = action.RemoveRule, "$old", &action.State{Type: event.StatePolicyUser, Key: "rule_0", Content: json.RawMessage(`{}`)}
	ban := action.Action{Verb: action.Ban, Room: benchRoom, User: "@evil:x", Cause: action.Cause{Kind: action.ByRule, List: list, Rule: "$rule", Entity: "@evil:x"}}
	unban := action.Action{Verb: action.Unban, Room: benchRoom, User: "@good:x", Cause: action.Cause{Kind: action.ByRule, List: list, Rule: "$old", Entity: "@good:x"}}
	for name, tc := range map[string]struct {
		ordered, follows action.Action
		earlier          bool // it happened in the life before
		says             string
	}{
		"a ban, now":        {write, ban, false, "Banned"},
		"a ban, earlier":    {write, ban, true, "Banned"},
		"an unban, now":     {remove, unban, false, "Unbanned"},
		"an unban, earlier": {remove, unban, true, "Unbanned"},
	} {
		r := newReader(t, openStore(t), 0)
		journal := r.opts.Store.Journal
		if _, err := journal.Begin(t.Context(), tc.ordered); err != nil {
			t.Fatal(err)
		}
		if tc.earlier {
			begun, err := journal.Begin(t.Context(), tc.follows)
			if err == nil {
				err = journal.Settle(t.Context(), begun.ID, action.Outcome{Done: true})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now()
		plan, _ := json.Marshal(recorded{Command: "$command", Plan: commands.Plan{Steps: []commands.Step{{Do: &tc.ordered}}}})
		if err := tellResumed(t.Context(), r.speaker.report, journal, store.Command{Event: "$command", Plan: plan}, now); err != nil {
			t.Fatal(err)
		}
		if told := r.speaker.report; !tc.earlier {
			told.Opened(tc.follows, now)
			told.Ended(action.Ending{Action: tc.follows, Fate: action.Done, Result: action.Result{Event: "$done"}}, now)
		}
		r.speaker.report.Replies.Answer(report.Answer{Command: "$command", Text: "Done."}, now)
		var said []string
		for i := range 20 {
			for _, s := range r.posts(now.Add(time.Duration(i) * 3 * time.Minute)) {
				said = append(said, s.Message.Markdown)
			}
		}
		if len(said) == 0 || !strings.Contains(said[len(said)-1], "Done.") || strings.Count(strings.Join(said[len(said)-1:], ""), tc.says) != 1 {
			t.Errorf("%s: said is %q", name, said)
		}
		for _, s := range said {
			if strings.Contains(s, tc.says) && !strings.Contains(s, "Done.") {
				t.Errorf("%s: news is %q", name, s)
			}
		}
	}
}
