package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	mid "maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/store"
)

func kickBy(command mid.EventID, step int) action.Action {
	return action.Action{
		ID: fmt.Sprintf("%s/%d", command, step), Verb: action.Kick, Room: "!a", User: mid.UserID(fmt.Sprintf("@u%d", step)),
		Cause: action.Cause{Kind: action.ByModerator, Moderator: "@mod", Event: command},
	}
}

// A command goes on by its plan after a crash, with the entries of what was begun.
func testPlans(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	ok(t, s.Commit(ctx, store.Commit{Commands: []store.Command{{Event: "$c", Room: "!m", Sender: "@mod", Body: "!kick"}}}))
	plan := json.RawMessage(`{"steps":[1,2],"answer":"Removed two."}`)
	planned := store.Commit{Open: []action.Action{kickBy("$c", 0), kickBy("$c", 1)}, Planned: []store.Planned{{Command: "$c", Plan: plan}}}
	ok(t, s.Commit(ctx, planned))
	first, err := s.Journal.Begin(ctx, kickBy("$c", 0))
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, first.ID, action.Outcome{Done: true, Event: "$kick", Was: json.RawMessage(`{"was":1}`)}))

	s = reopen(t, s, url)
	open, err := s.Commands.Open(ctx)
	if err != nil || len(open) != 1 || string(open[0].Plan) != string(plan) {
		t.Fatalf("open %+v, %v", open, err)
	}
	_, err = s.Journal.Begin(ctx, kickBy("$c", 0))
	settled, told := errors.AsType[*store.SettledError](err)
	if !told || !errors.Is(err, store.ErrNotOpen) || settled.Entry.State != store.EntryDone || settled.Entry.Event != "$kick" || string(settled.Entry.Was) != `{"was":1}` {
		t.Errorf("began a step that was done: %v", err)
	}
	if _, err := s.Journal.Begin(ctx, kickBy("$c", 1)); err != nil {
		t.Errorf("began the next step: %v", err)
	}
	if found, err := s.Journal.Entries(ctx, "$c/1", "unknown", "$c/0"); err != nil || len(found) != 2 || found[0].State != store.EntryDone || found[1].Attempts != 1 {
		t.Errorf("entries %+v, %v", found, err)
	}
	if found, err := s.Journal.SetOffBy(ctx, "$c"); err != nil || len(found) != 2 {
		t.Errorf("entries of the command %+v, %v", found, err)
	}
	follows, err := s.Journal.Begin(ctx, action.Action{Verb: action.Unban, Room: "!r", User: "@held:hs", Cause: action.Cause{Kind: action.ByRule, Rule: "$rule"}, For: "$unban"})
	ok(t, err)
	if found, err := s.Journal.SetOffBy(ctx, "$unban"); err != nil || len(found) != 1 || found[0].Action.ID != follows.ID || found[0].Action.For != "$unban" {
		t.Errorf("what follows from a command's rule: %+v, %v", found, err)
	}
	if found, err := s.Journal.SetOffBy(ctx, ""); err != nil || len(found) != 0 {
		t.Errorf("entries of nothing %+v, %v", found, err)
	}
	if found, err := s.Journal.DoneSince(ctx, time.Now().Add(-time.Minute)); err != nil || len(found) != 1 || found[0].Action.ID != "$c/0" {
		t.Errorf("done %+v, %v", found, err)
	}
	if found, err := s.Journal.DoneSince(ctx, time.Now().Add(time.Minute)); err != nil || len(found) != 0 {
		t.Errorf("done later %+v, %v", found, err)
	}
	// What was carried out is known as that, as long as the command is not done.
	carried := json.RawMessage(`{"carried":true}`)
	ok(t, s.Commit(ctx, store.Commit{Carried: []store.Planned{{Command: "$c", Plan: carried}, {Command: "$unknown", Plan: carried}}}))
	if open, err := s.Commands.Open(ctx); err != nil || len(open) != 1 || string(open[0].Plan) != string(carried) {
		t.Errorf("carried out: %+v, %v", open, err)
	}
	// Nobody decides twice what to do.
	again := store.Commit{Open: []action.Action{kickBy("$c", 7)}, Planned: []store.Planned{{Command: "$c", Plan: json.RawMessage(`{}`)}}}
	if err := s.Commit(ctx, again); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("planned again: %v", err)
	}
	if found, err := s.Journal.Entries(ctx, "$c/7"); err != nil || len(found) != 0 {
		t.Errorf("a refused plan left entries %+v, %v", found, err)
	}
	ok(t, s.Commit(ctx, store.Commit{Finished: []mid.EventID{"$c", "$unknown", "$c"}}))
	if open, err := s.Commands.Open(ctx); err != nil || len(open) != 0 {
		t.Errorf("open %+v, %v", open, err)
	}
	var left int
	if err := s.Account().DB().QueryRow(ctx, `SELECT length(body) + length(plan) FROM command`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d bytes of what was said are left, %v", left, err)
	}
}

