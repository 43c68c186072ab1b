package desk_test

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/policy"
)

// Only if both rooms name each other, and who says so may, one stands for the other.
func TestSuccessor(t *testing.T) {
	const boss, stranger, next = id.UserID("@boss:big.example"), id.UserID("@stranger:evil.example"), id.RoomID("!next:big.example")
	replaced := func(by id.UserID, with any) *event.Event {
		return state("m.room.tombstone", "", by, map[string]any{"body": "moved", "replacement_room": with})
	}
	made := func(predecessor any) []*event.Event {
		return []*event.Event{
			state("m.room.create", "", boss, map[string]any{"room_version": "11", "predecessor": predecessor}),
			state("m.room.name", "", boss, map[string]any{"name": "Next"}),
		}
	}
	for name, tt := range map[string]struct {
		tombstone *event.Event
		state     []*event.Event
		fails     string
		doubt     string
	}{
		"both":                 {tombstone: replaced(boss, next), state: made(map[string]any{"room_id": lobby})},
		"nothing":              {fails: "was not replaced"},
		"nothing said":         {tombstone: replaced(boss, 7), doubt: "does not say by which"},
		"by itself":            {tombstone: replaced(boss, lobby), doubt: "does not say by which"},
		"by who may not":       {tombstone: replaced(stranger, next), state: made(map[string]any{"room_id": lobby}), doubt: "may not write that"},
		"another predecessor":  {tombstone: replaced(boss, next), state: made(map[string]any{"room_id": dev}), doubt: "takes its place"},
		"no predecessor":       {tombstone: replaced(boss, next), state: made(nil), doubt: "takes its place"},
		"an odd predecessor":   {tombstone: replaced(boss, next), state: made([]any{lobby}), doubt: "takes its place"},
		"no beginning":         {tombstone: replaced(boss, next), state: made(nil)[1:], doubt: "who made it"},
		"cannot be read there": {tombstone: replaced(boss, next), fails: "cannot read that room"},
	} {
		p := newPlace()
		p.Apply(lobby, state("m.room.power_levels", "", boss, map[string]any{"users": map[string]any{string(boss): 100, string(self): 100}}), time.Now())
		if tt.tombstone != nil {
			p.Apply(lobby, tt.tombstone, time.Now())
		}
		if tt.state != nil {
			p.states[next] = tt.state
		}
		got, err := p.lists().Successor(t.Context(), lobby, commands.List{})
		switch {
		case tt.fails != "":
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil, (tt.doubt == "") != (got.Doubt == ""), !strings.Contains(got.Doubt, tt.doubt):
			t.Errorf("%s: %+v, %v", name, got, err)
		case tt.doubt == "" && (got.ID != next || got.Name != "Next" || got.By != boss || got.Maker != boss || got.IsList):
			t.Errorf("%s: %+v", name, got)
		}
		if unbelieved := tt.tombstone == nil || tt.doubt == "may not write that"; unbelieved && len(p.joined) > 0 {
			t.Errorf("%s: joined %v", name, p.joined)
		}
	}
}

// Of a list it is said what it would do to follow one in place of the other.
func TestSuccessorOfAList(t *testing.T) {
	const boss, next = id.UserID("@boss:big.example"), id.RoomID("!next:big.example")
	p := newPlace()
	_, slots, _ := p.ReplaceRules(coc, []*event.Event{rule(policy.User, "@nobody:evil.example")})
	p.Follow(slots...)
	p.states[next] = []*event.Event{
		state("m.room.create", "", boss, map[string]any{"room_version": "11", "type": "m.policy", "predecessor": map[string]any{"room_id": coc}}),
		rule(policy.User, "@spam*:*"),
	}
	d := p.lists()
	d.Stands = func(id.RoomID) commands.ListAbout {
		return commands.ListAbout{Replaced: true, Next: next, By: boss, Rightly: true}
	}
	got, err := d.Successor(t.Context(), coc, commands.List{ID: coc})
	if err != nil || got.Doubt != "" || !got.IsList || got.Rules != 1 || got.Effect.Hit != 1 || p.shown[next] != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := d.Successor(t.Context(), coc, commands.List{ID: coc, How: commands.HowWatched{NoBans: true}}); err != nil || got.Effect.Hit != 0 {
		t.Errorf("watched without bans: %+v, %v", got, err)
	}
	if p.Rules.Len() != 1 {
		t.Errorf("a look left %d rules", p.Rules.Len())
	}
}
