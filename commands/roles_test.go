package commands

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
)

type roleFake struct{ *world }

func (f roleFake) Roles() Roles { return f.roles }

func (f roleFake) Team() []Colleague { return f.team }

// What a line takes follows from the command, whatever its words are, and of several lines it is all of it.
func TestRoleOfALine(t *testing.T) {
	s := newSet(newWorld())
	roles := UsualRoles()
	roles.Own = map[string]int64{"list import": 80, "case": 60, "status": 10}
	for line, want := range map[string]int64{
		"lists": 0, "": 0, "xyzzyplugh": 0, "ban @a:hs.example": 50, "undo": 50, "roles set off": 100, "roles": 0, "dry-run on": 100, "ban": 50,
		"case 12": 0, "case": 0, "case 12 overturn": 60, "case 12 note x": 60, "case 12 --no-confirm overturn": 60, "verify": 0, "verify @a:hs": 100,
		joinLines([]string{"case 12", "lists"}): 0, joinLines([]string{"lists", "undo"}): 50, joinLines([]string{"verify", "case 12 uphold", "ban @a:hs"}): 60,
		"limits set members 5": 100, "limits": 0, s.InReply("redact", "$evil"): 50, "status": 10, "list import coc": 80, "LIST  IMPORT coc": 80, "list create x": 100,
		joinLines([]string{"ban @a:hs", "list import coc"}): 80, strings.Repeat("x", 70_000): 0,
	} {
		if got := roles.Level(s.Needs(line)...); got != want {
			t.Errorf("%.60q takes %d, want %d", line, got, want)
		}
	}
	if got := roles.Level(); got != 0 {
		t.Errorf("nothing takes %d", got)
	}
}

// Until they are switched on, everybody may do everything, and also while nobody could switch them
// off; who is not there may do nothing.
func TestRolesDecide(t *testing.T) {
	team := []Colleague{{User: "@admin:hs", Level: 100}, {User: "@mod:hs", Level: 50}, {User: "@new:hs"}, {User: "@muted:hs", Level: -1}}
	on := UsualRoles()
	on.On = true
	for _, tc := range []struct {
		roles Roles
		team  []Colleague
		user  id.UserID
		most  Role
		none  bool
	}{
		{UsualRoles(), team, "@new:hs", Administer, false}, {on, team, "@admin:hs", Administer, false}, {on, team, "@mod:hs", Moderate, false}, {on, team, "@new:hs", Look, false},
		{on, team, "@muted:hs", Look, true}, {on, team, "@gone:hs", Look, true}, {UsualRoles(), team, "@gone:hs", Look, true}, {on, team[1:], "@new:hs", Administer, false},
	} {
		for role := Look; role <= Administer; role++ {
			if got, want := tc.roles.May(tc.team, tc.user, Need{Role: role}), !tc.none && role <= tc.most; got != want {
				t.Errorf("%s may %s: %v", tc.user, role, got)
			}
		}
	}
}

func TestRolesAreSet(t *testing.T) {
	w := newWorld()
	w.roles, w.team = UsualRoles(), []Colleague{{User: mod, Level: 50}, {User: "@admin:hs", Level: 100}, {User: "@new:hs"}}
	plan := func(line string) Plan {
		return newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
	}
	expect(t, w, "roles", nil, "Roles are off: all who are in this room may do everything.", "**administer**: `@admin:hs`", "**moderate**: `@mod:ours.example`", "**look**: `@new:hs`")
	for line, want := range map[string]string{
		"roles set on": "you could not change it back: it would take level 100 in this room", "roles set on 50": "A level belongs to a role", "roles set moderate": "from which level on", "roles set boss 5": "neither a role nor a command", "roles set list 5": "neither a role nor a command",
		"roles set moderate usual": "A role takes a level", "roles set ban": "`!forseti roles set ban 50`", "roles set ban usual": "It is so already", "roles set ban much": "whole number",
		"roles set moderate 200": "cannot take less", "roles set off": "It is so already", "roles set look x": "whole number",
	} {
		if p := plan(line); len(p.Steps) > 0 || !strings.Contains(p.Answer, want) {
			t.Errorf("%s: %+v", line, p)
		}
	}
	p := plan("roles set administer 50")
	if len(p.Steps) != 1 || p.Ask != "" {
		t.Fatalf("%+v", p)
	}
	to, err := ReadRoles(*p.Steps[0].Change)
	if err != nil || !to.Same(Roles{Levels: [3]int64{0, 50, 50}}) {
		t.Errorf("%+v, %v", to, err)
	}
	w.roles = to
	if p = plan("roles set on"); len(p.Steps) != 1 || p.Ask == "" || !strings.Contains(p.Effect, "**administer**: `@mod:ours.example` and `@admin:hs`") {
		t.Fatalf("%+v", p)
	}
	if w.roles, err = ReadRoles(*p.Steps[0].Change); err != nil || !w.roles.On {
		t.Errorf("%+v, %v", w.roles, err)
	}
	expect(t, w, "roles", nil, "Roles are on")
	w.team = []Colleague{{User: mod}}
	expect(t, w, "roles", nil, "nobody here could administer")
	if _, err := ReadRoles(Change{Value: "x"}); err == nil {
		t.Error("what is no role is read")
	}
}

