package policy

import (
	"encoding/json"
	"testing"

	"maunium.net/go/mautrix/event"
)

// FuzzContent holds reading single keys against decoding all of them.
func FuzzContent(f *testing.F) {
	for _, seed := range []string{
		`{"entity":"@a:b"}`, `{"entity":5}`, `{"Entity":"no","entity":"yes"}`, `{"entity":"one","entity":"two"}`,
		`{"a":{"entity":"inner"},"entity":"outer"}`, `{"a":[",",{"}":"]"}],"entity":"x\"y\\"}`, `{"entity":"\u0040é😀"}`,
		` { "entity" : "spaced" } `, `[]`, `"entity"`, `{`, ``, `null`, `{"entity":null}`, `{"\u0065ntity":"escaped"}`,
		`{"a":-1.5e9,"b":true,"entity":"after"}`, "{\"entity\":\"\xff\"}", `{"entity":{"entity":"deep"}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		evt := &event.Event{Content: event.Content{VeryRaw: json.RawMessage(raw)}}
		got := contentOf(evt)
		var decoded map[string]any
		if json.Unmarshal([]byte(raw), &decoded) != nil {
			decoded = nil
		}
		want := content{decoded: decoded}
		if got.text("entity") != want.text("entity") {
			t.Errorf("%q: %q, decoded %q", raw, got.text("entity"), want.text("entity"))
		}
		if g, w := got.object("entity").text("entity"), want.object("entity").text("entity"); g != w {
			t.Errorf("%q: inner %q, decoded %q", raw, g, w)
		}
	})
}
