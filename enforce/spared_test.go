package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func TestSpared(t *testing.T) {
	s := newSpared(self)
	if !s.set("@mod:mods.example", true) || s.set("@mod:mods.example", true) {
		t.Error("whether it changes anything is told wrongly")
	}
	if !s.has(self) || !s.has("@mod:mods.example") || s.has("@ann:own.example") {
		t.Error("the wrong ones are spared")
	}
	if servers := slices.Sorted(s.servers); !slices.Equal(servers, []string{"mods.example", "own.example"}) {
		t.Errorf("never shut out: %v", servers)
	}
	s.set("@mod:mods.example", false)
	if s.has("@mod:mods.example") || s.server("mods.example") || !s.server("own.example") {
		t.Error("who was a moderator is spared on")
	}
}

// An exemption that is followed exempts whom it is about by name or pattern. One of a
// server, of a list whose exemptions are not followed, or beside no rule at all, does not.
func TestExempt(t *testing.T) {
	const exempts = "fi.mau.meowlnir.unban"
	for _, tc := range []struct {
		name   string
		rules  []*event.Event
		follow bool
		want   bool
	}{
		{"nothing", nil, true, false},
		{"by name", []*event.Event{ruleEvent("user", "1", "@u:hs.example", exempts)}, true, true},
		{"by pattern", []*event.Event{ruleEvent("user", "1", "@u*", exempts)}, true, true},
		{"another", []*event.Event{ruleEvent("user", "1", "@v:hs.example", exempts)}, true, false},
		{"their server", []*event.Event{ruleEvent("server", "1", "hs.example", exempts)}, true, false},
		{"banned by a pattern beside it", []*event.Event{ruleEvent("user", "1", "@u:hs.example", exempts), ruleEvent("user", "2", "@*:hs.example", "m.ban")}, true, true},
		{"banned", []*event.Event{ruleEvent("user", "1", "@u:hs.example", "m.ban")}, true, false},
		{"somebody else's list", []*event.Event{ruleEvent("user", "1", "@u:hs.example", exempts)}, false, false},
	} {
		w := NewWorld(self, Settings{})
		w.Rules.SetOrder([]id.RoomID{testList})
		w.SetExempting(testList, tc.follow)
		for _, evt := range tc.rules {
			_, slots, _ := w.ApplyRule(testList, evt)
			w.Follow(slots...)
		}
		if got := w.Book.Exempts("@u:hs.example"); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}
