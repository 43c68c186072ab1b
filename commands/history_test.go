package commands

import (
	"slices"
	"strings"
	"testing"
	"time"

	"forseti/action"
)

func TestCasesAreListed(t *testing.T) {
	w := newWorld()
	at := time.Unix(0, 0)
	w.cases = []Case{
		{Number: 3, User: "@rude`*:hs", Ordered: Ordered{OpenedBy: mod, Command: "ban"}, Reason: "@room *spam*", Opened: at, Decided: "automatic"},
		{Number: 2, Ordered: Ordered{OpenedBy: mod, Command: "kick", About: []string{"@a:hs", "@b:hs"}}, Opened: at, Decided: CaseOverturned, DecidedBy: mod},
		{Number: 1, User: "@u:hs", Protection: "flooding", Reason: "flood", Opened: at},
	}
	expect(t, w, "cases", nil, "3 cases of the last 7 days:", "**3**, 1970-01-01 00:00 UTC: `` @rude`*:hs ``, by `@mod:ours.example` with `ban`: @room \\*spam\\*", "**2**", "`@a:hs` and `@b:hs`", "(undone)", "by `flooding`: flood (**appealed**)")
	for line, want := range map[string]string{
		"cases":                                  "cases   since 1969-12-25 01:00:00",
		"cases @rude:hs.example --since 2d":      "cases @rude:hs.example  since 1969-12-30 01:00:00",
		"cases #lobby:ours.example":              "cases  !lobby:ours.example since 1969-12-25 01:00:00",
		"history @rude:hs.example 1h":            "history @rude:hs.example  since 1970-01-01 00:00:00",
		"history 30d":                            "history   since 1969-12-02 01:00:00",
		"history #lobby:ours.example --since 1h": "history  !lobby:ours.example since 1970-01-01 00:00:00",
	} {
		w.sought = ""
		if p := newSet(w).Plan(t.Context(), Request{Sender: mod}, line); w.sought != want {
			t.Errorf("%s: %q, %s", line, w.sought, p.Answer)
		}
	}
	for line, want := range map[string]string{
		"cases evil.example": "neither a user nor a room", "cases @*:hs.example": "neither a user nor a room", "cases #nowhere:hs.example": "I protect no room", "history soon": "`soon`",
		"history 2100-01-01": "has not come yet",
	} {
		w.sought = ""
		if p := newSet(w).Plan(t.Context(), Request{Sender: mod}, line); w.sought != "" || !strings.Contains(p.Answer, want) {
			t.Errorf("%s: %q, %s", line, w.sought, p.Answer)
		}
	}
	w.cases = nil
	expect(t, w, "cases @u:hs.example", nil, "There is no case of `@u:hs.example` of the last 7 days.")
	w.cases = slices.Repeat([]Case{{Number: 1, Opened: at}}, MostPast)
	expect(t, w, "cases", nil, "These are the latest 50")
}

func TestHistory(t *testing.T) {
	w := newWorld()
	at := time.Unix(0, 0)
	w.deeds = []Deed{
		{At: at, Did: "Banned", User: "@a:hs", Room: "!lobby:ours.example", Rooms: 3, Count: 3, By: mod, Why: "by the rule for `@a:hs`", Case: 7},
		{At: at, Did: "Removed", What: action.ToEvent, User: "@a`:hs", Room: "!lobby:ours.example", Rooms: 1, Count: 9, State: "not done, \\*no\\*"},
		{At: at, Did: "Wrote the rule", For: []string{"@b:hs", "sha256:user:AA==", "c.hs", "d.hs"}, Room: "!coc:ours.example", Rooms: 1, Count: 4},
		{At: at, Did: "Changed a setting of the room", Room: "!mods:ours.example", Rooms: 1, Count: 1},
	}
	expect(t, w, "history", nil, "1970-01-01 00:00 UTC: Banned `@a:hs` in 3 rooms, by `@mod:ours.example`, by the rule for `@a:hs` (case 7)", "Removed a message (9 times) of `` @a`:hs `` in [Lobby]", `: not done, \*no\*`, "Wrote the rule (4 times) for `@b:hs`, `sha256:user:AA==`, `c.hs` and 1 more in the list `coc`", "Changed a setting of the room in this room")
	w.deeds = nil
	expect(t, w, "history @u:hs.example", nil, "Nothing was done to `@u:hs.example` in the last 7 days", "`!forseti cases @u:hs.example`")
}

func TestReasonOfACase(t *testing.T) {
	w := newWorld()
	p := newSet(w).Plan(t.Context(), Request{Sender: mod}, "case 12 reason a flood of *ads*")
	if len(p.Steps) != 1 || p.Steps[0].Change.Kind != ReasonCase || p.Steps[0].Change.Value != "a flood of *ads*" || !strings.Contains(p.Answer, `is now: a flood of \*ads\*. It was: @room \*flood\*`) {
		t.Errorf("%+v", p)
	}
	expect(t, w, "case 12 reason", nil, "Write the reason")
	expect(t, w, "case 16", nil, "**Case 16**: `@spam*:evil.example` and `evil.example`", "by `@mod:ours.example` with `ban`", "`@mod:ours.example` decided it.")
	expect(t, w, "evidence 12", []string{"evidence $2", "evidence $1"}, "sent")
	expect(t, w, "evidence @spammer:example.org", []string{"evidence $2", "evidence $1"}, "sent")
	expect(t, w, "evidence 13", nil, "I keep no message of case 13")
	expect(t, w, "evidence @*:example.org", nil, "is a pattern")
}
