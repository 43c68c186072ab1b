package community_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community"
	"forseti/enforce"
	"forseti/internal/pgtest"
	"forseti/matrix"
	"forseti/store"
)

// patient answers for so many rooms, and no more until it is let go on.
type patient struct {
	*teller
	news chan *matrix.Batch

	// atOnce are rooms for which it answers always. Who is asked for first need not be
	// answered first, so what all the others wait for is not to be among those that are
	// counted.
	atOnce map[id.RoomID]bool

	mu    sync.Mutex
	left  int
	more  chan struct{} // closed when more may be answered
	asked map[id.RoomID]int
	since []string
	bans  []matrix.RoomBatch // their echoes, which come after a restart

	before func(*community.Community) // what is done with each before it runs, if anything
}

func (p *patient) Act(ctx context.Context, a action.Action) (action.Result, error) {
	r, err := p.teller.Act(ctx, a)
	if a.Verb == action.Ban {
		echo := []*event.Event{stateOf(a.Room, "m.room.member", string(a.User), "@bot:here", string(r.Event), map[string]any{"membership": "ban"})}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bans = append(p.bans, matrix.RoomBatch{Room: a.Room, Membership: event.MembershipJoin, State: echo, Timeline: echo})
	}
	return r, err
}

// answers lets n be answered from now on, and counts anew who is asked for: what is to be
// counted from the first on begins after it.
func (p *patient) answers(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = n
	if p.more != nil {
		close(p.more)
	}
	p.more, p.asked = make(chan struct{}), map[id.RoomID]int{}
}

func (p *patient) State(ctx context.Context, room id.RoomID) ([]*event.Event, error) {
	p.mu.Lock()
	p.asked[room]++
	for p.left == 0 && !p.atOnce[room] {
		more := p.more
		p.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		p.mu.Lock()
	}
	if !p.atOnce[room] {
		p.left--
	}
	p.mu.Unlock()
	return p.teller.State(ctx, room)
}

// Run gives the first batch to who begins, and then the news.
func (p *patient) Run(ctx context.Context, since string, h matrix.Handler) error {
	p.mu.Lock()
	p.since = append(p.since, since)
	b := p.first
	if since != "" {
		b = &matrix.Batch{Since: since, Next: since, Arrived: time.Now(), Rooms: p.bans}
	}
	p.mu.Unlock()
	for {
		if _, err := h(ctx, b); err != nil {
			return err
		}
		select {
		case b = <-p.news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// manyRooms are rooms, and a list that bans one who is in every room.
func manyRooms(t *testing.T, rooms int) *patient {
	t.Helper()
	const bot, mod, bad, list, management = "@bot:here", "@mod:here", "@bad:far.example", "!list", "!management"
	p := &patient{teller: &teller{stream: &stream{state: map[id.RoomID][]*event.Event{}}, done: make(chan action.Action, 1000)}, news: make(chan *matrix.Batch)}
	p.answers(0)
	p.first = &matrix.Batch{Initial: true, Next: "0", Arrived: time.Now()}
	add := func(room id.RoomID, more ...*event.Event) {
		state := append([]*event.Event{
			stateOf(room, "m.room.create", "", mod, "$create"+string(room), map[string]any{"room_version": "10"}),
			stateOf(room, "m.room.power_levels", "", mod, "$power"+string(room), map[string]any{"users": map[string]any{bot: 100.0}}),
			stateOf(room, "m.room.member", bot, bot, "$bot"+string(room), map[string]any{"membership": "join"}),
			stateOf(room, "m.room.member", mod, mod, "$mod"+string(room), map[string]any{"membership": "join"}),
		}, more...)
		p.state[room] = state
		p.first.Rooms = append(p.first.Rooms, matrix.RoomBatch{Room: room, Membership: event.MembershipJoin})
	}
	var protected []id.RoomID
	for i := range rooms {
		room := id.RoomID(fmt.Sprintf("!a%02d", i)) // before the list in every order of names
		protected = append(protected, room)
		add(room, stateOf(room, "m.room.member", bad, bad, "$bad"+string(room), map[string]any{"membership": "join"}))
	}
	add(list, stateOf(list, "m.policy.rule.user", "1", mod, "$rule", map[string]any{"entity": bad, "recommendation": "m.ban", "reason": "spam"}))
	add(management)
	for kind, content := range map[string]any{
		"org.matrix.mjolnir.protected_rooms": map[string]any{"rooms": protected},
		"org.matrix.mjolnir.watched_lists":   map[string]any{"references": []string{id.RoomID(list).URI().MatrixToURL()}},
	} {
		raw, err := json.Marshal(content)
		must(t, err)
		evt := stateOf("", kind, "", bot, "", nil)
		evt.StateKey, evt.Content.VeryRaw = nil, raw
		must(t, json.Unmarshal(raw, &evt.Content.Raw))
		p.first.AccountData = append(p.first.AccountData, evt)
	}
	return p
}

// The first start takes rooms in one by one, the moderators' room and the lists first. A
// room is moderated as soon as it is there, whatever is still to be read; and a restart in
// the middle reads what was not, and nothing else.
func TestFirstStartRoomByRoom(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "first.db") },
		"postgres": func() string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) { firstStart(t, url()) })
	}
}

