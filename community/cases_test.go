package community

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/store"
)

func (a *alerted) caseDesk() caseDesk { return caseDeskOf(a.Community) }

// decides carries out a moderator's word on a case.
func (a *alerted) decides(kind commands.ChangeKind, number int, words string) (do []action.Action) {
	a.t.Helper()
	a.wanted, a.said = nil, nil
	if err := a.caseDesk().change(a.t.Context(), run{command: "$case"}, commands.Change{Kind: kind, Number: number, User: benchModerator, Value: words}); err != nil {
		a.t.Fatal(err)
	}
	return a.wanted
}

func (a *alerted) shows(number int) commands.Case {
	a.t.Helper()
	if err := a.commits.Flush(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	c, found, err := a.caseDesk().Case(a.t.Context(), number)
	if err != nil || !found {
		a.t.Fatalf("case %d: %v, %v", number, found, err)
	}
	return c
}

// A burst is one case, in the message, in the ledger and in the database; overturned, what
// was done is taken back, exactly and once, and it counts no more, also after a restart.
func TestCaseIsOverturned(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	a.finds(a.nuisance("@u:hs", "$1", "redact", ""), "$alert")
	a.finds(a.nuisance("@u:hs", "$2", "ban", ""), "$alert")
	a.finds(a.nuisance("@other:hs", "$3", "ban", ""), "$alert")
	if said := strings.Join(a.said, "\n"); !strings.Contains(said, "Case 1: `@u:hs`") || !strings.Contains(said, "Case 2: `@other:hs`") || strings.Contains(said, "Case 3") {
		t.Errorf("%s", said)
	}
	a.decides(commands.NoteCase, 1, "a friend")
	a.decides(commands.NoteCase, 1, "a friend") // after a crash
	c := a.shows(1)
	if c.User != "@u:hs" || c.Protection != "flooding" || c.Decided != decidedByUs || len(c.Offences) != 2 || len(c.Events) != 2 || len(c.Notes) != 1 ||
		!slices.ContainsFunc(c.Did, func(d commands.Deed) bool { return d.Did == "Banned" && d.State == "" }) {
		t.Errorf("%+v", c)
	}
	do := a.decides(commands.OverturnCase, 1, "sorry")
	if len(do) != 1 || do[0].Verb != action.Unban || do[0].User != "@u:hs" || do[0].Room != benchRoom {
		t.Errorf("%+v", do)
	}
	if points := a.points("@u:hs"); points != 0 {
		t.Errorf("%v points", points)
	}
	c = a.shows(1)
	if c.Decided != overturned || c.DecidedBy != benchModerator || !c.Offences[0].Undone || !c.Offences[1].Undone || len(c.Notes) != 1 {
		t.Errorf("%+v", c)
	}
	if other := a.shows(2); other.Decided != decidedByUs || other.Offences[0].Undone {
		t.Errorf("%+v", other)
	}
	again := newAlerted(t, kept)
	if points := again.points("@u:hs"); points != 0 {
		t.Errorf("after a restart %v points", points)
	}
	if last := again.protectors.follows.cases.last; last != 2 { // no number is given twice
		t.Errorf("the last case is %d", last)
	}
}

// What is undone by a reaction is decided, too.
func TestReactionDecidesTheCase(t *testing.T) {
	a := newAlerted(t, openStore(t))
	a.finds(a.nuisance("@u:hs", "$1", "ban", ""), "$alert")
	a.reacts(benchModerator, "$alert", "↩️")
	if c := a.shows(1); c.Decided != overturned || c.DecidedBy != benchModerator || c.Protection != "flooding" || c.Told != (commands.Telling{Room: a.speaker.room, Event: "$alert"}) {
		t.Errorf("%+v", c)
	}
}

// Who was told can appeal, once for each case, and only they, and only there; moderators
// hear it as a quote that pings nobody, also after a restart; and the user hears the answer.
func TestAppeal(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	done := a.finds(a.nuisance("@u:hs", "$1", "mute 1h", "mute"), "$alert")
	i := slices.IndexFunc(done, func(a action.Action) bool { return a.Verb == action.Notify })
	if i < 0 || !strings.Contains(done[i].Message.Markdown, "(Case 1.)") {
		t.Fatalf("%+v", done)
	}
	says := func(a *alerted, room id.RoomID, who id.UserID, content string) (said string) {
		t.Helper()
		a.said = nil
		evt := &event.Event{ID: "$m", RoomID: room, Sender: who, Type: event.EventMessage}
		evt.Content.VeryRaw = json.RawMessage(content)
		a.loop.See(func() {
			a.hearing.direct.take(&matrix.RoomBatch{Room: room, Membership: event.MembershipJoin, Timeline: []*event.Event{evt}}, &matrix.Batch{Arrived: time.Now()})
		})
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
			waits := false
			a.loop.See(func() {
				c := a.orders.questions.alerts.appeals.chats[room]
				waits = c != nil && c.Appeal != nil && !c.Brought
				if waits {
					a.speaks("$appeal")
					for name, posted := range a.speaker.posted { // as when it stands there
						delete(a.speaker.posted, name)
						posted("$appeal")
					}
				}
			})
			if !waits {
				break
			}
		}
		a.loop.See(func() { a.speaks("$more") })
		return strings.Join(a.said, "\n")
	}
	const plea = `{"msgtype":"m.text","body":"I did *nothing*, @mod:hs\n@room"}`
	if said := says(a, "!chat:hs", "@u:hs", plea); said != "" {
		t.Errorf("before anything was told: %s", said)
	}
	a.loop.See(func() {
		a.protectors.ended(action.Ending{Action: done[i], Fate: action.Done, Result: action.Result{Room: "!chat:hs"}})
	})
	for _, other := range []struct {
		room    id.RoomID
		who     id.UserID
		content string
	}{{"!chat:hs", "@other:hs", plea}, {"!elsewhere:hs", "@u:hs", plea}, {"!chat:hs", "@u:hs", `{"msgtype":"m.text","body":" \n "}`}, {"!chat:hs", "@u:hs", `[]`}} {
		if said := says(a, other.room, other.who, other.content); said != "" {
			t.Errorf("%+v: %s", other, said)
		}
	}
	said := says(a, "!chat:hs", "@u:hs", plea)
	for _, want := range []string{"`@u:hs` appeals case 1 (protection `flooding`: rude)", `> I did \*nothing\*, @mod:hs @room`, "`!forseti case 1 overturn`"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
	if said := says(a, "!chat:hs", "@u:hs", plea); said != "" {
		t.Errorf("twice: %s", said)
	}
	if c := a.shows(1); c.Decided != "" || !strings.Contains(c.Appeal, "I did *nothing*") {
		t.Errorf("%+v", c)
	}
	if waiting, err := a.caseDesk().Appeals(t.Context()); err != nil || len(waiting) != 1 || waiting[0].Number != 1 {
		t.Errorf("%+v, %v", waiting, err)
	}
	a.decides(commands.NoteCase, 1, "a friend") // of a burst that may go on
	a.finds(a.nuisance("@u:hs", "$2", "redact", "none"), "$alert")
	if c := a.shows(1); c.Decided != "" || !strings.Contains(c.Appeal, "I did *nothing*") || len(c.Notes) != 1 || len(c.Offences) != 2 {
		t.Errorf("once more was noted: %+v", c)
	}
	again := newAlerted(t, kept)
	if said := says(again, "!chat:hs", "@u:hs", plea); said != "" {
		t.Errorf("once more after a restart: %s", said)
	}
	if do := again.decides(commands.UpholdCase, 1, "no *way*"); len(do) != 0 {
		t.Errorf("%+v", do)
	}
	if c := again.shows(1); c.Decided != upheld || c.Answer != "no *way*" || c.Offences[0].Undone {
		t.Errorf("%+v", c)
	}
	if waiting, err := again.caseDesk().Appeals(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("%+v, %v", waiting, err)
	}
	of := &caseFile{Case: store.Case{Number: 1, Decision: overturned}, said: caseDetails{Answer: "*sorry*"}}
	if said := of.answered(); !strings.Contains(said, "took back what was done") || !strings.Contains(said, `\*sorry\*`) {
		t.Errorf("%s", said)
	}
}

// What a moderator writes down while a burst is stored is not lost by that.
func TestNoteWhileABurstIsStored(t *testing.T) {
	a := newAlerted(t, openStore(t))
	a.finds(a.nuisance("@u:hs", "$1", "redact", ""), "$alert")
	a.shows(1)
	a.protectors.want = func(ctx context.Context, wanted store.Commit) error {
		if err := a.caseDesk().change(ctx, run{command: "$case"}, commands.Change{Kind: commands.NoteCase, Number: 1, User: benchModerator, Value: "a friend"}); err != nil {
			return err
		}
		return a.commits.Keep(ctx, wanted) // as the case was before
	}
	a.loop.See(func() {
		a.protectors.carryOut(a.protectors.consequences([]kit.Finding{a.nuisance("@u:hs", "$2", "redact", "")}, time.Now()))
	})
	a.loop.Wait()
	if c := a.shows(1); len(c.Notes) != 1 || len(c.Offences) != 2 || len(c.Events) != 2 {
		t.Errorf("%+v", c)
	}
}

// Whoever changes a case at the same time, nothing of it is lost, long after its burst too.
func TestChangesOfACaseAreAllKept(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	a.finds(a.nuisance("@u:hs", "$1", "redact", ""), "$alert")
	a.loop.See(func() { clear(a.protectors.follows.cases.open) }) // as it is long after
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			if err := a.caseDesk().change(t.Context(), run{command: "$case"}, commands.Change{Kind: commands.NoteCase, Number: 1, User: benchModerator, Value: fmt.Sprint("note ", n)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		a.loop.See(func() {
			as := a.orders.questions.alerts.appeals
			as.chats["!chat:hs"] = &toldChat{User: "@u:hs", Case: 1, Appeal: &appeal{Room: "!chat:hs", Text: "no"}}
			as.bring("!chat:hs")
		})
		a.loop.Wait()
	})
	all.Wait()
	if c := a.shows(1); len(c.Notes) != 20 || c.Appeal != "no" || c.Decided != "" {
		t.Errorf("%d notes, appeal %q, %q", len(c.Notes), c.Appeal, c.Decided)
	}
}

// What a command did is a case with its number in the answer, of the one or the many that it is
// about; its reason can be written anew, and the history knows who did what.
func TestCommandsAreCases(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	opens := func(command id.EventID, plan commands.Plan) int64 {
		t.Helper()
		order := store.Command{Event: command, Room: a.opts.ManagementRoom, Sender: benchModerator, Body: "…"}
		with := store.Commit{}
		if err := a.commits.Keep(t.Context(), store.Commit{Commands: []store.Command{order}}); err != nil {
			t.Fatal(err)
		}
		r := recorded{Command: command, Plan: plan}
		if !a.orders.openCase(&r, benchModerator, benchModerator, &with) || !a.orders.record(order, r, with) {
			t.Fatal("not recorded")
		}
		return r.Case
	}
	did := func(command id.EventID, v action.Verb, u id.UserID, room id.RoomID, evt id.EventID) *action.Action {
		return &action.Action{Verb: v, User: u, Room: room, Event: evt, Reason: "why", Cause: action.Cause{Kind: action.ByModerator, Moderator: benchModerator, Event: command}}
	}
	one := commands.Plan{Command: "kick", Steps: []commands.Step{{Want: did("$one", action.Kick, "@u:hs", benchRoom, "")}}}
	if n := opens("$one", one); n != 1 {
		t.Fatalf("case %d", n)
	}
	if n := opens("$two", commands.Plan{Command: "redact", Steps: []commands.Step{{Want: did("$two", action.Redact, "@u:hs", benchRoom, "$a")}, {Want: did("$two", action.Redact, "@v:hs", benchRoom, "$b")}}}); n != 2 {
		t.Fatalf("case %d", n)
	}
	for _, none := range []commands.Plan{{}, {Steps: one.Steps}, {Command: "undo", Steps: append(slices.Clone(one.Steps), commands.Step{Change: &commands.Change{Kind: commands.OverturnCase}})}} {
		if n := opens(id.EventID(fmt.Sprint("$none", len(none.Steps), none.Command)), none); n != 0 {
			t.Errorf("%+v is case %d", none, n)
		}
	}
	for _, act := range []*action.Action{one.Steps[0].Want, did("$two", action.Redact, "@u:hs", benchRoom, "$a"), did("$two", action.Redact, "@v:hs", benchRoom, "$b")} {
		begun, err := kept.Journal.Begin(t.Context(), *act)
		if err == nil {
			err = kept.Journal.Settle(t.Context(), begun.ID, action.Outcome{Done: true})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	a.decides(commands.ReasonCase, 1, "another")
	a = newAlerted(t, kept) // after a restart
	if c := a.shows(1); c.User != "@u:hs" || c.OpenedBy != benchModerator || c.DecidedBy != benchModerator || c.Command != "kick" || c.Reason != "another" || len(c.Did) != 1 || c.Did[0].Did != "Kicked" || c.Told != (commands.Telling{Room: a.speaker.room, Event: "$one"}) {
		t.Errorf("%+v", c)
	}
	if c := a.shows(2); c.User != "" || !slices.Equal(c.About, []string{"@u:hs", "@v:hs"}) || len(c.Did) != 1 || c.Did[0].Count != 2 || c.Reason != "why" {
		t.Errorf("%+v", c)
	}
	desk := a.caseDesk()
	past := time.Now().Add(-time.Hour)
	for name, tc := range map[string]struct {
		s           commands.Sought
		cases, done int
	}{
		"all": {commands.Sought{Since: past}, 2, 3}, "a user": {commands.Sought{User: "@u:hs", Since: past}, 2, 2}, "a moderator": {commands.Sought{User: benchModerator, Since: past}, 2, 3},
		"a room": {commands.Sought{Room: benchRoom, Since: past}, 2, 3}, "another room": {commands.Sought{Room: "!other:hs", Since: past}, 0, 0}, "too late": {commands.Sought{Since: time.Now().Add(time.Hour)}, 0, 0},
	} {
		all, err := desk.Cases(t.Context(), tc.s)
		deeds, err2 := desk.History(t.Context(), tc.s)
		if err != nil || err2 != nil || len(all) != tc.cases || len(deeds) != tc.done {
			t.Errorf("%s: %+v, %+v, %v, %v", name, all, deeds, err, err2)
		}
		if name == "all" && (all[0].Number != 2 || deeds[2].Case != 1 || deeds[2].By != benchModerator || deeds[2].Rooms != 1) {
			t.Errorf("%+v, %+v", all, deeds)
		}
	}
	if events, err := desk.Events(t.Context(), 2, ""); err != nil || !slices.Equal(events, []id.EventID{"$b", "$a"}) {
		t.Errorf("%v, %v", events, err)
	}
	if acts, err := desk.Acts(t.Context(), 2); err != nil || len(acts) != 2 {
		t.Errorf("%+v, %v", acts, err)
	}
}

// What the rules of a list did that somebody else wrote is a case, which a burst of rules and rooms is one of; what it took
// back is another, and what rules of ours did is none. It stands in the history and with each whom it is about, also after a
// restart, and names who wrote the rules.
func TestListsAreCases(t *testing.T) {
	const list = id.RoomID("!theirs:hs")
	kept := openStore(t)
	a := newAlerted(t, kept)
	does := func(verb action.Verb, u id.UserID, room id.RoomID, sender id.UserID, command id.EventID) {
		t.Helper()
		rule := "$rule-" + id.EventID(u)
		evt := stateEvent(list, "m.policy.rule.user", string(u), sender, rule, fmt.Appendf(nil, `{"entity":%q,"recommendation":"m.ban","reason":"spam"}`, u))
		did := action.Action{Verb: verb, Room: room, User: u, Cause: action.Cause{Kind: action.ByRule, List: list, Rule: rule, Entity: string(u)}, For: command}
		did, err := kept.Journal.Begin(t.Context(), did)
		if err == nil {
			err = kept.Journal.Settle(t.Context(), did.ID, action.Outcome{Done: true, Event: "$did" + id.EventID(did.ID)})
		}
		if err != nil {
			t.Fatal(err)
		}
		a.loop.See(func() {
			a.world.ApplyRule(list, evt)
			a.jobs.numbers.ended(action.Ending{Action: did, Fate: action.Done})
		})
	}
	does(action.Ban, "@ours:hs", benchRoom, a.opts.Self, "")
	does(action.Ban, "@ordered:hs", benchRoom, "@owner:hs", "$command")
	does(action.Ban, "@a:hs", benchRoom, "@owner:hs", "")
	does(action.Ban, "@a:hs", "!second:hs", "@owner:hs", "")
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	a = newAlerted(t, kept)
	does(action.Ban, "@b:hs", benchRoom, "@other:hs", "")
	does(action.Unban, "@a:hs", benchRoom, "@owner:hs", "")
	c := a.shows(1)
	if c.List != list || c.Lifted || !slices.Equal(c.About, []string{"@a:hs", "@b:hs"}) || c.Reason != "spam" || len(c.Did) != 2 || c.Did[0].Count != 2 ||
		!slices.Equal(c.Rules, []commands.ListedRule{{Event: "$rule-@a:hs", Entity: "@a:hs", By: "@owner:hs"}, {Event: "$rule-@b:hs", Entity: "@b:hs", By: "@other:hs"}}) {
		t.Errorf("%+v", c)
	}
	if c := a.shows(2); c.List != list || !c.Lifted || len(c.About) != 1 || len(c.Did) != 1 {
		t.Errorf("%+v", c)
	}
	desk := a.caseDesk()
	for who, want := range map[id.UserID][]int{"@a:hs": {2, 1}, "@b:hs": {1}, "@ours:hs": nil, "@ordered:hs": nil} {
		all, err := desk.Cases(t.Context(), commands.Sought{User: who})
		var numbers []int
		for _, c := range all {
			numbers = append(numbers, c.Number)
		}
		if err != nil || !slices.Equal(numbers, want) {
			t.Errorf("%s: %v, %v", who, numbers, err)
		}
	}
	past, err := desk.History(t.Context(), commands.Sought{})
	of := map[id.UserID][]int64{}
	for _, d := range past {
		of[d.User] = append(of[d.User], d.Case)
	}
	if err != nil || !slices.Equal(of["@a:hs"], []int64{2, 1}) || !slices.Equal(of["@b:hs"], []int64{1}) || !slices.Equal(of["@ours:hs"], []int64{0}) {
		t.Errorf("%v, %v", of, err)
	}
	// A server that comes into an ACL by the list belongs to it.
	a.loop.See(func() {
		_, slots, _ := a.world.ApplyRule(list, stateEvent(list, "m.policy.rule.server", "evil", "@owner:hs", "$server", []byte(`{"entity":"evil.example","recommendation":"m.ban"}`)))
		a.world.Follow(slots...)
		for range 2 {
			a.jobs.numbers.ended(action.Ending{Fate: action.Done, Before: []byte(`{"allow":["*"],"deny":["old.example"]}`), Action: action.Action{
				Verb: action.SetACL, Room: benchRoom, Cause: action.Cause{Kind: action.ByForseti}, State: &action.State{Content: []byte(`{"allow":["*"],"deny":["old.example","evil.example","unknown.example"]}`)},
			}})
		}
	})
	if c := a.shows(1); !slices.Equal(c.About, []string{"@a:hs", "@b:hs", "evil.example"}) || len(c.Rules) != 3 {
		t.Errorf("%+v", c)
	}
	// One that goes out of it since the list took its rule back belongs to what that took back, unless a command meant it.
	a.loop.See(func() {
		a.world.ACLs.Prepare(1000)
		_, slots, _ := a.world.ApplyRule(list, stateEvent(list, "m.policy.rule.server", "evil", "@owner:hs", "$nothing", []byte(`{}`)))
		a.world.Follow(slots...)
		a.world.ACLs.Prepare(1000)
		lets := func(before, after string) {
			a.jobs.numbers.ended(action.Ending{Fate: action.Done, Before: []byte(before), Action: action.Action{
				Verb: action.SetACL, Room: benchRoom, Cause: action.Cause{Kind: action.ByForseti}, State: &action.State{Content: []byte(after)},
			}})
		}
		a.speaker.report.Replies.Server("$unban", "evil.example", true, time.Now())
		lets(`{"deny":["evil.example"]}`, `{"deny":[]}`)
		if n := a.speaker.report.Replies; n == nil || slices.Contains(a.jobs.numbers.(*listCases).cases.open[2].said.About, "evil.example") {
			t.Error("what a command wanted is a case of a list")
		}
		a.jobs.numbers.(*listCases).wanted = func(string, bool) bool { return false }
		lets(`{"deny":["evil.example","by-hand.example"]}`, `{"deny":[]}`)
		if got := [2]int64{a.places.names.Case(list, false), a.places.names.Case(list, true)}; got != [2]int64{1, 2} {
			t.Errorf("the notices tell of cases %d", got)
		}
	})
	if c := a.shows(2); !slices.Equal(c.About, []string{"@a:hs", "evil.example"}) || c.Rules[1].By != "@owner:hs" {
		t.Errorf("%+v", c)
	}
}
