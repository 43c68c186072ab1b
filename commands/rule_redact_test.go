package commands

import (
	"slices"
	"testing"
)

// What an expression is true of goes, with whose it is shown first: never what moderators wrote.
func TestRedactByRule(t *testing.T) {
	w := newWorld()
	line := `rule redact 'text.body.contains("gold")' spam`
	a := expect(t, w, line, nil, "I would remove 4 messages of 4 users", "in [Lobby]", "**Not new**: `@rude:calm.example` (regular).", "The latest is: `` Buy `gold` ``", "Remove them?", "!!@mod:ours.example")
	if !a.Ask {
		t.Fatal("unasked")
	}
	newSet(w).Apply(t.Context(), a.Plan, executor{w})
	if len(w.done) != 4 || !slices.Contains(w.done, `redact $of-@rude:calm.example in !lobby:ours.example because "spam"`) {
		t.Errorf("did %q", w.done)
	}
	expect(t, w, line+" --since 2h", nil, "4 messages")
	expect(t, w, line+" --since 30m", nil, "there is none")
	expect(t, w, line+" --room !dev:ours.example", nil, "there is none")
	expect(t, w, line+" --room !other:ours.example", nil, "I protect no room")
	expect(t, w, "rule redact No-Drive-By spam", nil, "there is none")
	expect(t, w, "rule redact no-drive spam", nil, "Did you mean `no-drive-by`?")
	expect(t, w, "rule redact 'text.bdy == 1'", nil, "At character 1")
	expect(t, w, "rule redact", nil, "missing: the rule")
}
