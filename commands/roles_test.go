package commands

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
)

type roleFake struct{ *world }

func (f roleFake) Roles() Roles { return f.roles }

func (f roleFake) Team() []Colleague { return f.team }

// What a role takes follows from the command, whatever its words are.
func TestRoleOfALine(t *testing.T) {
	s := newSet(newWorld())
	for line, want := range map[string]Role{
		"status": Look, "": Look, "xyzzyplugh": Look, "ban @a:hs.example": Moderate, "undo": Moderate, "roles set off": Administer, "roles": Look, "dry-run on": Administer, "ban": Moderate,
		"case 12": Look, "case": Look, "case 12 overturn": Moderate, "case 12 note x": Moderate, "case 12 --no-confirm overturn": Moderate, "verify": Look, "verify @a:hs": Administer,
		joinLines([]string{"case 12", "status"}): Look, joinLines([]string{"status", "case 12 uphold"}): Moderate, joinLines([]string{"verify", "case 12 uphold"}): Moderate,
		"limits set members 5": Administer, "limits": Look, s.InReply("redact", "$evil"): Moderate,
	} {
		if got := s.Role(line); got != want {
			t.Errorf("%q takes %s, want %s", line, got, want)
		}
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
			if got, want := tc.roles.May(tc.team, tc.user, role), !tc.none && role <= tc.most; got != want {
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
		"roles set on": "you could not change it back: it would take level 100 in this room", "roles set on 50": "A level belongs to a role", "roles set moderate": "from which level on", "roles set boss 5": "is no role",
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
	if err != nil || to != (Roles{Levels: [3]int64{0, 50, 50}}) {
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