// live runs a bot until then is done, as if it crashed right after.
func (p *patient) live(t *testing.T, url string, then func(kept *store.Store)) {
	t.Helper()
	db, err := store.Open(t.Context(), url, zerolog.Nop())
	must(t, err)
	defer db.Close()
	kept, err := db.Community(t.Context(), "!management")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	c := community.New(community.Options{
		Self: "@bot:here", ManagementRoom: "!management", Store: kept, Homeserver: p,
		Settings: enforce.Settings{Limits: enforce.Limits{Members: 1000, Percent: 100}}, FullLook: "@hourly", Log: zerolog.Nop(),
	})
	if p.before != nil {
		p.before(c)
	}
	go func() { ended <- c.Run(ctx) }()
	then(kept)
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("it ended: %v", err)
	}
}

// command has a moderator write something.
func (p *patient) command(words string) {
	raw, err := json.Marshal(map[string]any{"msgtype": "m.text", "body": words})
	if err != nil {
		panic(err)
	}
	said := &event.Event{
		ID: id.EventID("$" + words), RoomID: "!management", Sender: "@mod:here", Type: event.EventMessage, Timestamp: time.Now().UnixMilli(),
		Content: event.Content{VeryRaw: raw, Raw: map[string]any{"msgtype": "m.text", "body": words}},
	}
	p.news <- &matrix.Batch{Since: "0", Next: "0", Arrived: time.Now(), Rooms: []matrix.RoomBatch{{Room: "!management", Membership: event.MembershipJoin, Timeline: []*event.Event{said}}}}
}

// bansIn waits for bans in so many rooms, and counts them.
func (p *patient) bansIn(t *testing.T, n int, banned map[id.RoomID]int) {
	t.Helper()
	for len(banned) < n {
		p.waitFor(t, fmt.Sprintf("ban in %d rooms", n), func(a action.Action) bool {
			if a.Verb == action.Ban {
				banned[a.Room]++
			}
			return a.Verb == action.Ban
		})
	}
}

