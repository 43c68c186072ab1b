package store_test

import (
	"testing"

	"forseti/action"
	"forseti/store"
)

// A ban that a rule made, and that somebody asked for as well while it was under way,
// is also theirs after a restart: it does not end with the rule.
func testJoinedBan(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	asked := action.Action{Verb: action.Ban, Room: "!r", User: "@u", Cause: action.Cause{Kind: action.ByModerator, Moderator: "@m", Event: "$c"}}
	commit := store.Commit{Open: []action.Action{asked}}
	ok(t, s.Commit(ctx, commit))
	ruled, err := s.Journal.Begin(ctx, action.Action{Verb: action.Ban, Room: "!r", User: "@u", Cause: action.Cause{Kind: action.ByRule, Rule: "$r"}})
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, ruled.ID, action.Outcome{Done: true}))
	entries, err := s.Journal.Open(ctx)
	if err != nil || len(entries) != 1 || entries[0].Attempts != 0 {
		t.Fatalf("open %+v, %v", entries, err)
	}
	ok(t, s.Journal.Settle(ctx, entries[0].Action.ID, action.Outcome{Done: true}))
	bans, err := s.Journal.Bans(ctx)
	if err != nil || len(bans) != 1 || bans[0].Cause != asked.Cause {
		t.Errorf("bans %+v, %v", bans, err)
	}
}
