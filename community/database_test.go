package community_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
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

// teller is a stream that tells what is done.
type teller struct {
	*stream
	done chan action.Action
	n    atomic.Int64
}

func (t *teller) Act(_ context.Context, a action.Action) (action.Result, error) {
	t.done <- a
	return action.Result{Event: id.EventID(fmt.Sprint("$done", t.n.Add(1)))}, nil
}

// waitFor returns what was done until something is.
func (t *teller) waitFor(tb testing.TB, what string, is func(action.Action) bool) (before []action.Action) {
	tb.Helper()
	var said []string
	deadline := time.After(20 * time.Second)
	for {
		select {
		case a := <-t.done:
			if is(a) {
				return before
			}
			before = append(before, a)
			if a.Message != nil {
				said = append(said, a.Message.Markdown)
			}
		case <-deadline:
			tb.Fatalf("%s: not done; said was %q", what, said)
		}
	}
}

func says(words string) func(action.Action) bool {
	return func(a action.Action) bool { return a.Message != nil && strings.Contains(a.Message.Markdown, words) }
}

// A database that cannot be written to is waited for: the bot stays, says so once, and
// goes on with the batch that it could not store as soon as there is space.
func TestFullDatabase(t *testing.T) {
	t.Parallel()
	const bot, mod, bad, list, management, room = "@bot:here", "@mod:here", "@bad:far.example", "!list", "!management", "!room"
	first := &matrix.Batch{Initial: true, Next: "0", Arrived: time.Now()}
	for _, r := range []id.RoomID{list, management, room} {
		state := []*event.Event{
			stateOf(r, "m.room.create", "", mod, "$create"+string(r), map[string]any{"room_version": "10"}),
			stateOf(r, "m.room.power_levels", "", mod, "$power"+string(r), map[string]any{"users": map[string]any{bot: 100.0}}),
		}
		members := []id.UserID{bot, mod}
		if r == room {
			members = append(members, bad)
		}
		for _, user := range members {
			state = append(state, stateOf(r, "m.room.member", string(user), user, fmt.Sprint("$", user, r), map[string]any{"membership": "join"}))
		}
		first.Rooms = append(first.Rooms, matrix.RoomBatch{Room: r, Membership: event.MembershipJoin, State: state})
	}
	for kind, content := range map[string]map[string]any{
		"org.matrix.mjolnir.protected_rooms": {"rooms": []string{room}},
		"org.matrix.mjolnir.watched_lists":   {"references": []string{id.RoomID(list).URI().MatrixToURL()}},
	} {
		evt := stateOf("", kind, "", bot, "", content)
		evt.StateKey = nil
		raw, err := json.Marshal(content)
		must(t, err)
		must(t, json.Unmarshal(raw, &evt.Content.Raw))
		first.AccountData = append(first.AccountData, evt)
	}
	home := &teller{stream: &stream{state: map[id.RoomID][]*event.Event{}, first: first}, done: make(chan action.Action, 1000)}
	for _, r := range first.Rooms {
		home.state[r.Room] = r.State
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "full.db"), zerolog.Nop())
	must(t, err)
	defer db.Close()
	kept, err := db.Community(t.Context(), management)
	must(t, err)
	space := func(pages string) {
		_, err := db.DB().RawDB.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages)
		must(t, err)
	}
	batches := make(chan *matrix.Batch)
	home.rules = func() (*matrix.Batch, bool) {
		b, ok := <-batches
		return b, ok
	}
	ended := make(chan error, 1)
	go func() {
		ended <- community.New(community.Options{
			Self: bot, ManagementRoom: management, Store: kept, Homeserver: home,
			Settings: enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}}, FullLook: "@hourly", Log: zerolog.Nop(),
		}).Run(t.Context())
	}()
	home.waitFor(t, "hello", says("Hello"))
	space("1") // which SQLite takes for as many as there are
	evt := stateOf(list, "m.policy.rule.user", "1", mod, "$rule", map[string]any{
		"entity": bad, "recommendation": "m.ban", "reason": "spam", "org.example": strings.Repeat("x", 1<<20), // more than any free pages
	})
	batches <- &matrix.Batch{Next: "1", Arrived: time.Now(), Rooms: []matrix.RoomBatch{{
		Room: list, Membership: event.MembershipJoin, State: []*event.Event{evt}, Timeline: []*event.Event{evt},
	}}}
	home.waitFor(t, "say that the disk is full", func(a action.Action) bool {
		return says("I cannot write to my database")(a) && says("Make room there")(a)
	})
	if token, err := kept.NextBatch(t.Context()); err != nil || token != "0" {
		t.Errorf("token %q, %v", token, err)
	}
	space("1000000")
	for _, a := range home.waitFor(t, "say that it goes on", says("I can write to my database again")) {
		if says("I cannot write to my database")(a) {
			t.Error("it was said twice that nothing can be written")
		}
	}
	close(batches)
	if err := <-ended; err != nil {
		t.Errorf("it ended: %v", err)
	}
	if token, err := kept.NextBatch(t.Context()); err != nil || token != "1" {
		t.Errorf("token %q, %v", token, err)
	}
	if h, err := kept.Journal.History(t.Context(), bad, 5); err != nil || len(h) == 0 || h[0].Action.Verb != action.Ban {
		t.Errorf("history %+v, %v", h, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
