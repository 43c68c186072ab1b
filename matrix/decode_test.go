package matrix

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"forseti/wire"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
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
	if string(evt.Content.VeryRaw) != `{"membership":"join"}` || string(evt.Unsigned.PrevContent.VeryRaw) != `{"membership":"invite"}` {
		t.Errorf("content %s, before %s", evt.Content.VeryRaw, evt.Unsigned.PrevContent.VeryRaw)
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
	evt, _ := Decode("!r:x", json.RawMessage(`{"type":"a","state_key":"","content":{"x":1e999,"y":"z"},"prev_content":{}}`))
	if evt.Content.Raw != nil || evt.Unsigned.PrevContent.Raw != nil || wire.Read(evt.Content.VeryRaw).Text("y") != "z" {
		t.Errorf("state was decoded into a map, or not read: %v", evt.Content)
	}
	evt, _ = Decode("!r:x", json.RawMessage(`{"type":"a","content":{"x":1e999,"y":"z"}}`))
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
	body, err := json.Marshal(raws)
	if err != nil {
		t.Fatal(err)
	}
	events, dropped, err = decodeArray("!r:x", body)
	if len(events) != 1 || dropped != len(raws)-1 || err != nil {
		t.Errorf("of an array kept %d, dropped %d: %v", len(events), dropped, err)
	}
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	events, dropped, err = decodeArray("!r:x", []byte(`[{"type":"a","content":{"x":`+deep+`}},{"type":"b"}]`))
	if len(events) != 2 || dropped != 0 || err != nil {
		t.Errorf("beside a deep one kept %d, dropped %d: %v", len(events), dropped, err)
	}
	for _, none := range []string{``, `{}`, `"x"`, `[{"type":"a"}`, `[{"type":"a"}]]`} {
		if events, _, err := decodeArray("!r:x", []byte(none)); err == nil || events != nil {
			t.Errorf("%s: %d events, %v", none, len(events), err)
		}
	}
}

// plainly reads an event by encoding/json alone.
func plainly(room id.RoomID, raw json.RawMessage, outer bool) *event.Event {
	fields := into[map[string]json.RawMessage](raw)
	kind := into[string](fields["type"])
	if kind == "" {
		return nil
	}
	evt := &event.Event{
		Type: event.Type{Type: kind, Class: event.MessageEventType}, RoomID: room,
		Sender: into[id.UserID](fields["sender"]), ID: into[id.EventID](fields["event_id"]),
		Redacts: into[id.EventID](fields["redacts"]), StateKey: into[*string](fields["state_key"]),
	}
	evt.Timestamp, _ = wire.Integer(fields["origin_server_ts"])
	evt.Content.VeryRaw = json.RawMessage("{}")
	if fields["content"] != nil {
		evt.Content.VeryRaw = fields["content"]
	}
	if evt.StateKey != nil {
		evt.Type.Class = event.StateEventType
	} else {
		_ = json.Unmarshal(evt.Content.VeryRaw, &evt.Content.Raw)
	}
	beside := into[map[string]json.RawMessage](fields["unsigned"])
	age, _ := wire.Integer(beside["age"])
	evt.Unsigned = event.Unsigned{
		PrevSender: into[id.UserID](beside["prev_sender"]), Membership: into[event.Membership](beside["membership"]),
		ReplacesState: into[id.EventID](beside["replaces_state"]), TransactionID: into[string](beside["transaction_id"]), Age: age,
		ElementSoftFailed: into[bool](beside["io.element.synapse.soft_failed"]), ElementPolicyServerSpammy: into[bool](beside["io.element.synapse.policy_server_spammy"]),
	}
	for _, before := range []json.RawMessage{beside["prev_content"], fields["prev_content"]} {
		if before != nil && evt.Unsigned.PrevContent == nil {
			evt.Unsigned.PrevContent = &event.Content{VeryRaw: before}
		}
	}
	if because := beside["redacted_because"]; because != nil && outer {
		evt.Unsigned.RedactedBecause = plainly(room, because, false)
	}
	return evt
}

// into is nothing if the JSON is of another type.
func into[T any](raw json.RawMessage) (v T) {
	var none T
	if json.Unmarshal(raw, &v) != nil {
		return none
	}
	return v
}

// FuzzDecode holds the reading of an event, and of an array of them, to encoding/json.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"type":"m.room.member","state_key":"@a:x","sender":"@a:x","event_id":"$1","origin_server_ts":7,"redacts":"$2","content":{"membership":"join"},` +
			`"unsigned":{"prev_content":{"membership":"invite"},"age":5,"prev_sender":"@b:x","redacted_because":{"type":"m.room.redaction","event_id":"$3"}}}`,
		`{"type":"a","state_key":"","content":{"x":1}}`, `{"type":"a","unsigned":{"redacted_because":{"type":"b"}}}`,
		`{"type":"a","content":1e999,"origin_server_ts":"1e5"}`, `{"type":"m","type":"n","state_key":null,"content":null,"prev_content":{"a":1}}`,
		`{"type":"m","unsigned":{"age":"x","prev_content":5,"redacted_because":[1],"membership":{},"m.relations":7,"replaces_state":1}}`,
		`{"type":"a","state_key":"k","state_key":5,"unsigned":{"transaction_id":"t","io.element.synapse.soft_failed":true,"io.element.synapse.policy_server_spammy":"x"}}`,
		`{"\u0074ype":"m\ud800","sender":"\u00e9é` + "\xff" + `","TYPE":"n"}`, ` {"type" : "a" , "content" : { "x" : [ 1 , 2 ] } , "content":[] } `,
		`[{"type":"a"},null,5,{"type":""},{"type":"b","content":[{}]}]`, `{"type":"a"}{"type":"b"}`, `{"type":"a","origin_server_ts":123456789012345678901234567890}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		raw := bytes.Clone(given)
		got, ok := Decode("!r:x", raw)
		events, dropped, err := decodeArray("!r:x", raw)
		clear(raw) // of which nothing may be left in them
		want := plainly("!r:x", given, true)
		if ok != (want != nil) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %+v, want %+v", given, got, want)
		}
		var raws []json.RawMessage
		if wrong := unmarshal(given, &raws); wrong != nil || err != nil {
			if (wrong == nil) != (err == nil) {
				t.Fatalf("%q: %v, should be %v", given, err, wrong)
			}
			return
		}
		var all []*event.Event
		for _, raw := range raws {
			all = append(all, plainly("!r:x", raw, true))
		}
		here := slices.DeleteFunc(slices.Clone(all), func(evt *event.Event) bool { return evt == nil })
		if len(here)+dropped != len(all) || len(events) != len(here) || len(here) > 0 && !reflect.DeepEqual(events, here) {
			t.Fatalf("%q: got %d events and dropped %d", given, len(events), dropped)
		}
		for _, evt := range events {
			if _, err := json.Marshal(evt); err != nil {
				t.Fatal(err)
			}
		}
	})
}
