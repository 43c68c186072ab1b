package community

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/enforce"
	"forseti/store"
)

// loadWhole loads all there is, without an owner.
func (c *Community) loadWhole(ctx context.Context) (since string, err error) {
	if since, err = c.load(ctx); err == nil {
		err = c.progress.loading.run(ctx, func(_ context.Context, f func()) error {
			f()
			return nil
		})
	}
	return since, err
}

// crowded is a database with rooms that have members, as a first start leaves it.
func crowded(b testing.TB, rooms, members int) *store.Store {
	b.Helper()
	kept := openStore(b)
	var protected []string
	for i := range rooms {
		room := id.RoomID(fmt.Sprintf("!roomwithausuallongid%d:synthetic.example", i))
		protected = append(protected, string(room))
		rows := []store.StateRow{
			stateRow(stateEvent(room, "m.room.create", "", benchSelf, "$create", json.RawMessage(`{"room_version":"11"}`))),
			stateRow(stateEvent(room, "m.room.member", string(benchSelf), benchSelf, "$us", json.RawMessage(`{"membership":"join"}`))),
		}
		for n := range members {
			u := id.UserID(fmt.Sprintf("@user%d:server%d.example", (i*members+n)%(rooms*members/5), n%7))
			evt := stateEvent(room, "m.room.member", string(u), u, id.EventID(fmt.Sprintf("$%043d", i*members+n)), json.RawMessage(fmt.Sprintf(
				`{"membership":"join","displayname":"user%d","avatar_url":"mxc://synthetic.example/%024d"}`, n, n)))
			evt.Timestamp = 1_700_000_000_000
			rows = append(rows, stateRow(evt))
		}
		if err := kept.Commit(b.Context(), store.Commit{State: rows}); err != nil {
			b.Fatal(err)
		}
	}
	content, err := json.Marshal(map[string]any{"rooms": protected})
	if err != nil {
		b.Fatal(err)
	}
	row := stateRow(stateEvent("", typeProtectedRooms, "", benchSelf, "", content))
	if err := kept.Commit(b.Context(), store.Commit{State: []store.StateRow{row}, NextBatch: "0"}); err != nil {
		b.Fatal(err)
	}
	return kept
}

// BenchmarkLoad is what a membership costs at a start that goes on from what is stored,
// beside plainly reading its row and json.Unmarshal of what is needed; and how many bytes
// of disk and of memory.
func BenchmarkLoad(b *testing.B) {
	const rooms, members = 100, 1000
	kept := crowded(b, rooms, members)
	var size int64
	if err := kept.Account().DB().QueryRow(b.Context(), "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&size); err != nil {
		b.Fatal(err)
	}
	o := Options{Store: kept, Self: benchSelf, ManagementRoom: "!management:hs", FullLook: "@hourly", Log: zerolog.Nop(), Settings: enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}}}
	var loading, plain time.Duration
	var heap, before runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := New(o)
		began := time.Now()
		if _, err := c.loadWhole(b.Context()); err != nil {
			b.Fatal(err)
		}
		loading += time.Since(began)
		runtime.GC()
		runtime.ReadMemStats(&heap)
		if n := len(c.world.Rooms()); n != rooms {
			b.Fatalf("%d rooms", n)
		}
		runtime.KeepAlive(c)
		began = time.Now()
		plainly(b, kept)
		plain += time.Since(began)
	}
	all := float64(rooms * members)
	b.ReportMetric(float64(loading.Nanoseconds())/float64(b.N)/all, "ns/member")
	b.ReportMetric(float64(loading)/float64(plain), "×plain")
	b.ReportMetric(float64(size)/all, "disk-B/member")
	b.ReportMetric(float64(heap.HeapAlloc-before.HeapAlloc)/all, "heap-B/member")
}

// plainly reads what is stored with the standard library.
func plainly(b *testing.B, kept *store.Store) {
	b.Helper()
	rows, err := kept.Account().DB().RawDB.QueryContext(b.Context(), "SELECT state_key, event FROM room_state ORDER BY room, type, state_key")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, raw []byte
		if err := rows.Scan(&key, &raw); err != nil {
			b.Fatal(err)
		}
		var stored struct {
			Sender    id.UserID  `json:"sender"`
			ID        id.EventID `json:"event_id"`
			Timestamp int64      `json:"origin_server_ts"`
			Content   struct {
				Membership  event.Membership `json:"membership"`
				DisplayName string           `json:"displayname"`
				Reason      string           `json:"reason"`
			} `json:"content"`
		}
		if err := json.Unmarshal(raw, &stored); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}
