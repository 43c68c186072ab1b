package matrix

import (
	"encoding/json"
	"strings"
	"testing"

	"forseti/wire"

	"maunium.net/go/mautrix/event"
)

func TestDecode(t *testing.T) {
	const good = `{"type":"m.room.member","state_key":"@a:x","sender":"@a:x","event_id":"$1","origin_server_ts":7,` +
		`"room_id":"!forged:x","redacts":"$2","content":{"membership":"join"},` +
		`"unsigned":{"prev_content":{"membership":"invite"},"age":5,"redacted_because":{"type":"m.room.redaction","event_id":"$3"}}}`
	evt, ok := Decode("!r:x", json.RawMessage(good))
	if !ok {
		t.Fatal("dropped")
	}
	if evt.RoomID != "!r:x" || evt.Type != event.StateMember || evt.GetStateKey() != "@a:x" || evt.Sender != "@a:x" ||
		evt.ID != "$1" || evt.Timestamp != 7 || evt.Redacts != "$2" || evt.Unsigned.Age != 5 {
		t.Errorf("got %+v", evt)
	}
	if evt.Content.Raw["membership"] != "join" || evt.Unsigned.PrevContent.Raw["membership"] != "invite" {
		t.Errorf("content %v, before %v", evt.Content.Raw, evt.Unsigned.PrevContent)
	}
	if evt.Unsigned.RedactedBecause == nil || evt.Unsigned.RedactedBecause.ID != "$3" {
		t.Errorf("redacted because %v", evt.Unsigned.RedactedBecause)
	}
}

func TestDecodeHostile(t *testing.T) {
	with := func(field string) string {
		return `{"type":"m.room.message","sender":"@a:x","event_id":"$1","origin_server_ts":7,"content":{"body":"b"},` + field + `}`
	}
	for name, raw := range map[string]string{
		"redacts number":        with(`"redacts":5`),
		"redacts object":        with(`"redacts":{"a":[]}`),
		"unsigned string":       with(`"unsigned":"x"`),
		"unsigned fields":       with(`"unsigned":{"age":"x","prev_content":5,"redacted_because":[1],"membership":{},"m.relations":7,"replaces_state":1}`),
		"prev_content string":   with(`"prev_content":"x"`),
		"replaces_state number": with(`"replaces_state":1`),
		"sticky string":         with(`"msc4354_sticky":"x"`),
		"to_user_id list":       with(`"to_user_id":[]`),
		"state_key null":        with(`"state_key":null`),
		"state_key number":      with(`"state_key":5`),
		"other case":            with(`"Type":"m.room.member","SENDER":"@b:x","Content":{"body":"c"}`),
		"nested redactions":     with(`"unsigned":` + strings.Repeat(`{"redacted_because":{"type":"a","unsigned":`, 900) + `1` + strings.Repeat(`}}`, 900)),
	} {
		evt, ok := Decode("!r:x", json.RawMessage(raw))
		switch {
		case !ok:
			t.Errorf("%s: dropped", name)
		case evt.Type != event.EventMessage || evt.Sender != "@a:x" || evt.ID != "$1" || evt.Timestamp != 7 || evt.Content.Raw["body"] != "b":
			t.Errorf("%s: got %+v", name, evt)
		case evt.StateKey != nil:
			t.Errorf("%s: state key %q", name, *evt.StateKey)
		}
	}
}

func TestDecodeTimestamp(t *testing.T) {
	for raw, want := range map[string]int64{
		`7`: 7, `7.9`: 7, `7e3`: 7000, `"7"`: 7, `"7.5"`: 7, `-3`: -3,
		`1e400`: 0, `1e30`: 0, `"NaN"`: 0, `null`: 0, `{}`: 0, `true`: 0, `""`: 0,
	} {
		evt, ok := Decode("!r:x", json.RawMessage(`{"type":"a","origin_server_ts":`+raw+`}`))
		if !ok || evt.Timestamp != want {
			t.Errorf("%s: got %v, %v", raw, evt, ok)
		}
	}
}

func TestDecodeContent(t *testing.T) {
	for raw, object := range map[string]bool{
		`{"type":"a"}`:                               true,
		`{"type":"a","content":{}}`:                  true,
		`{"type":"a","content":{"x":1e999,"y":"z"}}`: true,
		`{"type":"a","content":null}`:                false,
		`{"type":"a","content":"x"}`:                 false,
		`{"type":"a","content":[1]}`:                 false,
		`{"type":"a","content":5}`:                   false,
	} {
		evt, ok := Decode("!r:x", json.RawMessage(raw))
		if !ok || evt.Content.VeryRaw == nil || (evt.Content.Raw != nil) != object {
			t.Errorf("%s: got %+v, %v", raw, evt, ok)
		}
	}
	evt, _ := Decode("!r:x", json.RawMessage(`{"type":"a","content":{"x":1e999,"y":"z"}}`))
	if evt.Content.Raw["y"] != "z" {
		t.Errorf("a number out of range hides the rest: %v", evt.Content.Raw)
	}
}

func TestDecodeDrops(t *testing.T) {
	raws := []json.RawMessage{
		[]byte(`{}`), []byte(`null`), []byte(`5`), []byte(`"x"`), []byte(`[]`),
		[]byte(`{"type":5}`), []byte(`{"type":""}`), []byte(`{"type":null}`), []byte(`{"Type":"a"}`),
		[]byte(`{"type":"a"}`),
	}
	events, dropped := decodeAll("!r:x", raws)
	if len(events) != 1 || dropped != len(raws)-1 {
		t.Errorf("kept %d, dropped %d", len(events), dropped)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"type":"a","state_key":"","content":{"x":1}}`))
	f.Add([]byte(`{"type":"a","unsigned":{"redacted_because":{"type":"b"}}}`))
	f.Add([]byte(`{"type":"a","content":1e999,"origin_server_ts":"1e5"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		evt, ok := Decode("!r:x", raw)
		var named struct{ Type any }
		fields := wire.Fields(raw)
		_ = json.Unmarshal(fields["type"], &named.Type)
		if s, _ := named.Type.(string); ok != (s != "") {
			t.Fatalf("type %v, ok %v", named.Type, ok)
		}
		if !ok {
			return
		}
		if evt.RoomID != "!r:x" || evt.Content.VeryRaw == nil || !json.Valid(evt.Content.VeryRaw) || evt.Content.Parsed != nil {
			t.Fatalf("got %+v", evt)
		}
		if (evt.StateKey != nil) != (evt.Type.Class == event.StateEventType) {
			t.Fatalf("class %v with state key %v", evt.Type.Class, evt.StateKey)
		}
		if _, err := json.Marshal(evt); err != nil {
			t.Fatal(err)
		}
	})
}
