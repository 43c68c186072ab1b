package enforce

import (
	"slices"
	"testing"
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
