package matrix

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"forseti/action"
)

// TestNamelessBan: a ban that shall show no name shows none, and holds.
func TestNamelessBan(t *testing.T) {
	v := newVerbs(t)
	_, err := v.act(action.Action{Verb: action.Ban, User: v.user.UserID, Reason: "spam", Nameless: true})
	v.must(err)
	var content map[string]any
	v.must(v.mod.StateEvent(t.Context(), v.room, event.StateMember, string(v.user.UserID), &content))
	if content["membership"] != "ban" || content["reason"] != "spam" || content["displayname"] != nil || content["avatar_url"] != nil {
		t.Errorf("%v", content)
	}
	if v.speaks() {
		t.Error("speaks")
	}
	_, err = v.act(action.Action{Verb: action.Unban, User: v.user.UserID})
	v.must(err)
}

// Where a homeserver does not take a ban as state, the user is banned all the same; where it
// refuses to ban, it is asked once.
func TestNamelessBanWhereThatIsNotTaken(t *testing.T) {
	for code, want := range map[string][]string{
		"M_UNRECOGNIZED":   {"/state/m.room.member/@u:x", "/ban"},
		"M_BAD_JSON":       {"/state/m.room.member/@u:x", "/ban"},
		"M_FORBIDDEN":      {"/state/m.room.member/@u:x"},
		"M_LIMIT_EXCEEDED": {"/state/m.room.member/@u:x"},
	} {
		var asked []string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, of, _ := strings.Cut(r.URL.Path, "/rooms/!r:x")
			asked = append(asked, of)
			var content map[string]any
			if err := json.NewDecoder(r.Body).Decode(&content); err != nil || content["reason"] != "spam" {
				t.Errorf("%v, %v", content, err)
			}
			if strings.Contains(of, "/state/") {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"errcode":%q}`, code)
				return
			}
			fmt.Fprint(w, `{}`)
		}))
		client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
		if err != nil {
			t.Fatal(err)
		}
		_, err = newSession(client, Options{}).Act(t.Context(), action.Action{Verb: action.Ban, Room: "!r:x", User: "@u:x", Reason: "spam", Nameless: true})
		if !slices.Equal(asked, want) || (err == nil) != (len(want) == 2) {
			t.Errorf("%s: asked %v, %v", code, asked, err)
		}
		server.Close()
	}
}
