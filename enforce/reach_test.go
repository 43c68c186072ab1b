package enforce

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// A rule is weighed by whom it would hit now, and by whether it matches everybody.
func TestReach(t *testing.T) {
	w := NewWorld("@bot:ours.example", Settings{ServerMembers: true, Limits: Limits{Members: 10, Percent: 10}})
	w.SetModerator("@mod:mods.example", true)
	state := []*event.Event{
		stateEvent("m.room.create", "", "@bot:ours.example", map[string]any{"room_version": "12"}),
		stateEvent("m.room.member", "@bot:ours.example", "@bot:ours.example", map[string]any{"membership": "join"}),
		stateEvent("m.room.member", "@mod:mods.example", "@mod:mods.example", map[string]any{"membership": "join"}),
	}
	for i := range 12 {
		user := fmt.Sprintf("@member%d:many.org", i)
		state = append(state, stateEvent("m.room.member", user, id.UserID(user), map[string]any{"membership": "join"}))
	}
	for _, user := range []string{"@one:few.net", "@two:few.net"} {
		state = append(state, stateEvent("m.room.member", user, id.UserID(user), map[string]any{"membership": "join"}))
	}
	w.Protect("!room:ours.example")
	w.Look("!room:ours.example", state, time.Now())

	for _, tt := range []struct {
		kind     policy.Kind
		entity   string
		users    int
		wide     bool
		everyone bool
		own      bool
		guarded  int
	}{
		{policy.Server, "*", 14, true, true, true, 2},
		{policy.Server, "*.org", 12, true, false, false, 0},
		{policy.Server, "many.org", 12, true, false, false, 0},
		{policy.Server, "few.net", 2, false, false, false, 0},
		{policy.Server, "ours.*", 0, false, false, true, 1},
		{policy.Server, "mods.example", 0, false, false, true, 1},
		{policy.User, "@*:*", 14, true, true, false, 2},
		{policy.User, "*", 14, true, true, false, 2},
		{policy.User, "@*:*.nowhere", 0, false, false, false, 0},
		{policy.User, "@*:few.net", 2, false, false, false, 0},
		{policy.User, "@one:few.net", 1, false, false, false, 0},
		{policy.User, "@mod:mods.example", 0, false, false, false, 1},
		{policy.RoomKind, "*", 0, false, false, false, 0},
	} {
		r := policy.Rule{Kind: tt.kind, Entity: tt.entity, Recommendation: policy.Ban}
		got := w.Reach(r)
		if len(got.Users) != tt.users || got.Everyone != tt.everyone || (got.OwnServer != "") != tt.own || len(got.Guarded) != tt.guarded {
			t.Errorf("%s %q reaches %+v", tt.kind, tt.entity, got)
		}
		if slices.Contains(got.Users, "@bot:ours.example") || slices.Contains(got.Users, "@mod:mods.example") {
			t.Errorf("%s %q would hit one of us", tt.kind, tt.entity)
		}
		if wide := w.Settings.Limits.Wide(got); wide != tt.wide {
			t.Errorf("%s %q wide: %v", tt.kind, tt.entity, wide)
		}
	}
	// Without bans of members a server rule is followed by ACLs alone, and those
	// never follow one that shuts us out.
	w.Settings.ServerMembers = false
	if got := w.Reach(policy.Rule{Kind: policy.Server, Entity: "*", Recommendation: policy.Ban}); got.Everyone || got.OwnServer == "" {
		t.Errorf("got %+v", got)
	}
}