func firstStart(t *testing.T, url string) {
	const rooms, first = 30, 11
	p := manyRooms(t, rooms)
	live := func(then func(kept *store.Store)) { p.live(t, url, then) }
	banned := map[id.RoomID]int{}
	bans := func(n int) { p.bansIn(t, n, banned) }
	stored := map[id.RoomID]bool{}
	p.atOnce = map[id.RoomID]bool{"!management": true, "!list": true}
	p.answers(first)
	live(func(kept *store.Store) {
		bans(first)
		deadline := time.Now().Add(10 * time.Second)
		for len(stored) < first && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
			all, err := kept.State.Rooms(t.Context())
			must(t, err)
			for _, room := range all {
				if p.state[room] != nil && banned[room] > 0 {
					stored[room] = true
				}
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.asked["!management"] != 1 || p.asked["!list"] != 1 || len(stored) != first {
			t.Errorf("asked for %v, stored %v", p.asked, stored)
		}
	})
	p.answers(rooms)
	live(func(*store.Store) {
		bans(rooms)
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := range rooms {
			room := id.RoomID(fmt.Sprintf("!a%02d", i))
			want := 1
			if stored[room] {
				want = 0
			}
			if p.asked[room] != want || banned[room] != 1 {
				t.Errorf("%s: asked for %d times after the restart, want %d; %d bans", room, p.asked[room], want, banned[room])
			}
		}
		if p.asked["!management"] != 0 || p.asked["!list"] != 0 || len(p.since) != 2 || p.since[1] != "0" {
			t.Errorf("asked for %v, since %q", p.asked, p.since)
		}
	})
}

// answers reports whether an action is the answer to a command, with a quote or without.
func answers(a action.Action, command id.EventID) bool {
	return a.Message != nil && (a.Message.ReplyTo == command || a.Message.Fields["forseti.answers"] == command)
}

// Until the moderators' room is known nobody is a moderator: the first answer of sync waits
// for it, and no command that comes after is lost.
func TestFirstStartKnowsModerators(t *testing.T) {
	t.Parallel()
	p := manyRooms(t, 3)
	p.live(t, "sqlite:"+filepath.Join(t.TempDir(), "first.db"), func(*store.Store) {
		go func() {
			time.Sleep(50 * time.Millisecond)
			p.answers(100)
		}()
		p.command("!forseti status")
		p.waitFor(t, "answer", func(a action.Action) bool { return answers(a, "$!forseti status") })
	})
}

// A restart in the middle of a full look loses nothing that was known: a room is as it was
// read last, or as it is read now, and nobody is banned once more or freed.
func TestRestartInTheMiddleOfAFullLook(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "look.db") },
		"postgres": func() string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) { lookInTheMiddle(t, url()) })
	}
}

func lookInTheMiddle(t *testing.T, url string) {
	const rooms, answered = 20, 7
	p, banned := manyRooms(t, rooms), map[id.RoomID]int{}
	known := func(kept *store.Store) map[string]bool {
		all := map[string]bool{}
		for room := range p.state {
			for row, err := range kept.State.Of(t.Context(), room) {
				must(t, err)
				all[fmt.Sprint(room, " ", row.Type, " ", row.Key)] = true
			}
		}
		return all
	}
	want := 4*(rooms+2) + rooms // as manyRooms makes them; who reads a list does not matter
	complete := func(kept *store.Store) {
		t.Helper()
		deadline := time.Now().Add(10 * time.Second)
		for len(known(kept)) < want && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
		if n := len(known(kept)); n != want {
			t.Fatalf("%d pieces of state are stored, want %d", n, want)
		}
	}
	p.live(t, url, func(kept *store.Store) {
		p.answers(rooms + 2)
		p.bansIn(t, rooms, banned)
		complete(kept)
		for room := range p.state { // as the homeserver has it by now
			for i, evt := range p.state[room] {
				if *evt.StateKey == "@bad:far.example" && evt.Type.Type == "m.room.member" {
					p.state[room][i] = stateOf(room, "m.room.member", "@bad:far.example", "@bot:here", "$done"+string(room), map[string]any{"membership": "ban"})
				}
			}
		}
		p.answers(answered)
		p.command("!forseti sync")
		deadline := time.Now().Add(10 * time.Second)
		for n := 0; n < answered+1 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			p.mu.Lock()
			n = len(p.asked)
			p.mu.Unlock()
		}
	})
	p.live(t, url, func(kept *store.Store) {
		complete(kept)
		p.answers(1000)
		p.command("!forseti status")
		for _, a := range p.waitFor(t, "answer", func(a action.Action) bool { return answers(a, "$!forseti status") }) {
			if a.Verb == action.Ban || a.Verb == action.Unban {
				t.Errorf("%s in %s", a.Verb, a.Room)
			}
		}
		complete(kept)
	})
}
