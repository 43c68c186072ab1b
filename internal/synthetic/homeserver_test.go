package synthetic

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// A library that knows the protocol finds what was made up, and what happens then.
func TestHomeserver(t *testing.T) {
	h := New(World{Rooms: 3, Members: 10, Users: 20, Servers: 5, UserRules: 4, ServerRules: 12})
	server := httptest.NewServer(h.Handler())
	defer server.Close()
	client, err := mautrix.NewClient(server.URL, Bot, Token)
	if err != nil {
		t.Fatal(err)
	}
	sync := func(since string) *mautrix.RespSync {
		t.Helper()
		answer, err := client.FullSyncRequest(t.Context(), mautrix.ReqSync{Since: since, FilterID: "{}"})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	first := sync("")
	if len(first.Rooms.Join) != 5 || len(first.AccountData.Events) != 2 {
		t.Fatalf("%d rooms, %d of account data", len(first.Rooms.Join), len(first.AccountData.Events))
	}
	members := 0
	for _, evt := range first.Rooms.Join[Room(1)].State.Events {
		if evt.Type == event.StateMember {
			members++
		}
	}
	if rules := len(first.Rooms.Join[List].State.Events); members != 12+Wanderers || rules != 16+5 {
		t.Errorf("%d members, %d events of the list", members, rules)
	}
	if _, err := client.BanUser(t.Context(), Room(1), &mautrix.ReqBanUser{UserID: Wanderer(0)}); err != nil {
		t.Fatal(err)
	}
	h.Say(Room(2), Moderator, 0, "Hello")
	news := sync(first.NextBatch)
	if len(news.Rooms.Join) != 2 || len(news.Rooms.Join[Room(1)].Timeline.Events) != 1 || news.NextBatch != "2" {
		t.Errorf("%d rooms have news, up to %s", len(news.Rooms.Join), news.NextBatch)
	}
	state, err := client.State(t.Context(), Room(1))
	if err != nil {
		t.Fatal(err)
	}
	if m := state[event.StateMember][string(Wanderer(0))]; m == nil || m.Content.AsMember().Membership != event.MembershipBan || m.Sender != Bot {
		t.Errorf("after a ban: %+v", m)
	}
	var whole, lazy []json.RawMessage
	for filter, into := range map[bool]*[]json.RawMessage{false: &whole, true: &lazy} {
		w := httptest.NewRecorder()
		h.writeState(w, Room(0), filter)
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(whole)-len(lazy) != 11+Wanderers {
		t.Errorf("%d events, and %d with members left out", len(whole), len(lazy))
	}
}