// A command may take a level of its own, but none that keeps who sets it from setting it back.
func TestCommandsWithLevelsOfTheirOwn(t *testing.T) {
	w := newWorld()
	w.roles, w.team = Roles{On: true, Levels: UsualRoles().Levels}, []Colleague{{User: mod, Level: 100}, {User: "@helper:hs", Level: 50}}
	set := func(line string) Plan {
		t.Helper()
		p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		if len(p.Steps) == 1 {
			to, err := ReadRoles(*p.Steps[0].Change)
			if err != nil {
				t.Fatal(err)
			}
			w.roles = to
		}
		return p
	}
	if p := set("roles set takedown 75"); p.Ask == "" || !strings.Contains(p.Effect, "`takedown` takes level 75") {
		t.Errorf("%+v", p)
	}
	for _, line := range []string{`roles set "list import" 60`, `roles set unexempt 70`, "roles set status 20", "roles set rules -5"} {
		if p := set(line); len(p.Steps) != 1 {
			t.Errorf("%s: %+v", line, p)
		}
	}
	helper := func(line string) bool { return w.roles.May(w.team, "@helper:hs", newSet(w).Needs(line)...) }
	if helper("takedown @a:hs") || helper("list import coc") || !helper("ban @a:hs") || !helper("status") {
		t.Errorf("%+v", w.roles)
	}
	expect(t, w, "roles", nil, "Of their own:", "`list import` takes level 60", "`takedown` takes level 75")
	for _, s := range w.desks().Settings() {
		if s.Name == "roles list import" && (s.Value != "60" || s.Default != usualLevel || s.Set != `roles set "list import" `+valueMark) {
			t.Errorf("%+v", s)
		}
	}
	if set(`roles set "list import" usual`); !helper("list import coc") {
		t.Errorf("%+v", w.roles)
	}
	before := w.roles
	if p := set(`roles set "roles set" 200`); len(p.Steps) > 0 || !strings.Contains(p.Answer, "you could not change it back") || !strings.Contains(p.Answer, `roles set "roles set" 100`) {
		t.Errorf("%+v", p)
	}
	if p := set(`roles set "roles set" 50`); len(p.Steps) != 1 || !helper("roles set off") || helper("dry-run on") {
		t.Errorf("%+v", p)
	}
	if before.Same(w.roles) || len(before.Own) == len(w.roles.Own) {
		t.Error("what was is changed by what is set")
	}
}

func TestModerators(t *testing.T) {
	w := newWorld()
	w.roles, w.team = Roles{On: true, Levels: [3]int64{0, 50, 100}}, []Colleague{{User: "@new:hs", Level: -5}, {User: mod, Level: 100}}
	expect(t, w, "moderators", nil, "2 moderators are here:", "`@mod:ours.example`, level 100: may administer", "`@new:hs`, level -5: may do nothing here")
	for want, devices := range map[string][]Device{
		allVerified: {{Standing: verifiedDevice}}, someVerified: {{Standing: verifiedDevice}, {Standing: "not verified"}}, noneVerified: {{Standing: "blocked"}},
	} {
		if got := verifiedSign(devices); got != want {
			t.Errorf("%+v is %s", devices, got)
		}
	}
	if got := verifiedSign(nil); got != noneVerified {
		t.Errorf("no device is %s", got)
	}
}
