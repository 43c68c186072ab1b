package account

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

func TestLogins(t *testing.T) {
	var w Watch
	me, old := Login{ID: "ME"}, Login{ID: "OLD", Name: "Element *Web*"}
	if say := w.Logins([]Login{me, old}, "ME"); say != "" {
		t.Errorf("at the first look: %s", say)
	}
	if others := w.Others(); !strings.Contains(others, "1 other login") || !strings.Contains(others, `OLD`+"`"+` (Element \*Web\*)`) {
		t.Errorf("others: %s", others)
	}
	if say := w.Logins([]Login{old, me}, "ME"); say != "" {
		t.Errorf("nothing new: %s", say)
	}
	thief := Login{ID: "X`y", Name: "\n# [click](https://evil.example)", Seen: time.Unix(1_800_000_000, 0)}
	if known, changed := w.News(); !changed || len(known.Logins) != 2 {
		t.Errorf("to keep: %+v, %v", known, changed)
	}
	if _, changed := w.News(); changed {
		t.Error("kept already")
	}
	say := w.Logins([]Login{me, old, thief}, "ME")
	if !strings.HasPrefix(say, alarm) || strings.Contains(say, "\n") || strings.Contains(say, "[click](") || !strings.Contains(say, "last seen 2027-01-15") || strings.Contains(say, "OLD") {
		t.Errorf("a new one: %s", say)
	}

	// A restart keeps what was known; a login anew as another device is no stranger to
	// itself, and the old one is none either.
	w = Watch{Known: w.Known}
	if say := w.Logins([]Login{{ID: "ME2"}, me, old, thief}, "ME2"); say != "" {
		t.Errorf("after a login anew: %s", say)
	}
	if others := w.Others(); !strings.Contains(others, "3 other logins") || !strings.Contains(others, "`ME`") {
		t.Errorf("others: %s", others)
	}
	if w.Logins([]Login{{ID: "ME2"}}, "ME2"); w.Others() != "" {
		t.Errorf("alone: %s", w.Others())
	}
	if say := w.Logins([]Login{{ID: "ME2"}, old}, "ME2"); say == "" {
		t.Error("one that comes back is new")
	}
	var many []Login
	for i := range 1000 {
		many = append(many, Login{ID: id.DeviceID(fmt.Sprint("D", i))})
	}
	if say := w.Logins(many, "ME2"); len(say) > 1000 || !strings.Contains(say, "990 more") {
		t.Errorf("%d characters", len(say))
	}
}

func TestIdentity(t *testing.T) {
	var w Watch
	for i, step := range []struct {
		now   Identity
		says  string
		clear bool
	}{
		{Identity{}, "", false}, // without encryption
		{Identity{Ours: "A"}, "", false},
		{Identity{Ours: "A"}, "", false},
		{Identity{Ours: "A", Replaced: true}, "identity was replaced", true},
		{Identity{Ours: "A", Replaced: true}, "", false},
		{Identity{Ours: "A"}, "the one you know again", false},
		{Identity{Ours: "B"}, "verify me again", false}, // restored
		{Identity{Ours: "B"}, "", false},
	} {
		say, clear := w.Identity(step.now)
		if clear != step.clear || (say == "") != (step.says == "") || !strings.Contains(say, step.says) || w.Replaced() != step.now.Replaced {
			t.Errorf("step %d: %q, clear %v", i, say, clear)
		}
	}

	// As after a restart in the middle.
	w = Watch{Known: Known{Identity: "A"}}
	if say, clear := w.Identity(Identity{Ours: "A", Replaced: true}); say == "" || !clear {
		t.Errorf("at a start: %q", say)
	}
	w = Watch{Known: w.Known}
	if say, _ := w.Identity(Identity{Ours: "C"}); !strings.Contains(say, "new identity") {
		t.Errorf("restored: %q", say)
	}
}

func TestStranger(t *testing.T) {
	var w Watch
	at := time.Unix(1_800_000_000, 0)
	if say := w.Stranger("[Lobby](x)", at); !strings.Contains(say, "[Lobby](x)") {
		t.Error(say)
	}
	if say := w.Stranger("[Lobby](x)", at.Add(time.Hour)); say != "" {
		t.Errorf("told twice: %s", say)
	}
	if say := w.Stranger("[Lobby](x)", at.Add(25*time.Hour)); say == "" {
		t.Error("never told again")
	}
}

// A device that was logged out is not among the others any more at once, and one that comes under its name is news.
func TestEndedLoginIsGone(t *testing.T) {
	w := &Watch{}
	all := []Login{{ID: "OURS"}, {ID: "THIEF"}, {ID: "OLD"}}
	w.Logins(all, "OURS")
	w.News()
	w.Ended("THIEF")
	known, changed := w.News()
	if others := w.Others(); strings.Contains(others, "THIEF") || !strings.Contains(others, "1 other login") || !changed || slices.Contains(known.Logins, "THIEF") {
		t.Errorf("%s, %v, %v", others, known, changed)
	}
	w.Ended("NEVER")
	if _, changed := w.News(); changed || w.Logins(all[:1], "OURS") != "" || w.Others() != "" {
		t.Error("what was not there is ended")
	}
	if said := w.Logins(all[:2], "OURS"); !strings.Contains(said, "THIEF") {
		t.Errorf("who is back is no news: %s", said)
	}
}
