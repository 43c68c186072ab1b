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
	"maunium.net/go/mautrix/id"

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

// A ban that is to remove what its user wrote asks for it, and looks afterwards whether it was done,
// and by the ban.
func TestBanThatRemoves(t *testing.T) {
	const byBan, byHand, still = `{"unsigned":{"redacted_because":{"type":"m.room.member","event_id":"$ban"}}}`, `{"unsigned":{"redacted_because":{"type":"m.room.redaction"}}}`, `{"unsigned":{}}`
	for name, tt := range map[string]struct {
		first, last string
		nameless    bool
		removes     []id.EventID
		removed     bool
		looks       int
	}{
		"both":              {byBan, byBan, false, []id.EventID{"$first", "$last"}, true, 2},
		"of a nameless ban": {byBan, byBan, true, []id.EventID{"$first", "$last"}, true, 2},
		"one alone":         {byBan, "", false, []id.EventID{"$first"}, true, 1},
		"the first not":     {still, byBan, false, []id.EventID{"$first", "$last"}, false, 1},
		"the last not":      {byBan, still, false, []id.EventID{"$first", "$last"}, false, 2},
		"by somebody":       {byHand, byHand, false, []id.EventID{"$first", "$last"}, false, 1},
		"no answer":         {"", "", false, []id.EventID{"$first"}, false, 1},
		"nonsense":          {`{"unsigned":[]}`, byBan, false, []id.EventID{"$first", "$last"}, false, 1},
		"nothing to":        {byBan, byBan, false, nil, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			looks := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, of, _ := strings.Cut(r.URL.Path, "/rooms/!r:x")
				if _, evt, look := strings.Cut(of, "/event/"); look {
					looks++
					answer := map[string]string{"$first": tt.first, "$last": tt.last}[evt]
					if answer == "" {
						w.WriteHeader(http.StatusNotFound)
						answer = `{"errcode":"M_NOT_FOUND"}`
					}
					fmt.Fprint(w, answer)
					return
				}
				var content map[string]any
				if err := json.NewDecoder(r.Body).Decode(&content); err != nil || (content["org.matrix.msc4293.redact_events"] == true) != (tt.removes != nil) {
					t.Errorf("%v, %v", content, err)
				}
				fmt.Fprint(w, `{}`)
			}))
			defer server.Close()
			client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
			if err != nil {
				t.Fatal(err)
			}
			result, err := newSession(client, Options{}).Act(t.Context(), action.Action{Verb: action.Ban, Room: "!r:x", User: "@u:x", Nameless: tt.nameless, Removes: tt.removes})
			if err != nil || result.Removed != tt.removed || looks != tt.looks {
				t.Errorf("%+v, %v after %d looks", result, err, looks)
			}
		})
	}
}
