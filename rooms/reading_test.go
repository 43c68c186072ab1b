package rooms

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A room that is read a part at a time comes out as one that is read at once, and as one
// that heard of what happened meanwhile after that.
func TestReadingInParts(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	some := func(random *rand.Rand, n int) (state []*event.Event) {
		for range n {
			kind, key, content := typeMember, fmt.Sprintf("@%d:x", random.IntN(12)), `{"membership":"`+[]string{"join", "leave", "ban", "invite"}[random.IntN(4)]+`"}`
			if random.IntN(4) == 0 {
				kind, key, content = tracked()[random.IntN(8)], "", fmt.Sprintf(`{"n":%d}`, random.IntN(3))
			}
			evt := &event.Event{RoomID: "!a:x", Sender: "@s:x", StateKey: &key, Type: event.Type{Type: kind, Class: event.StateEventType}, ID: id.EventID(fmt.Sprintf("$%d", random.Uint64())), Timestamp: now.UnixMilli() - random.Int64N(1000)}
			evt.Content.VeryRaw = []byte(content)
			if err := evt.Content.UnmarshalJSON([]byte(content)); err != nil {
				t.Fatal(err)
			}
			state = append(state, evt)
		}
		return state
	}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 3))
		before, state, news := some(random, random.IntN(20)), some(random, random.IntN(30)), some(random, random.IntN(6))
		at, parts := New("!a:x"), New("!a:x")
		for _, r := range []*Room{at, parts} {
			if seed%2 == 0 {
				r.Replace(before, now)
			}
		}
		var changes []Change
		g := NewReading(state)
		heard := map[string]bool{}
		told := func(kind, key string) bool { return heard[kind+" "+key] }
		for n, more := 0, true; more; n++ {
			var some []Change
			some, more = parts.Read(g, 1+random.IntN(4), now, told)
			changes = append(changes, some...)
			if len(news) > 0 && random.IntN(2) == 0 { // sync goes on
				heard[news[0].Type.Type+" "+*news[0].StateKey] = true
				parts.Apply(news[0], now)
				at.Apply(news[0], now)
				news = news[1:]
			}
			if n > 100 {
				t.Fatal("it does not end")
			}
		}
		if len(heard) == 0 {
			if want := at.Replace(state, now); !reflect.DeepEqual(changes, want) {
				t.Fatalf("seed %d: in parts %+v changed, and %+v at once", seed, changes, want)
			}
		} else {
			// What was heard of stays; all else is as the look says.
			whole := New("!a:x")
			whole.Replace(state, now)
			for _, u := range []string{"@0:x", "@1:x", "@2:x", "@3:x", "@4:x", "@5:x"} {
				got, known := parts.Member(id.UserID(u))
				from := whole
				if told(typeMember, u) {
					from = at
				}
				if m, is := from.Member(id.UserID(u)); known != is || m.Membership != got.Membership {
					t.Fatalf("seed %d: %s is %q, want %q", seed, u, got.Membership, m.Membership)
				}
			}
			continue
		}
		if !reflect.DeepEqual(at.members, parts.members) || !reflect.DeepEqual(at.counts, parts.counts) || !reflect.DeepEqual(at.state, parts.state) {
			t.Fatalf("seed %d: in parts it is another room", seed)
		}
	}
}
