package desk_test

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/desk"
)

// A log room is one that we are in, that only moderators can read, and that is encrypted if the
// room is where they command.
func TestLogRoom(t *testing.T) {
	const log = id.RoomID("!log:own.example")
	joinRule := func(rule string) *event.Event {
		return state("m.room.join_rules", "", mod, map[string]any{"join_rule": rule})
	}
	for name, tc := range map[string]struct {
		room   id.RoomID
		state  []*event.Event
		secret bool
		want   string
	}{
		"fit":                   {state: []*event.Event{joinRule("invite")}},
		"without a join rule":   {},
		"knock":                 {state: []*event.Event{joinRule("knock")}},
		"secret":                {secret: true, state: []*event.Event{state("m.room.encryption", "", mod, map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})}},
		"public":                {state: []*event.Event{joinRule("public")}, want: "anybody can join it"},
		"restricted":            {state: []*event.Event{joinRule("restricted")}, want: "who is in another room can join it"},
		"of another time":       {state: []*event.Event{joinRule("\u202e<b>")}, want: "who is in another room can join it"},
		"readable for all":      {state: []*event.Event{state("m.room.history_visibility", "", mod, map[string]any{"history_visibility": "world_readable"})}, want: "the whole internet can read it"},
		"in clear":              {secret: true, want: "it is not encrypted, and this room is"},
		"with a stranger":       {state: []*event.Event{member("@a:x", "join")}, want: "it can be read by `@a:x`, who is not in this room"},
		"with guests":           {state: []*event.Event{member("@a:x", "join"), member("@b`:x", "invite")}, want: "`` @b`:x ``, who are not in this room"},
		"with one who was":      {state: []*event.Event{member("@a:x", "leave"), member("@b:x", "ban")}},
		"without us":            {state: []*event.Event{member(self, "leave")}, want: "I am not in it"},
		"unread":                {room: "!other:x", want: "I am not in it"},
		"one that is protected": {room: lobby, want: "it is a room that I protect"},
	} {
		p := newPlace()
		if tc.room == "" {
			tc.room = log
		}
		if tc.room != "!other:x" {
			p.states[tc.room] = append([]*event.Event{state("m.room.create", "", mod, map[string]any{"room_version": "11"}), member(self, "join"), member(mod, "join")}, tc.state...)
		}
		wrong, err := desk.LogRooms{World: p, Reader: p, Encrypted: func() bool { return tc.secret }}.LogRoom(t.Context(), tc.room)
		if err != nil || !strings.Contains(wrong, tc.want) || (wrong == "") != (tc.want == "") {
			t.Errorf("%s: %q, %v", name, wrong, err)
		}
	}
}