// A command that asks is finished with the very transaction that stores its question,
// and a yes with the one that stores what it sets off.
func testAskedInOne(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	ok(t, s.Commit(ctx, store.Commit{Commands: []store.Command{{Event: "$c", Room: "!m", Sender: "@mod", Body: "!unban *"}, {Event: "$yes", Room: "!m", Sender: "@mod", Body: "yes"}}}))
	ask := store.Commit{Asked: []store.Question{{ID: "of $c", Room: "!m", Kind: "command"}}, Finished: []mid.EventID{"$c"}}
	ok(t, s.Commit(ctx, ask))
	ok(t, s.Commit(ctx, ask)) // as after a lost answer
	if open, err := s.Questions.Open(ctx); err != nil || len(open) != 1 || open[0].ID != "of $c" || open[0].Asked.IsZero() {
		t.Errorf("questions %+v, %v", open, err)
	}
	if open, err := s.Commands.Open(ctx); err != nil || len(open) != 1 || open[0].Event != "$yes" {
		t.Errorf("commands %+v, %v", open, err)
	}
	yes := store.Commit{
		Answered: []store.Answered{{Question: "of $c", Answer: "yes", By: "@mod"}},
		Planned:  []store.Planned{{Command: "$yes", Plan: json.RawMessage(`{}`)}},
		Open:     []action.Action{kickBy("$yes", 0)},
	}
	ok(t, s.Commit(ctx, yes))
	second := store.Commit{Answered: []store.Answered{{Question: "of $c", Answer: "yes", By: "@other"}}, Open: []action.Action{kickBy("$second", 0)}}
	if err := s.Commit(ctx, second); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("a second answer was taken: %v", err)
	}
	if acts, err := s.Journal.Open(ctx); err != nil || len(acts) != 1 || acts[0].Action.ID != "$yes/0" {
		t.Errorf("open actions %+v, %v", acts, err)
	}
}

// What expires is found once it is due, until something undoes it.
func testExpired(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	due := time.UnixMilli(1_000_000)
	begin := func(a action.Action) action.Action {
		t.Helper()
		a, err := s.Journal.Begin(ctx, a)
		ok(t, err)
		ok(t, s.Journal.Settle(ctx, a.ID, action.Outcome{Done: true}))
		return a
	}
	ban := begin(action.Action{Verb: action.Ban, Room: "!a", User: "@u", Expires: due})
	begin(action.Action{Verb: action.Ban, Room: "!a", User: "@ever"})
	if found, err := s.Journal.Expired(ctx, due.Add(-time.Millisecond)); err != nil || len(found) != 0 {
		t.Errorf("too early: %+v, %v", found, err)
	}
	found, err := s.Journal.Expired(ctx, due)
	if err != nil || len(found) != 1 || found[0].Action.ID != ban.ID || !found[0].Action.Expires.Equal(due) {
		t.Errorf("expired %+v, %v", found, err)
	}
	lift, err := s.Journal.Begin(ctx, action.Action{Verb: action.Unban, Room: "!a", User: "@u", Parent: ban.ID})
	ok(t, err)
	if found, err := s.Journal.Expired(ctx, due); err != nil || len(found) != 0 {
		t.Errorf("while it is undone: %+v, %v", found, err)
	}
	ok(t, s.Journal.Settle(ctx, lift.ID, action.Outcome{Dropped: true}))
	if found, err := s.Journal.Expired(ctx, due); err != nil || len(found) != 1 {
		t.Errorf("after that was given up: %+v, %v", found, err)
	}
	later := begin(action.Action{Verb: action.Mute, Room: "!a", User: "@u", Expires: due.Add(time.Hour)})
	for after, want := range map[time.Time]time.Time{due.Add(-time.Hour): due, due: later.Expires, later.Expires: {}} {
		if next, any, err := s.Journal.NextExpiry(ctx, after); err != nil || any == want.IsZero() || any && !next.Equal(want) {
			t.Errorf("after %s: %s, %v, %v", after, next, any, err)
		}
	}
	ok(t, s.Commit(ctx, store.Commit{Located: []store.Located{{Entry: ban.ID, Over: true}, {Entry: "unknown", Over: true}}}))
	if found, err := s.Journal.Expired(ctx, due); err != nil || len(found) != 0 {
		t.Errorf("what is over: %+v, %v", found, err)
	}
	if e, err := s.Journal.Entries(ctx, ban.ID); err != nil || len(e) != 1 || !e[0].Action.Expires.Equal(due) {
		t.Errorf("what is over is not what was: %+v, %v", e, err)
	}
}

