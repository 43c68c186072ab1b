package community_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community"
	"forseti/internal/pgtest"
	"forseti/matrix"
	"forseti/store"
)

// gate lets rooms through that are loaded, so many of them.
type gate struct {
	first   sync.Once
	mu      sync.Mutex
	begun   chan struct{} // closed with the first that comes
	left    int
	more    chan struct{} // closed when more may come
	came    []id.RoomID
	waiting func() int // how many batches wait for rooms
}

func (g *gate) through(ctx context.Context, room id.RoomID) {
	g.first.Do(func() { close(g.begun) })
	g.mu.Lock()
	for g.left == 0 {
		more := g.more
		g.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return
		}
		g.mu.Lock()
	}
	g.left--
	g.came = append(g.came, room)
	g.mu.Unlock()
}

// let lets some more through, once a batch waits for rooms.
func (g *gate) let(t *testing.T, n int) {
	t.Helper()
	<-g.begun
	for deadline := time.Now().Add(10 * time.Second); g.waiting() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no batch waits for rooms")
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left += n
	close(g.more)
	g.more = make(chan struct{})
}

func (g *gate) there() []id.RoomID {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(slices.Values(g.came))
}

// A restart looks after each room as soon as what is stored of it is there, first after those
// of which sync has news; and nothing follows from it that others are not there yet: a list
// that changes meanwhile is weighed when all are.
func TestRestartRoomByRoom(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "again.db") },
		"postgres": func() string { return pgtest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) { restartRoomByRoom(t, url()) })
	}
}

func restartRoomByRoom(t *testing.T, url string) {
	const rooms, bad, late, list = 12, "@bad:far.example", "@late:far.example", id.RoomID("!list")
	p := manyRooms(t, rooms)
	p.state[list] = append(p.state[list],
		stateOf(list, "m.policy.rule.user", "2", "@mod:here", "$late", map[string]any{"entity": late, "recommendation": "m.ban", "reason": "spam"}),
		stateOf(list, "m.policy.rule.server", "3", "@mod:here", "$server", map[string]any{"entity": "evil.example", "recommendation": "m.ban", "reason": "spam"}))
	banned := map[id.RoomID]int{}
	p.live(t, url, func(*store.Store) {
		p.answers(rooms + 2)
		acls := 0
		p.waitFor(t, "bans and server ACLs", func(a action.Action) bool {
			switch a.Verb {
			case action.Ban:
				banned[a.Room]++
			case action.SetACL:
				acls++
			}
			return len(banned) == rooms && acls == rooms
		})
		p.mu.Lock()
		echoes := p.bans
		p.bans = nil
		p.mu.Unlock()
		for _, in := range [][]matrix.RoomBatch{echoes, nil, nil} { // who takes the last has stored the first
			p.news <- &matrix.Batch{Since: "0", Next: "0", Arrived: time.Now(), Rooms: in}
		}
	})

	joins := func(room id.RoomID) matrix.RoomBatch {
		joins := []*event.Event{stateOf(room, "m.room.member", late, late, "$joins"+string(room), map[string]any{"membership": "join"})}
		return matrix.RoomBatch{Room: room, Membership: event.MembershipJoin, State: joins, Timeline: joins}
	}
	g := &gate{begun: make(chan struct{}), more: make(chan struct{})}
	p.bans = []matrix.RoomBatch{joins("!a07")}
	p.before = func(c *community.Community) { g.waiting = c.RoomByRoom(g.through) }
	p.live(t, url, func(*store.Store) {
		caught := func(room id.RoomID) {
			t.Helper()
			// The one that was begun with, and that of the news.
			g.let(t, 2)
			p.waitFor(t, "ban in "+string(room), func(a action.Action) bool {
				if !a.Verb.Speech() && (a.Verb != action.Ban || a.User != late || a.Room != room) {
					t.Errorf("%s of %s in %s", a.Verb, a.User, a.Room)
				}
				return a.Verb == action.Ban
			})
			if there := g.there(); !slices.Contains(there, room) || len(there) > 4 {
				t.Errorf("%v are there", there)
			}
		}
		caught("!a07")
		p.news <- &matrix.Batch{Since: "0", Next: "0", Arrived: time.Now(), Rooms: []matrix.RoomBatch{joins("!a09")}}
		caught("!a09")

		// The rule goes: whom it banned is free again, in all rooms.
		gone := []*event.Event{stateOf(list, "m.policy.rule.user", "1", "@mod:here", "$gone", map[string]any{})}
		p.news <- &matrix.Batch{Since: "0", Next: "0", Arrived: time.Now(), Rooms: []matrix.RoomBatch{{Room: list, Membership: event.MembershipJoin, State: gone, Timeline: gone}}}
		g.let(t, rooms)
		freed := map[id.RoomID]bool{}
		for len(freed) < rooms {
			p.waitFor(t, "unbans", func(a action.Action) bool {
				switch {
				case a.Verb == action.Unban && a.User == bad:
					freed[a.Room] = true
				case !a.Verb.Speech():
					t.Errorf("%s of %s in %s", a.Verb, a.User, a.Room)
				}
				return a.Verb == action.Unban
			})
		}
		if there := g.there(); len(there) != rooms {
			t.Errorf("loaded: %v", there)
		}
	})
}
