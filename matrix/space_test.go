package matrix

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"maunium.net/go/mautrix"

	"forseti/wire"
)

// What a homeserver says of a space is read with whatever is wrong in it left out, and to an end.
func TestSpace(t *testing.T) {
	pages := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		fmt.Fprintf(w, `{"next_batch":"%d","rooms":[
			{"room_id":"!space:x","room_type":"m.space","name":"Space","num_joined_members":3,"children_state":[
				{"type":"m.space.child","state_key":"!a:x","content":{"via":["x","y","z","more"]}},
				{"type":"m.space.child","state_key":"!hidden:x","content":{"via":["x"]}},
				{"type":"m.space.child","state_key":"!out:x","content":{}},
				{"type":"m.space.child","state_key":"!out:x","content":{"via":"x"}},
				{"type":"m.space.child","state_key":"@user:x","content":{"via":["x"]}},
				{"type":"m.room.name","state_key":"!b:x","content":{"via":["x"]}}, 7]},
			{"room_id":"!a:x","name":5,"children_state":[{"type":"m.space.child","state_key":"!c:x","content":{"via":["x"]}}]},
			{"room_id":7}, null]}`, pages)
	}))
	defer server.Close()
	client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
	if err != nil {
		t.Fatal(err)
	}
	all, err := newSession(client, Options{}).Space(t.Context(), "!space:x")
	if err != nil || len(all) != 3 || pages != spacePages {
		t.Fatalf("%d pages: %+v (%v)", pages, all, err)
	}
	if s := all[0]; !s.Space || s.Name != "Space" || s.Joined != 3 || len(s.Children) != 2 || len(s.Children[0].Via) != mostVia {
		t.Errorf("the space: %+v", s)
	}
	if a, hidden := all[1], all[2]; a.Room != "!a:x" || len(a.Children) != 0 || a.Unseen || hidden.Room != "!hidden:x" || !hidden.Unseen {
		t.Errorf("%+v, %+v", a, hidden)
	}
	if _, ok := ReadChild("!", wire.Of(map[string]any{"via": []any{"x"}})); ok {
		t.Error("no room is a child")
	}
}
