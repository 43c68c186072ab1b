package account

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
)

// A moderator's new device or identity is told of once, over restarts too, and what was there when
// we first looked is no news.
func TestTeam(t *testing.T) {
	const mod = id.UserID("@mod`*:hs.example")
	team := Team{}
	phone, laptop := Session{ID: "PHONE", Name: "Element *X*", Trusted: true}, Session{ID: "LAPTOP", Trusted: true}
	say := func(refuses bool, all ...Session) string {
		t.Helper()
		said, _ := team.Sessions(mod, all, refuses)
		return said
	}
	if said, changed := team.Sessions(mod, []Session{phone}, true); said != "" || !changed {
		t.Errorf("at the first look: %q, %t", said, changed)
	}
	if said, changed := team.Sessions(mod, []Session{phone}, true); said != "" || changed {
		t.Errorf("nothing new: %q, %t", said, changed)
	}
	if said := say(true, laptop, phone); said != "`` @mod`*:hs.example `` has a new device: ✓ `LAPTOP`." {
		t.Error(said)
	}
	if said, changed := team.Sessions(mod, []Session{laptop}, true); said != "" || !changed {
		t.Errorf("one that goes: %q, %t", said, changed)
	}
	evil := Session{ID: "X`y", Name: "\n[click](https://evil.example) @room"}
	said := say(true, laptop, phone, evil)
	for _, want := range []string{"has 2 new devices: ✓ `PHONE` (Element \\*X\\*) and ⚠ `` X`y `` (", "I obey nothing that comes from such a device until", "devices block @mod`*:hs.example X`y"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
	if strings.Contains(said, "\n") || strings.Contains(said, "[click](") {
		t.Errorf("injected: %s", said)
	}
	team = Team{mod: team[mod]} // a restart
	if said := say(true, laptop, phone, evil); said != "" {
		t.Errorf("told twice: %s", said)
	}
	if said := say(false, laptop, phone, evil, Session{ID: "NEW"}); !strings.Contains(said, "I obey it all the same") {
		t.Error(said)
	}

	// Another identity than the one first seen sounds like the alarm it is, once, until it was
	// compared.
	stolen := Session{ID: "THIEF", Trusted: true, Replaced: true}
	if said := say(true, laptop, stolen); !strings.HasPrefix(said, alarm) || !strings.Contains(said, "new cryptographic identity") || !strings.Contains(said, "Until then I obey nothing") {
		t.Error(said)
	}
	if said := say(true, laptop, stolen); said != "" {
		t.Errorf("told twice: %s", said)
	}
	stolen.Replaced = false
	if said := say(true, stolen); said != "" {
		t.Errorf("once it was compared: %s", said)
	}
	stolen.Replaced = true
	if said := say(false, stolen); !strings.HasPrefix(said, alarm) || strings.Contains(said, "Until then") {
		t.Error(said)
	}

	many := make([]Session, 1000)
	for i := range many {
		many[i] = Session{ID: id.DeviceID(strings.Repeat("D", 100) + string(rune('A'+i%26)) + string(rune('A'+i/26))), Trusted: true}
	}
	if said := say(true, many...); len(said) > 2000 || !strings.Contains(said, "more") {
		t.Errorf("%d bytes", len(said))
	}
	team["@here:hs.example"] = Seen{}
	if gone := team.Forget(func(u id.UserID) bool { return u != mod }); !slices.Equal(gone, []id.UserID{mod}) || len(team) != 1 {
		t.Errorf("%v, %v", gone, team)
	}
}
