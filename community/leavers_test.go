package community

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// What is stored of those who passed through a room goes with them, one by one and at a
// full look.
func TestStoredLeaversGo(t *testing.T) {
	const room = id.RoomID("!room:x")
	now := time.Now()
	c := badly(t, func(*Community) {})
	stored := map[string]bool{} // of members, as the database has them
	take := func(commit store.Commit) {
		for range commit.Forget {
			clear(stored)
		}
		for _, row := range commit.State {
			if row.Type != event.StateMember.Type {
				continue
			}
			if stored[row.Key] = row.Event != nil; row.Event == nil {
				delete(stored, row.Key)
			}
		}
	}
	member := func(u id.UserID, membership string, at time.Time) *event.Event {
		evt := stateEvent(room, event.StateMember.Type, string(u), u, id.EventID("$"+string(u)+membership), json.RawMessage(`{"membership":"`+membership+`"}`))
		evt.Timestamp = at.UnixMilli()
		return evt
	}
	const users = 12_000
	err := c.loop.Do(t.Context(), func() {
		c.places.protecting.setProtected([]id.RoomID{room})
		viewAtOnce(c.intake, room, []*event.Event{member(c.world.Self(), "join", now)}, now)
		r, _ := c.places.roles(room)
		for i := range users {
			u := id.UserID(fmt.Sprintf("@%d:flood.example", i))
			var out store.Commit
			c.intake.takeState(member(u, "join", now), now, r, &out)
			c.intake.takeState(member(u, "leave", now), now.Add(time.Duration(i)), r, &out)
			take(out)
		}
		if known := c.world.Room(room).Len(); known != len(stored)+1 || known >= users {
			t.Errorf("%d are stored, the room knows %d", len(stored), known)
		}
		c.commits.Take(store.Commit{})
		old := now.Add(-48 * time.Hour)
		c.surveying.looked(room, []*event.Event{member(c.world.Self(), "join", old), member("@old:x", "leave", old), member("@there:x", "join", old)}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	until(t, c, "the room is taken in", func() bool { return len(c.intake.looks) == 1 })
	err = c.loop.Do(t.Context(), func() {
		for c.intake.lookOne(now) {
		}
		take(c.commits.Take(store.Commit{}))
		if len(stored) != 2 || stored["@old:x"] {
			t.Errorf("after a look %v are stored", stored)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
