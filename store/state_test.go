package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	mid "maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/store"
)

func id(room string) mid.RoomID { return mid.RoomID(room) }

func testCommit(t *testing.T, url string) {
	s := open(t, url)
	if token, err := s.NextBatch(t.Context()); err != nil || token != "" {
		t.Fatalf("new database has token %q, %v", token, err)
	}
	first := store.Commit{
		NextBatch: "one",
		State: []store.StateRow{
			row("!a", "m.room.name", "", `"old"`), row("!a", "m.room.name", "", `"new"`),
			row("!a", "m.room.member", "@u", `"join"`), row("!b", "m.room.name", "", `"b"`),
		},
		Open:     []action.Action{{Verb: action.Redact, Room: "!a", Event: "$1"}},
		Commands: []store.Command{{Event: "$c", Room: "!m", Sender: "@mod", Body: "!status"}},
	}
	ok(t, s.Commit(t.Context(), first))
	if first.Open[0].ID == "" {
		t.Error("the journalled action got no ID")
	}
	s = reopen(t, s, url)
	if token, err := s.NextBatch(t.Context()); err != nil || token != "one" {
		t.Errorf("token %q, %v", token, err)
	}
	if got := stateOf(t, s, "!a"); !slices.Equal(got, []string{`"join"`, `"new"`}) {
		t.Errorf("state %s", got)
	}
	if acts, err := s.Journal.Open(t.Context()); err != nil || len(acts) != 1 || acts[0].Action.ID != first.Open[0].ID || acts[0].Action.Event != "$1" {
		t.Errorf("open actions %v, %v", acts, err)
	}
	ok(t, s.Commit(t.Context(), store.Commit{
		Forget: []mid.RoomID{"!b"},
		State:  []store.StateRow{row("!a", "m.room.name", "", ""), row("!b", "m.room.topic", "", `"t"`)},
	}))
	if token, err := s.NextBatch(t.Context()); err != nil || token != "one" {
		t.Errorf("token %q, %v", token, err)
	}
	if a, b := stateOf(t, s, "!a"), stateOf(t, s, "!b"); !slices.Equal(a, []string{`"join"`}) || !slices.Equal(b, []string{`"t"`}) {
		t.Errorf("state %s, %s", a, b)
	}
	if rooms, err := s.State.Rooms(t.Context()); err != nil || !slices.Equal(rooms, []mid.RoomID{"!a", "!b"}) {
		t.Errorf("rooms %v, %v", rooms, err)
	}
}

func testCommitIsWhole(t *testing.T, url string) {
	s := open(t, url)
	done, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Kick, Room: "!a", User: "@u"})
	ok(t, err)
	ok(t, s.Journal.Settle(t.Context(), done.ID, action.Outcome{Done: true}))
	err = s.Commit(t.Context(), store.Commit{
		NextBatch: "two",
		State:     []store.StateRow{row("!a", "m.room.name", "", `"a"`)},
		Open:      []action.Action{done}, // cannot be opened again
	})
	if !errors.Is(err, store.ErrNotOpen) {
		t.Fatalf("got %v", err)
	}
	if token, err := s.NextBatch(t.Context()); err != nil || token != "" {
		t.Errorf("half a commit left token %q, %v", token, err)
	}
	if got := stateOf(t, s, "!a"); len(got) != 0 {
		t.Errorf("half a commit left state %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, store.Commit{NextBatch: "three"}); err == nil {
		t.Error("commit without a context worked")
	}
}

// Remote servers choose these strings. None may stop the sync.
func testHostileText(t *testing.T, url string) {
	s := open(t, url)
	nasty := "\x00\xff'\"; DROP TABLE journal; -- \u2028"
	user := mid.UserID("@" + nasty)
	ok(t, s.Commit(t.Context(), store.Commit{
		NextBatch: "one",
		State: []store.StateRow{
			row("!"+nasty, "t"+nasty, nasty, `{"a":"\u0000`+"\xff"+`"}`),
			row("!"+nasty, "t"+nasty, "", `{}`), row("!"+nasty, "t"+nasty, "X", `1`), row("!"+nasty, "t"+nasty, "x", `2`),
		},
		Commands: []store.Command{{Event: "$c", Room: id(nasty), Sender: user, Body: nasty}},
	}))
	if got := stateOf(t, s, "!"+nasty); len(got) != 4 {
		t.Errorf("state %q", got)
	}
	if all, err := s.Commands.Open(t.Context()); err != nil || len(all) != 1 || all[0].Body != nasty {
		t.Errorf("commands %+v, %v", all, err)
	}
	a, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: id(nasty), User: user, Reason: nasty})
	ok(t, err)
	ok(t, s.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true, Event: mid.EventID(nasty)}))
	bans, err := s.Journal.Bans(t.Context())
	if err != nil || len(bans) != 1 || bans[0].User != user || bans[0].Room != id(nasty) || bans[0].Event != mid.EventID(nasty) {
		t.Errorf("bans %+v, %v", bans, err)
	}
	if h, err := s.Journal.History(t.Context(), user, 5); err != nil || len(h) != 1 {
		t.Errorf("history %v, %v", h, err)
	}
	b, err := s.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: "!r", User: user})
	ok(t, err)
	ok(t, s.Journal.Settle(t.Context(), b.ID, action.Outcome{Done: true, Failure: nasty}))
}

func testReplaceState(t *testing.T, url string) {
	s := open(t, url)
	ok(t, s.Commit(t.Context(), store.Commit{State: []store.StateRow{row("!a", "old", "", `1`), row("!b", "b", "", `2`)}}))
	ok(t, s.State.Replace(t.Context(), "!a", []store.StateRow{row("!a", "new", "", `3`)}))
	if a, b := stateOf(t, s, "!a"), stateOf(t, s, "!b"); !slices.Equal(a, []string{"3"}) || !slices.Equal(b, []string{"2"}) {
		t.Errorf("state %s, %s", a, b)
	}
	if err := s.State.Replace(t.Context(), "!a", []store.StateRow{row("!b", "new", "", `4`)}); err == nil {
		t.Error("a row of another room was taken")
	}
	if a := stateOf(t, s, "!a"); !slices.Equal(a, []string{"3"}) {
		t.Errorf("state %s", a)
	}
	ok(t, s.State.Forget(t.Context(), "!a"))
	if a := stateOf(t, s, "!a"); len(a) != 0 {
		t.Errorf("state %s", a)
	}
}

func testMuchState(t *testing.T, url string) {
	s := open(t, url)
	rows := make([]store.StateRow, 1203) // more than fits one statement
	for i := range rows {
		rows[i] = row("!a", "m.room.member", fmt.Sprintf("@u%d", i), fmt.Sprint(i))
	}
	for range 2 {
		ok(t, s.Commit(t.Context(), store.Commit{State: rows}))
	}
	if got := stateOf(t, s, "!a"); len(got) != len(rows) {
		t.Errorf("%d rows of %d", len(got), len(rows))
	}
	for range s.State.Of(t.Context(), "!a") {
		break // must give its connection back
	}
	ok(t, s.State.Replace(t.Context(), "!a", rows[:7]))
	if got := stateOf(t, s, "!a"); len(got) != 7 {
		t.Errorf("%d rows of 7", len(got))
	}
}