// Communities of one database see nothing of each other, whatever their rows are called.
func testCommunities(t *testing.T, url string) {
	ctx := t.Context()
	d := openDatabase(t, url)
	ok(t, d.UseKey([]byte("key")))
	var views [2]*store.Store
	for i := range views {
		s, err := d.Community(ctx, mid.RoomID(fmt.Sprintf("!m%d", i)))
		ok(t, err)
		views[i] = s
		ok(t, s.Commit(ctx, store.Commit{
			State:    []store.StateRow{row("!a", "t", "", fmt.Sprint(i))},
			Open:     []action.Action{{ID: "same", Verb: action.Ban, Room: "!a", User: "@u", Reason: fmt.Sprint(i)}},
			Commands: []store.Command{{Event: "$c", Room: "!m", Sender: "@mod", Body: fmt.Sprint(i)}},
			Asked:    []store.Question{{ID: "q", Room: "!m", Kind: fmt.Sprint(i)}},
			Settings: []store.NewSetting{{Namespace: "n", Key: "k", Value: i}},
			Evidence: []store.Evidence{{Event: "$e", Type: fmt.Sprint(i)}},
			Offences: []store.Offence{{ID: "o", User: "@u", Weight: int64(i)}},
		}))
	}
	for i, s := range views {
		var setting int
		_, err := s.Settings.Read(ctx, "n", "k", &setting)
		ok(t, err)
		acts, err := s.Journal.Open(ctx)
		ok(t, err)
		commands, err := s.Commands.Open(ctx)
		ok(t, err)
		questions, err := s.Questions.Open(ctx)
		ok(t, err)
		evidence, _, err := s.Evidence.Of(ctx, "$e")
		ok(t, err)
		offences, err := s.Offences.Of(ctx, "@u", time.Time{})
		ok(t, err)
		want, state := fmt.Sprint(i), stateOf(t, s, "!a")
		if setting != i || len(acts) != 1 || acts[0].Action.Reason != want || len(commands) != 1 || commands[0].Body != want || len(state) != 1 || state[0] != want ||
			len(questions) != 1 || questions[0].Kind != want || evidence.Type != want || len(offences) != 1 || offences[0].Weight != int64(i) {
			t.Errorf("community %d: %d %v %v %v %v %v %v", i, setting, acts, commands, questions, evidence, offences, state)
		}
	}
	if _, err := d.OnlyCommunity(ctx, "!new"); err == nil {
		t.Error("one of two communities was moved")
	}
}

// Moderators who move to another management room lose nothing.
func testMoved(t *testing.T, url string) {
	ctx := t.Context()
	d := openDatabase(t, url)
	s, err := d.OnlyCommunity(ctx, "!old")
	ok(t, err)
	did(t, s, action.Ban, "@a", "$1")
	asked, err := s.Questions.Ask(ctx, store.Question{Room: "!old", Kind: "x"})
	ok(t, err)
	ok(t, s.Questions.Posted(ctx, asked.ID, "$asked"))
	s, err = d.OnlyCommunity(ctx, "!new")
	ok(t, err)
	expectBans(t, s, store.Ban{Room: "!a", User: "@a", Event: "$1", Cause: byRule})
	// What was asked in the room that they left is to be asked in the new one.
	if open, err := s.Questions.Open(ctx); err != nil || len(open) != 1 || open[0].Room != "!new" || open[0].Event != "" {
		t.Errorf("%+v, %v", open, err)
	}
	now := func(configured, want mid.RoomID) {
		t.Helper()
		if got, err := d.Now(ctx, configured); err != nil || got != want {
			t.Errorf("configured for %s it is %s, %v", configured, got, err)
		}
	}
	// A room that was replaced leads to the one that took its place, however often; one to which the configuration
	// goes, or that it never heard of, stands for itself.
	now("!old", "!old")
	_, err = d.Move(ctx, "!new", "!newer")
	ok(t, err)
	s, err = d.Move(ctx, "!newer", "!newest")
	ok(t, err)
	expectBans(t, s, store.Ban{Room: "!a", User: "@a", Event: "$1", Cause: byRule})
	for configured, want := range map[mid.RoomID]mid.RoomID{"!new": "!newest", "!newer": "!newest", "!newest": "!newest", "!old": "!old", "!other": "!other"} {
		now(configured, want)
	}
	_, err = d.OnlyCommunity(ctx, "!other")
	ok(t, err)
	now("!new", "!new")
	_, err = d.Move(ctx, "!other", "!new")
	ok(t, err)
	_, err = d.Move(ctx, "!new", "!newer")
	ok(t, err)
	now("!other", "!newer")
	_, err = d.OnlyCommunity(ctx, "!far")
	ok(t, err)
	now("!new", "!new")
	if _, err := d.OnlyCommunity(ctx, ""); err == nil {
		t.Error("a community without a room")
	}
}
