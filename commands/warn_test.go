package commands

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

func TestWarn(t *testing.T) {
	w := newWorld()
	ladder := Ahead{Warning: 15, Steps: []AheadStep{{15, "warn"}, {35, "mute"}, {50, "kick"}}}
	w.standing = map[id.UserID]Member{"@rude:calm.example": {Points: 10, Ladder: ladder}}
	expect(t, w, "warn @rude:calm.example be *kind* --dry-run", nil, "I would warn `@rude:calm.example` in ", `be \*kind\*`, "They would have 25 points.")
	p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "warn @spam1:evil.example")
	if len(p.Steps) != 1 || p.Ask != "" {
		t.Fatalf("%+v", p)
	}
	c := *p.Steps[0].Change
	if c.Kind != Warn || c.User != "@spam1:evil.example" || c.Room != "!dev:ours.example" || c.Key != string(mod) || c.Value != "the rules of the room" || !strings.Contains(c.Name, " and ") {
		t.Errorf("%+v", c)
	}
	p = newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "warn @rude:calm.example --room #lobby:ours.example no ads")
	if c := *p.Steps[0].Change; c.Room != "!lobby:ours.example" || c.Value != "no ads" || !strings.Contains(p.Answer, "They have 25 points now; what comes next is `mute`, at 35.") {
		t.Errorf("%+v, %s", c, p.Answer)
	}
	p = newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "warn @spam1:evil.example --room !dev:ours.example --room #lobby:ours.example")
	if len(p.Steps) != 1 || !strings.Contains(p.Answer, "talk\\*](https://matrix.to/#/%21dev:ours.example?via=ours.example) and [Lobby]") {
		t.Errorf("%+v", p)
	}
	for line, want := range map[string]string{
		"warn": "Something is missing", "warn @*:evil.example": "is a pattern", "warn @mod:ours.example": "I do not warn moderators", "warn @warden:ours.example": "That is me",
		"warn @nobody:else.example": "is in none of the rooms", "warn evil.example": "neither a user nor a message", "warn @rude:calm.example --room #dev:ours.example": "no room",
	} {
		if p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line); len(p.Steps) > 0 || !strings.Contains(p.Answer, want) && want != "no room" {
			t.Errorf("%s: %+v", line, p)
		}
	}
}

// One command warns several, each once and for all the rooms that they were named for; of a reply to
// what several wrote it asks.
func TestWarnSeveral(t *testing.T) {
	w := newWorld()
	set := newSet(w)
	warns := func(line string) (whom []string, p Plan) {
		p = set.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		for _, s := range p.Steps {
			whom = append(whom, fmt.Sprintf("%s in %s: %s", s.Change.User, s.Change.Room, s.Change.Value))
		}
		return whom, p
	}
	for line, tc := range map[string]struct {
		whom string
		ask  bool
		says string
	}{
		"warn @rude:calm.example @spam1:evil.example @rude:calm.example no ads": {"@rude:calm.example in !lobby:ours.example: no ads; @spam1:evil.example in !dev:ours.example: no ads", false, "Warned `@spam1:evil.example` in"},
		"warn @rude:calm.example @nobody:else.example":                          {"", false, "`@nobody:else.example` is in none of the rooms"},
		"warn @rude:calm.example @*:evil.example":                               {"", false, "is a pattern"},
		set.InReply("warn no ads", "$one"):                                      {"@spam1:evil.example in !dev:ours.example: no ads", false, "Warned"},
		set.InReply("warn", "$mods"):                                            {"", false, "I do not warn moderators"},
		set.InReply("warn", "$alert"):                                           {"", false, "I do not warn moderators"},
		set.InReply("warn", "$star"):                                            {"@*:evil.example in !dev:ours.example: the rules of the room", false, "Warned `@*:evil.example`"}, // who is called so, and nobody else
		set.InReply("warn", "$gone"):                                            {"", false, ""},
	} {
		whom, p := warns(line)
		if strings.Join(whom, "; ") != tc.whom || (p.Ask != "") != tc.ask || !strings.Contains(p.Effect+p.Answer, tc.says) {
			t.Errorf("%q: %q, %+v", line, whom, p)
		}
	}
	if whom, p := warns(set.InReply("warn", "$two")); len(whom) != 2 || p.Ask == "" {
		t.Errorf("in reply to several: %q, %+v", whom, p)
	}
}

func TestStrikes(t *testing.T) {
	w := newWorld()
	at := time.Unix(0, 0)
	w.standing = map[id.UserID]Member{"@rude:hs.example": {Points: 42, Ladder: Ahead{Warning: 15, Steps: []AheadStep{{35, "mute"}, {50, "kick"}}}, Offences: []Offence{
		{At: at, Room: "!lobby:ours.example", Protection: "flooding", Class: "attack", Step: "ban", Undone: true},
		{At: at, Room: "!lobby:ours.example", Protection: "*caps*", Class: "light", Step: "redact"},
		{At: at, Room: "!lobby:ours.example", Weighs: 15, Gone: at.Add(48 * time.Hour), Case: 7},
	}}}
	expect(t, w, "strikes @rude:hs.example", nil, "`@rude:hs.example` has **42 points**; what comes next is `kick`, at 50.", "flooding (attack, ban), undone, counts nothing", `\*caps\* (light, redact), faded`,
		"warned by a moderator, **15 points** now, gone by 1970-01-03 (case 7)", "`!forseti warn` adds 15", "`!forseti pardon @rude:hs.example`")
	expect(t, w, "strikes @clean:hs.example", nil, "has no points")
	expect(t, w, "strikes @*:hs.example", nil, "is a pattern")
}

func TestNotes(t *testing.T) {
	w := newWorld()
	at := time.Unix(0, 0)
	full := make([]MemberNote, MostNotes)
	w.notes = map[id.UserID][]MemberNote{
		"@friend:hs.example": {{ID: "n1", CaseNote: CaseNote{mod, at, "was *hacked*\n@room"}}, {ID: "n2", CaseNote: CaseNote{mod, at, "is back"}}}, "@much:hs.example": full,
	}
	expect(t, w, "why @friend:hs.example", nil, "Notes:", `1: 1970-01-01 00:00 UTC, by `+"`@mod:ours.example`"+`: was \*hacked\*`, "2: 1970-01-01 00:00 UTC")
	plan := func(line string) Plan {
		return newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
	}
	p := plan("note @new:hs.example likes trains")
	if len(p.Steps) != 1 || !reflect.DeepEqual(*p.Steps[0].Change, Change{Kind: NoteUser, User: "@new:hs.example", Key: string(mod), Name: stepID("$c", 0, 0), Value: "likes trains"}) {
		t.Errorf("%+v", p)
	}
	if p := plan("note remove @friend:hs.example 2"); len(p.Steps) != 1 || p.Steps[0].Change.Name != "n2" || !strings.Contains(p.Answer, "is back") {
		t.Errorf("%+v", p)
	}
	for line, want := range map[string]string{
		"note @much:hs.example more": "which is the most", "note @new:hs.example " + strings.Repeat("é", mostNote+1): "That note has 501 letters", "note @new:hs.example": "Something is missing",
		"note @*:hs.example x": "is a pattern", "note remove @friend:hs.example 3": "There is no note 3", "note remove @new:hs.example 1": "there are 0", "note remove @much:hs.example 21": "whole number",
	} {
		if p := plan(line); len(p.Steps) > 0 || !strings.Contains(p.Answer, want) {
			t.Errorf("%s: %+v", line, p)
		}
	}
}
