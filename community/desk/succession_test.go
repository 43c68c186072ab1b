package desk_test

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/desk"
	"forseti/rooms"
)

// The moderators' room is left only for one that both rooms and the same user name, and that is as closed as it was.
func TestSucceeds(t *testing.T) {
	const was, next, boss, other = id.RoomID("!mods:ours.example"), id.RoomID("!next:ours.example"), id.UserID("@boss:ours.example"), id.UserID("@other:ours.example")
	secret := state("m.room.encryption", "", boss, map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	public := state("m.room.join_rules", "", boss, map[string]any{"join_rule": "public"})
	tombstone := func(by id.UserID, to any) *event.Event {
		return state("m.room.tombstone", "", by, map[string]any{"replacement_room": to})
	}
	created := func(by id.UserID, before any) *event.Event {
		return state("m.room.create", "", by, map[string]any{"room_version": "11", "predecessor": before})
	}
	names := map[string]any{"room_id": was, "event_id": "$x"}
	for name, tt := range map[string]struct {
		old, new []*event.Event
		doubt    string
	}{
		"both":                   {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{created(boss, names)}},
		"both, encrypted":        {old: []*event.Event{secret, tombstone(boss, next)}, new: []*event.Event{created(boss, names), secret}},
		"both, open":             {old: []*event.Event{public, tombstone(boss, next)}, new: []*event.Event{created(boss, names), public}},
		"encrypted from now on":  {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{created(boss, names), secret}},
		"not read yet":           {old: []*event.Event{tombstone(boss, next)}},
		"nowhere":                {old: []*event.Event{tombstone(boss, nil)}, doubt: "by which one"},
		"itself":                 {old: []*event.Event{tombstone(boss, was)}, doubt: "by which one"},
		"by who may not":         {old: []*event.Event{tombstone(other, next)}, new: []*event.Event{created(other, names)}, doubt: "may not write that"},
		"one that names nothing": {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{created(boss, nil)}, doubt: "takes its place"},
		"one that names another": {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{created(boss, map[string]any{"room_id": next})}, doubt: "takes its place"},
		"one of somebody else":   {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{created(other, names)}, doubt: "somebody else"},
		"empty":                  {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{}, doubt: "takes its place"},
		"in the clear":           {old: []*event.Event{secret, tombstone(boss, next)}, new: []*event.Event{created(boss, names)}, doubt: "not encrypted"},
		"open to all":            {old: []*event.Event{tombstone(boss, next)}, new: []*event.Event{created(boss, names), public}, doubt: "Anybody can come"},
	} {
		old := rooms.New(was)
		begun := []*event.Event{state("m.room.create", "", boss, map[string]any{"room_version": "11"}), state("m.room.power_levels", "", boss, map[string]any{"users": map[string]any{string(boss): 100}})}
		for _, evt := range append(begun, tt.old...) {
			old.Apply(evt, time.Now())
		}
		if got := desk.Succeeds(old, tt.new); (got == "") != (tt.doubt == "") || !strings.Contains(got, tt.doubt) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
