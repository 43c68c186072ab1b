package desk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/rooms"
)

// wet is that no dry run is on.
type wet struct{ commands.Names }

func (wet) DryRun() bool { return false }

type readerOf []*event.Event

func (r readerOf) State(context.Context, id.RoomID) ([]*event.Event, error) {
	if r == nil {
		return nil, errors.New("no")
	}
	return r, nil
}

// Of a room in which moderators may be it is said who would moderate there, whether others could come
// in, and what speaks against it, whatever stands in its state.
func TestQuarters(t *testing.T) {
	const was, next, self, boss, other = id.RoomID("!mods:ours.example"), id.RoomID("!next:ours.example"), id.UserID("@forseti:ours.example"), id.UserID("@boss:ours.example"), id.UserID("@other:ours.example")
	in := func(u id.UserID, membership any) *event.Event {
		return state("m.room.member", string(u), u, map[string]any{"membership": membership})
	}
	secret := state("m.room.encryption", "", boss, map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	begun := func(more ...*event.Event) []*event.Event {
		return append([]*event.Event{
			state("m.room.create", "", boss, map[string]any{"room_version": "11", "predecessor": map[string]any{"room_id": was}}),
			state("m.room.power_levels", "", boss, map[string]any{"users": map[string]any{string(boss): 100}}),
			in(self, "join"), in(boss, "join"),
		}, more...)
	}
	tombstone := func(by id.UserID) *event.Event {
		return state("m.room.tombstone", "", by, map[string]any{"replacement_room": next})
	}
	for name, tt := range map[string]struct {
		old   []*event.Event
		new   []*event.Event
		want  commands.Quarters
		doubt string
	}{
		"as it should":             {old: []*event.Event{tombstone(boss)}, new: begun()},
		"not replaced":             {new: begun(), doubt: "does not say"},
		"replaced by a stranger":   {old: []*event.Event{tombstone(other)}, new: begun(), doubt: "may not write that"},
		"in the clear":             {old: []*event.Event{secret, tombstone(boss)}, new: begun(), want: commands.Quarters{Bare: true}, doubt: "not encrypted"},
		"encrypted both":           {old: []*event.Event{secret, tombstone(boss)}, new: begun(secret)},
		"open":                     {old: []*event.Event{tombstone(boss)}, new: begun(state("m.room.join_rules", "", boss, map[string]any{"join_rule": "public"})), want: commands.Quarters{Open: true}, doubt: "Anybody can come"},
		"others":                   {old: []*event.Event{tombstone(boss)}, new: begun(in(other, "join"), in("@gone:x", "leave"), in("@asked:x", "invite"), in("@odd:x", []any{"join"})), want: commands.Quarters{Team: []id.UserID{boss, other}}},
		"where we may not write":   {old: []*event.Event{tombstone(boss)}, new: begun(state("m.room.power_levels", "", boss, map[string]any{"events_default": 50})), want: commands.Quarters{Mute: true}},
		"replaced itself":          {old: []*event.Event{tombstone(boss)}, new: begun(state("m.room.tombstone", "", boss, map[string]any{"replacement_room": "!other:x"})), want: commands.Quarters{Over: true, Next: "!other:x"}},
		"replaced, it says not by": {old: []*event.Event{tombstone(boss)}, new: begun(state("m.room.tombstone", "", boss, map[string]any{"body": []any{}, "replacement_room": 1})), want: commands.Quarters{Over: true}},
		"of what is no state":      {old: []*event.Event{tombstone(boss)}, new: append(begun(), &event.Event{ID: "$x", Sender: boss, Type: event.EventMessage})},
		"of levels that are wrong": {old: []*event.Event{tombstone(boss)}, new: begun(state("m.room.power_levels", "", boss, []any{1}), state("m.room.name", "", boss, map[string]any{"name": []any{}}))},
	} {
		old := rooms.New(was)
		for _, evt := range append([]*event.Event{state("m.room.create", "", boss, map[string]any{"room_version": "11"}), state("m.room.power_levels", "", boss, map[string]any{"users": map[string]any{string(boss): 100}})}, tt.old...) {
			old.Apply(evt, time.Now())
		}
		joined := 0
		d := desk.Quarters{
			Lists: desk.Lists{Names: wet{}, Reader: readerOf(tt.new), Join: func(context.Context, id.RoomID, []string) error { joined++; return nil }, Explain: explain},
			Self:  self, See: func(look func(*rooms.Room)) { look(old) },
		}
		q, err := d.Quarters(t.Context(), next)
		if tt.want.Team == nil {
			tt.want.Team = []id.UserID{boss}
		}
		if err != nil || joined != 1 || q.Here || q.Open != tt.want.Open || q.Bare != tt.want.Bare || q.Mute != tt.want.Mute || q.Over != tt.want.Over || q.Next != tt.want.Next || !slices.Equal(q.Team, tt.want.Team) ||
			(q.Doubt == "") != (tt.doubt == "") || !strings.Contains(q.Doubt, tt.doubt) {
			t.Errorf("%s: %+v, %v", name, q, err)
		}
		if q, err := d.Quarters(t.Context(), was); err != nil || !q.Here || joined != 1 {
			t.Errorf("%s: here: %+v, %v", name, q, err)
		}
		d.Reader = readerOf(nil)
		if _, err := d.Quarters(t.Context(), next); err == nil {
			t.Errorf("%s: what cannot be read is read", name)
		}
	}
}
