package matrix

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"forseti/action"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// request is what a homeserver was asked to do.
type request struct {
	path string
	body map[string]any
}

// serve opens a session with a homeserver that answers every write alike.
func serve(t *testing.T, version string) (*Session, *[]request) {
	t.Helper()
	var got []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/capabilities") {
			fmt.Fprintf(w, `{"capabilities":{"m.room_versions":{"default":%q}}}`, version)
			return
		}
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Errorf("%s: body %s", r.URL, raw)
		}
		got = append(got, request{r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/_matrix/client/v3/"), body})
		fmt.Fprint(w, `{"event_id":"$new","room_id":"!new:x"}`)
	}))
	t.Cleanup(server.Close)
	client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
	if err != nil {
		t.Fatal(err)
	}
	return newSession(client, Options{}), &got
}

func TestAct(t *testing.T) {
	s, got := serve(t, "11")
	for _, tt := range []struct {
		act    action.Action
		path   string
		body   string
		result action.Result
	}{
		{action.Action{Verb: action.Ban, Room: "!r:x", User: "@u:y", Reason: "spam"},
			"POST rooms/%21r:x/ban", `{"user_id":"@u:y","reason":"spam"}`, action.Result{}},
		{action.Action{Verb: action.Unban, Room: "!r:x", User: "@u:y"},
			"POST rooms/%21r:x/unban", `{"user_id":"@u:y"}`, action.Result{}},
		{action.Action{Verb: action.Kick, Room: "!r:x", User: "@u:y"},
			"POST rooms/%21r:x/kick", `{"user_id":"@u:y"}`, action.Result{}},
		{action.Action{Verb: action.Invite, Room: "!r:x", User: "@u:y"},
			"POST rooms/%21r:x/invite", `{"user_id":"@u:y"}`, action.Result{}},
		{action.Action{Verb: action.Redact, ID: "txn", Room: "!r:x", Event: "$a/b", Reason: "spam"},
			"PUT rooms/%21r:x/redact/$a%2Fb/txn", `{"reason":"spam"}`, action.Result{Event: "$new"}},
		{action.Action{Verb: action.SetACL, Room: "!r:x", State: &action.State{Type: event.StateServerACL, Content: json.RawMessage(`{"deny":["z"],"n":1}`)}},
			"PUT rooms/%21r:x/state/m.room.server_acl/", `{"deny":["z"],"n":1}`, action.Result{Event: "$new"}},
		{action.Action{Verb: action.Join, Room: "!r:x", Via: []string{"y", "z"}},
			"POST join/%21r:x?via=y&via=z", `{}`, action.Result{Room: "!new:x"}},
		{action.Action{Verb: action.Join, Alias: "#r:x"},
			"POST join/%23r:x", `{}`, action.Result{Room: "!new:x"}},
		{action.Action{Verb: action.Leave, Room: "!r:x", Reason: "bye"},
			"POST rooms/%21r:x/leave", `{"reason":"bye"}`, action.Result{}},
		{action.Action{Verb: action.SetAccountData, Data: &action.AccountData{Type: "a.b", Content: json.RawMessage(`{"x":1}`)}},
			"PUT user/@bot:x/account_data/a.b", `{"x":1}`, action.Result{}},
		{action.Action{Verb: action.SetProfile, Profile: &action.Profile{Name: "Warden"}},
			"PUT profile/@bot:x/displayname", `{"displayname":"Warden"}`, action.Result{}},
		{action.Action{Verb: action.SetProfile, Profile: &action.Profile{Uploaded: &action.Uploaded{Address: "mxc://y/a"}}},
			"PUT profile/@bot:x/avatar_url", `{"avatar_url":"mxc://y/a"}`, action.Result{}},
		{action.Action{Verb: action.SetProfile, Profile: &action.Profile{Uploaded: &action.Uploaded{}}},
			"PUT profile/@bot:x/avatar_url", `{"avatar_url":""}`, action.Result{}},
		{action.Action{Verb: action.Say, ID: "txn", Room: "!r:x", Message: &action.Message{Markdown: "hi *you* <b>", ReplyTo: "$q", Fields: map[string]any{"k": "v", "msgtype": "m.text"}}},
			"PUT rooms/%21r:x/send/m.room.message/txn",
			`{"msgtype":"m.notice","body":"hi you <b>","format":"org.matrix.custom.html","formatted_body":"hi <em>you</em> &lt;b&gt;",
			"m.mentions":{},"k":"v","m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`, action.Result{Event: "$new"}},
		{action.Action{Verb: action.Say, ID: "txn", Room: "!r:x", Message: &action.Message{Markdown: "done", Edits: "$m"}},
			"PUT rooms/%21r:x/send/m.room.message/txn",
			`{"msgtype":"m.notice","body":"* done","m.mentions":{},"m.relates_to":{"rel_type":"m.replace","event_id":"$m"},
			"m.new_content":{"msgtype":"m.notice","body":"done","m.mentions":{}}}`, action.Result{Event: "$new"}},
		{action.Action{Verb: action.Say, ID: "txn", Room: "!r:x", Message: &action.Message{Reaction: "✅", ReplyTo: "$q"}},
			"PUT rooms/%21r:x/send/m.reaction/txn",
			`{"m.relates_to":{"rel_type":"m.annotation","event_id":"$q","key":"✅"}}`, action.Result{Event: "$new"}},
		{action.Action{Verb: action.CreateRoom, Create: &action.NewRoom{Name: "n", Topic: "t", AliasLocalpart: "a", Type: "m.policy", Public: true,
			Encrypted: true, Invite: []id.UserID{"@m:x"}, State: []action.State{{Type: event.Type{Type: "s"}, Key: "k", Content: json.RawMessage(`{"y":2}`)}}}},
			"POST createRoom", `{"visibility":"private","preset":"public_chat","name":"n","topic":"t","room_alias_name":"a","invite":["@m:x"],
			"creation_content":{"type":"m.policy"},"initial_state":[
			{"type":"m.room.encryption","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2"}},
			{"type":"s","state_key":"k","content":{"y":2}}]}`, action.Result{Room: "!new:x"}},
	} {
		*got = nil
		result, err := s.Act(t.Context(), tt.act)
		if err != nil {
			t.Errorf("%s: %v", tt.act.Verb, err)
			continue
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(tt.body), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(result, tt.result) || len(*got) != 1 || (*got)[0].path != tt.path || !reflect.DeepEqual((*got)[0].body, want) {
			t.Errorf("%s: result %+v\n got %v\nwant %s %v", tt.act.Verb, result, *got, tt.path, want)
		}
	}
}

// A reaction that stands there already is what was wanted; anything else that is refused so is refused.
func TestReactionTwice(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errcode":"M_DUPLICATE_ANNOTATION","error":"Can't send same reaction twice"}`)
	}))
	t.Cleanup(server.Close)
	client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
	if err != nil {
		t.Fatal(err)
	}
	s := newSession(client, Options{})
	for _, m := range []action.Message{{Reaction: "✅", ReplyTo: "$q"}, {Markdown: "✅", ReplyTo: "$q"}} {
		_, err := s.Act(t.Context(), action.Action{Verb: action.Say, ID: "txn", Room: "!r:x", Message: &m})
		if (err == nil) != (m.Reaction != "") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

func TestCreateRoomLevels(t *testing.T) {
	for version, want := range map[string]map[string]any{
		"11":      {"@m:x": 50.0, "@bot:x": 100.0},
		"12":      {"@m:x": 50.0},
		"org.own": {"@m:x": 50.0, "@bot:x": 100.0},
	} {
		s, got := serve(t, version)
		_, err := s.Act(t.Context(), action.Action{Verb: action.CreateRoom, Create: &action.NewRoom{Users: map[id.UserID]int{"@m:x": 50}}})
		if err != nil {
			t.Fatal(err)
		}
		levels, _ := (*got)[0].body["power_level_content_override"].(map[string]any)
		if !reflect.DeepEqual(levels["users"], any(want)) {
			t.Errorf("version %s: got %v, want %v", version, levels, want)
		}
	}
}

func TestActRefuses(t *testing.T) {
	s, got := serve(t, "11")
	for _, a := range []action.Action{
		{},
		{Verb: "dance", Room: "!r:x"},
		{Verb: action.Ban, Room: "!r:x"},
		{Verb: action.Ban, User: "@u:x"},
		{Verb: action.Redact, Room: "!r:x"},
		{Verb: action.SetState, Room: "!r:x"},
		{Verb: action.SetState, Room: "!r:x", State: &action.State{Type: event.StateServerACL}},
		{Verb: action.SetState, Room: "!r:x", State: &action.State{Type: event.StateServerACL, Content: json.RawMessage(`[]`)}},
		{Verb: action.Join},
		{Verb: action.Leave},
		{Verb: action.CreateRoom},
		{Verb: action.SetAccountData},
		{Verb: action.SetProfile},
		{Verb: action.SetProfile, Profile: &action.Profile{Uploaded: &action.Uploaded{Address: "mxc://../../logout"}}},
		{Verb: action.Say, Room: "!r:x"},
		{Verb: action.Say, Room: "!r:x", Message: &action.Message{Reaction: "x"}},
	} {
		if _, err := s.Act(t.Context(), a); err == nil || action.FailureOf(err).Kind != action.Invalid {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if len(*got) != 0 {
		t.Errorf("asked for %v", *got)
	}
}

func TestActFails(t *testing.T) {
	s := open(t, func(*http.Request) (int, string) {
		return 403, `{"errcode":"M_FORBIDDEN","error":"no power"}`
	})
	_, err := s.Act(t.Context(), action.Action{Verb: action.Ban, Room: "!r:x", User: "@u:y"})
	if f := action.FailureOf(err); f == nil || f.Kind != action.Forbidden || !strings.HasPrefix(f.Error(), "ban @u:y in !r:x: ") {
		t.Errorf("got %+v", f)
	}
}
