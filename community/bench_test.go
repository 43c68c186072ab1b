package community_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/store"
)

// stream is a homeserver for scale: rooms full of members, and a list into which
// rules are written one after another, each in a batch of its own.
type stream struct {
	state map[id.RoomID][]*event.Event
	first *matrix.Batch
	rules func() (*matrix.Batch, bool)
}

func (s *stream) Act(context.Context, action.Action) (action.Result, error) {
	return action.Result{Event: "$done"}, nil
}

func (s *stream) State(_ context.Context, room id.RoomID) ([]*event.Event, error) {
	return s.state[room], nil
}

func (s *stream) Event(context.Context, id.RoomID, id.EventID) (*event.Event, error) {
	return nil, &action.Failure{Kind: action.Gone}
}

func (s *stream) Content(context.Context, id.RoomID, string) (json.RawMessage, error) {
	return nil, nil
}
func (s *stream) JoinedRooms(context.Context) ([]id.RoomID, error)             { return nil, nil }
func (s *stream) AccountData(context.Context, string) (json.RawMessage, error) { return nil, nil }
func (s *stream) Space(context.Context, id.RoomID) ([]matrix.SpaceRoom, error) { return nil, nil }
func (s *stream) Listed(context.Context, id.RoomID) (bool, error)              { return false, nil }
func (s *stream) MessagesBack(context.Context, id.RoomID, string, int) ([]*event.Event, string, error) {
	return nil, "", nil
}

func (s *stream) Resolve(context.Context, id.RoomAlias) (id.RoomID, []string, error) {
	return "", nil, &action.Failure{Kind: action.Gone}
}

func (s *stream) Media(context.Context, matrix.Media) ([]byte, error) {
	return nil, errors.New("no files")
}

func (s *stream) Device() id.DeviceID { return "DEVICE" }

func (s *stream) EndsLogins() bool { return false }

func (s *stream) Devices(context.Context) ([]matrix.Device, error) { return nil, nil }

func (s *stream) Run(ctx context.Context, _ string, h matrix.Handler) error {
	if _, err := h(ctx, s.first); err != nil {
		return err
	}
	for b, ok := s.rules(); ok; b, ok = s.rules() {
		if _, err := h(ctx, b); err != nil {
			return err
		}
	}
	return context.Canceled
}

func stateOf(room id.RoomID, kind, key string, sender id.UserID, eventID string, content map[string]any) *event.Event {
	raw, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	return &event.Event{
		ID: id.EventID(eventID), RoomID: room, Sender: sender, StateKey: &key, Timestamp: 1,
		Type: event.Type{Type: kind, Class: event.StateEventType}, Content: event.Content{VeryRaw: raw, Raw: content},
	}
}

// BenchmarkRuleBatches is what one rule costs that comes alone, in 20 rooms of 200
// members each: to take it in, to plan, and to store.
func BenchmarkRuleBatches(b *testing.B) {
	const bot, mod, list, management = "@bot:here", "@mod:here", "!list", "!management"
	var protected []id.RoomID
	var links []string
	first := &matrix.Batch{Initial: true, Next: "0", Arrived: time.Now()}
	add := func(room id.RoomID, members int) {
		state := []*event.Event{
			stateOf(room, "m.room.create", "", mod, "$create"+string(room), map[string]any{"room_version": "10"}),
			stateOf(room, "m.room.power_levels", "", mod, "$power"+string(room), map[string]any{"users": map[string]any{bot: 100.0}}),
			stateOf(room, "m.room.member", bot, bot, "$bot"+string(room), map[string]any{"membership": "join"}),
			stateOf(room, "m.room.member", mod, mod, "$mod"+string(room), map[string]any{"membership": "join"}),
		}
		for n := range members {
			user := fmt.Sprintf("@member%d:server%d.example", n, n%50)
			state = append(state, stateOf(room, "m.room.member", user, id.UserID(user), fmt.Sprint("$", n, room), map[string]any{"membership": "join"}))
		}
		first.Rooms = append(first.Rooms, matrix.RoomBatch{Room: room, Membership: event.MembershipJoin, State: state})
	}
	for n := range 20 {
		room := id.RoomID(fmt.Sprintf("!room%d", n))
		protected = append(protected, room)
		add(room, 200)
	}
	add(list, 0)
	add(management, 0)
	links = append(links, id.RoomID(list).URI().MatrixToURL())
	for kind, content := range map[string]map[string]any{
		"org.matrix.mjolnir.protected_rooms": {"rooms": protected},
		"org.matrix.mjolnir.watched_lists":   {"references": links},
	} {
		evt := stateOf("", kind, "", bot, "", content)
		evt.StateKey = nil
		raw, _ := json.Marshal(content)
		evt.Content.VeryRaw = raw
		_ = json.Unmarshal(raw, &evt.Content.Raw)
		first.AccountData = append(first.AccountData, evt)
	}
	s := &stream{state: map[id.RoomID][]*event.Event{}, first: first}
	for _, room := range first.Rooms {
		s.state[room.Room] = room.State
	}
	n := 0
	s.rules = func() (*matrix.Batch, bool) {
		if !b.Loop() {
			return nil, false
		}
		n++
		kind, entity := "user", fmt.Sprintf("@spam%d:far.example", n)
		if n%4 == 0 {
			kind, entity = "server", fmt.Sprintf("spam%d.example", n)
		}
		evt := stateOf(list, "m.policy.rule."+kind, fmt.Sprint(n), mod, fmt.Sprint("$rule", n), map[string]any{
			"entity": entity, "recommendation": "m.ban", "reason": "spam",
		})
		return &matrix.Batch{Next: fmt.Sprint(n), Arrived: time.Now(), Rooms: []matrix.RoomBatch{{
			Room: list, Membership: event.MembershipJoin, State: []*event.Event{evt}, Timeline: []*event.Event{evt},
		}}}, true
	}
	db, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "bench.db"), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	home, err := db.Community(b.Context(), management)
	if err != nil {
		b.Fatal(err)
	}
	err = community.New(community.Options{
		Self: bot, ManagementRoom: management, Store: home, Homeserver: s,
		Settings: enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}}, FullLook: "@hourly", Log: zerolog.Nop(),
	}).Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
}
