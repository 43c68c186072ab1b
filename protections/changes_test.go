package protections

import (
	"maps"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit/kittest"
)

func levels(users map[string]any, more map[string]any) map[string]any {
	all := map[string]any{string(kittest.Self): 100, string(kittest.Owner): 100}
	maps.Copy(all, users)
	content := map[string]any{"users": all}
	maps.Copy(content, more)
	return content
}

func TestChanges(t *testing.T) {
	const stranger, admin = id.UserID("@s:hs"), id.UserID("@admin:hs")
	set := func(u id.UserID, kind string, content map[string]any) kittest.Step {
		return kittest.Sets(u, kind, "", content)
	}
	power := func(by id.UserID, users, more map[string]any) kittest.Step {
		return set(by, "m.room.power_levels", levels(users, more))
	}
	told := func(what string) string {
		return "alert somebody who never moderated there changed " + what + ": `@s:hs`"
	}
	open := set(kittest.Owner, "m.room.power_levels", levels(nil, map[string]any{"state_default": 0}))
	public := map[string]any{"join_rule": "public"}
	kittest.Run(t, changes(), []kittest.Case{{
		Name: "in a room where everybody may change everything",
		In: []kittest.Step{
			open, set(kittest.Owner, "m.room.join_rules", map[string]any{"join_rule": "invite"}), set(stranger, "m.room.join_rules", public),
			set(stranger, "m.room.history_visibility", map[string]any{"history_visibility": "world_readable"}), set(stranger, "m.room.tombstone", map[string]any{"replacement_room": "!evil:hs"}),
			set(stranger, "m.room.server_acl", map[string]any{"allow": []string{"evil.example"}}), kittest.Sets(stranger, "im.ponies.room_emotes", "pack", map[string]any{"images": map[string]any{}}),
			power(stranger, nil, map[string]any{"state_default": 0, "ban": 0}),
		},
		Want: []string{
			told("the join rule (from `invite` to `public`)"), told("who may read the history (from nothing to `world_readable`)"), told("the room itself, for another (from nothing to `!evil:hs`)"),
			told("the server ACL"), told("an image pack"), told("who may do what (`ban` from nothing to `0`)"),
		},
	}, {
		Name: "by those who moderate",
		In: []kittest.Step{
			power(kittest.Owner, map[string]any{string(admin): 100, string(stranger): 50}, nil), kittest.Wait(8 * 24 * time.Hour),
			set(admin, "m.room.join_rules", public), set(stranger, "m.room.join_rules", map[string]any{"join_rule": "knock"}), set(kittest.Owner, "m.room.tombstone", map[string]any{"replacement_room": "!next:hs"}),
			set(kittest.Moderator, "m.room.join_rules", public), set(kittest.Self, "m.room.server_acl", map[string]any{"allow": []string{"*"}}),
		},
	}, {
		Name: "by who was given the rank yesterday, and who gives it away",
		In: []kittest.Step{
			power(kittest.Owner, map[string]any{string(stranger): 100}, nil), kittest.Wait(24 * time.Hour),
			set(stranger, "m.room.join_rules", public), power(stranger, map[string]any{string(stranger): 100, string(admin): 100}, nil),
		},
		Want: []string{told("the join rule (from nothing to `public`)"), told("who may do what (`@admin:hs` from nothing to `100`)")},
	}, {
		Name: "who lays down their own rank",
		In:   []kittest.Step{power(kittest.Owner, map[string]any{string(admin): 100}, nil), kittest.Wait(8 * 24 * time.Hour), power(admin, map[string]any{string(admin): 0}, nil)},
	}, {
		Name: "nothing that matters, or nothing at all",
		In: []kittest.Step{
			open, set(kittest.Owner, "m.room.join_rules", public), set(stranger, "m.room.join_rules", public), set(stranger, "m.room.topic", map[string]any{"topic": "hello"}),
			set(stranger, "m.room.pinned_events", map[string]any{"pinned": []string{"$x"}}), set(stranger, "org.example.x", map[string]any{"a": 1}), kittest.Sends(stranger, "m.room.join_rules", public),
		},
	}, {
		Name: "contents of any type",
		In: []kittest.Step{
			open, set(stranger, "m.room.join_rules", map[string]any{"join_rule": []any{"@room", 1}}), set(stranger, "m.room.power_levels", map[string]any{"users": []any{1}, "ban": "x", "events": 5}),
		},
		Want: []string{
			told("the join rule (from nothing to `[\"@room\",1]`)"), told("who may do what (`@forseti:hs` from `100` to nothing, `@owner:hs` from `100` to nothing, `ban` from nothing to `x`, `events` from nothing to `5`, `state_default` from `0` to nothing and 1 more)"),
		},
	}})
}

// A very long change is told in short, and none of it is a ping.
func TestLongChanges(t *testing.T) {
	b := kittest.New(t, changes(), nil)
	b.State(kittest.Owner, "m.room.power_levels", "", levels(nil, map[string]any{"state_default": 0}))
	events := map[string]any{}
	for n := range 2000 {
		events[strings.Repeat("@room ", 20)+string(rune('a'+n))] = n
	}
	found := b.State(user, "m.room.power_levels", "", levels(nil, map[string]any{"events": events}))
	if len(found) != 1 || len(found[0].Why) > 2000 || !strings.Contains(found[0].Why, "more") {
		t.Errorf("found %v", found)
	}
}
