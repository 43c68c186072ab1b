package matrix

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"forseti/action"
)

func answer(t *testing.T, path, body string) *Session {
	return open(t, func(r *http.Request) (int, string) {
		if got := strings.TrimPrefix(r.URL.RequestURI(), "/_matrix/client/v3/"); got != path {
			t.Errorf("asked for %s, want %s", got, path)
		}
		return 200, body
	})
}

func TestState(t *testing.T) {
	const path = "rooms/%21r:x/state"
	state, err := answer(t, path, `[{"type":"m.room.create","state_key":"","event_id":"$1"},
		{"type":"s","state_key":"k","event_id":"$2","redacts":5},{"type":"s"},7]`).State(t.Context(), "!r:x")
	if err != nil || ids(state) != "$1 $2" || state[1].RoomID != "!r:x" {
		t.Errorf("got %v, %v", state, err)
	}
	for _, body := range []string{`[]`, `null`, `{}`, `[{"type":"s","state_key":""}]`, `[{"type":"m.room.create"}]`, ``} {
		state, err := answer(t, path, body).State(t.Context(), "!r:x")
		if err == nil || state != nil || action.FailureOf(err).Kind != action.Transient {
			t.Errorf("%s passes for state: %v, %v", body, state, err)
		}
	}
}

func TestResolve(t *testing.T) {
	const path = "directory/room/%23a:x"
	room, via, err := answer(t, path, `{"room_id":"!r:x","servers":["x","y"]}`).Resolve(t.Context(), "#a:x")
	if err != nil || room != "!r:x" || !slices.Equal(via, []string{"x", "y"}) {
		t.Errorf("got %s via %v, %v", room, via, err)
	}
	if _, _, err := answer(t, path, `{}`).Resolve(t.Context(), "#a:x"); err == nil {
		t.Error("an alias of no room resolves")
	}
}

func TestEvent(t *testing.T) {
	const path = "rooms/%21r:x/event/$1"
	evt, err := answer(t, path, `{"type":"m","event_id":"$1","unsigned":"x"}`).Event(t.Context(), "!r:x", "$1")
	if err != nil || evt.ID != "$1" || evt.RoomID != "!r:x" {
		t.Errorf("got %v, %v", evt, err)
	}
	_, err = answer(t, path, `{}`).Event(t.Context(), "!r:x", "$1")
	if f := action.FailureOf(err); f == nil || f.Kind != action.Gone {
		t.Errorf("got %+v", f)
	}
}

func TestMessagesBack(t *testing.T) {
	for body, want := range map[string]string{
		`{"chunk":[],"end":"q"}`: "q",
		`{"chunk":[]}`:           "",
		`{"chunk":[],"end":"p"}`: "",
	} {
		events, next, err := answer(t, "rooms/%21r:x/messages?dir=b&from=p&limit=5", body).MessagesBack(t.Context(), "!r:x", "p", 5)
		if err != nil || len(events) != 0 || next != want {
			t.Errorf("%s: got %v, %q, %v", body, events, next, err)
		}
	}
	s := answer(t, "rooms/%21r:x/messages?dir=b&limit=2", `{"chunk":[{"type":"m","event_id":"$2"},{},{"type":"m","event_id":"$1"}],"end":"q"}`)
	events, next, err := s.MessagesBack(t.Context(), "!r:x", "", 2)
	if err != nil || ids(events) != "$2 $1" || next != "q" {
		t.Errorf("got %v, %q, %v", events, next, err)
	}
}

func TestRemovedMessageIsSeen(t *testing.T) {
	redact := action.Action{Verb: action.Redact, Room: "!r:x", Event: "$1"}
	for body, want := range map[string]bool{
		`{"type":"m","event_id":"$1","unsigned":{"redacted_because":{"type":"m.room.redaction","event_id":"$2"}}}`: true,
		`{"type":"m","event_id":"$1","unsigned":{"redacted_because":"x"}}`:                                         false,
		`{"type":"m","event_id":"$1","unsigned":[]}`:                                                               false,
		`{"type":"m","event_id":"$1"}`:                                                                             false,
	} {
		result, gone, err := answer(t, "rooms/%21r:x/event/$1", body).Happened(t.Context(), redact)
		if err != nil || gone != want || gone && result.Event != "$2" {
			t.Errorf("%s: %v, %+v, %v", body, gone, result, err)
		}
	}
	for status, fails := range map[int]bool{403: false, 404: false, 500: true} {
		s := open(t, func(*http.Request) (int, string) {
			return status, map[int]string{403: `{"errcode":"M_FORBIDDEN"}`, 404: `{"errcode":"M_NOT_FOUND"}`, 500: `{}`}[status]
		})
		if _, gone, err := s.Happened(t.Context(), redact); gone || (err != nil) != fails {
			t.Errorf("%d: %v, %v", status, gone, err)
		}
	}
}

func TestContent(t *testing.T) {
	const path = "rooms/%21r:x/state/m.room.history_visibility/"
	if got, err := answer(t, path, `{"history_visibility":"joined"}`).Content(t.Context(), "!r:x", "m.room.history_visibility"); err != nil || string(got) != `{"history_visibility":"joined"}` {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := answer(t, path, `[]`).Content(t.Context(), "!r:x", "m.room.history_visibility"); err == nil {
		t.Errorf("no object: %s", got)
	}
}

func TestListed(t *testing.T) {
	const path = "directory/list/room/%21r:x"
	for body, want := range map[string]bool{`{"visibility":"public"}`: true, `{"visibility":"private"}`: false, `{}`: false} {
		if got, err := answer(t, path, body).Listed(t.Context(), "!r:x"); err != nil || got != want {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	if _, err := answer(t, path, `{"visibility":5}`).Listed(t.Context(), "!r:x"); err == nil {
		t.Error("a wrong type passes")
	}
}
