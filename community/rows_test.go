package community

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/rooms"
	"forseti/store"
)

// oldRow is a row as it was stored by version 5 and before.
func oldRow(evt *event.Event) store.StateRow {
	raw, err := json.Marshal(map[string]any{
		"type": evt.Type.Type, "state_key": *evt.StateKey, "sender": evt.Sender, "event_id": evt.ID,
		"origin_server_ts": evt.Timestamp, "content": evt.Content.VeryRaw,
	})
	if err != nil {
		raw = json.RawMessage("{}")
	}
	return store.StateRow{Room: evt.RoomID, Type: evt.Type.Type, Key: *evt.StateKey, Event: raw}
}

// A room that was restored from its rows says what it said when they were stored, whatever
// strangers wrote.
func TestRowsRestoreARoom(t *testing.T) {
	const room = id.RoomID("!room:hs")
	members := rapid.SampledFrom([]string{
		`{"membership":"join","displayname":"A \"<b>\u0000é","avatar_url":"mxc://a/b"}`, `{"membership":"join","displayname":7}`,
		`{"membership":"ban","reason":"spam & more"}`, `{"membership":"leave"}`, `{"membership":"knock","reason":""}`, `{"membership":"invite"}`,
		`{"membership":"odd"}`, `{"membership":null}`, `[]`, `{}`, `{"membership":"join","membership":"ban"}`, ` {"membership" : "join" } `,
	})
	users := rapid.SampledFrom([]string{"@a:hs", "@b\u2028:hs", "@ü:hs", "no user", ""})
	events := rapid.SampledFrom([]string{"$abc", "", "$old:hs", "$é\""})
	rapid.Check(t, func(t *rapid.T) {
		now := time.Now()
		was, is, old := rooms.New(room), rooms.New(room), rooms.New(room)
		state := []*event.Event{stateEvent(room, "m.room.create", "", "@a:hs", "$create", json.RawMessage(`{"room_version":"11"}`))}
		for range rapid.IntRange(0, 8).Draw(t, "members") {
			user := users.Draw(t, "user")
			evt := stateEvent(room, "m.room.member", user, id.UserID(rapid.OneOf(users, rapid.Just(user)).Draw(t, "sender")), id.EventID(events.Draw(t, "event")), json.RawMessage(members.Draw(t, "content")))
			evt.Timestamp = rapid.SampledFrom([]int64{0, -1, 1, 1_700_000_000_000, 1 << 62}).Draw(t, "time")
			if evt.Sender == "" {
				evt.Sender = id.UserID(user) // no homeserver has events of nobody
			}
			state = append(state, evt)
		}
		was.Replace(state, now)
		var own []*event.Event
		latest, before := map[string]store.StateRow{}, map[string]store.StateRow{}
		for _, evt := range state {
			if evt.Type.Type == event.StateMember.Type {
				latest[*evt.StateKey], before[*evt.StateKey] = stateRow(evt), oldRow(evt)
			} else if evt, ok := storedState(stateRow(evt)); ok {
				own = append(own, evt)
			}
		}
		for r, rows := range map[*rooms.Room]map[string]store.StateRow{is: latest, old: before} {
			for _, row := range rows {
				if u, m, ok := restoredMember(row, now); ok {
					r.Restore(u, m)
				}
			}
			r.Restored(own, now)
			if got, want := fmt.Sprint(r.Version(), everyone(r)), fmt.Sprint(was.Version(), everyone(was)); got != want {
				t.Fatalf("restored %s, was %s", got, want)
			}
			for _, m := range []event.Membership{"join", "invite", "knock", "leave", "ban", ""} {
				if r.Count(m) != was.Count(m) {
					t.Fatalf("%d are %q, were %d", r.Count(m), m, was.Count(m))
				}
			}
		}
	})
}

// everyone is what a room says of its members.
func everyone(r *rooms.Room) string {
	all := maps.Collect(r.Members())
	for u, m := range all {
		m.Changed = m.Changed.UTC().Truncate(time.Millisecond)
		all[u] = m
	}
	return fmt.Sprint(all)
}
