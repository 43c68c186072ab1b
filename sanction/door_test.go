package sanction

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDoors(t *testing.T) {
	for _, tc := range []struct{ found, version, set string }{
		{`{"join_rule":"public"}`, "11", `{"join_rule":"knock"}`},
		{`{"join_rule":"public"}`, "7", `{"join_rule":"knock"}`},
		{`{"join_rule":"public"}`, "6", `{"join_rule":"invite"}`},
		{`{"join_rule":"public"}`, "org.example.odd", `{"join_rule":"invite"}`},
		{`{"join_rule":"public"}`, "", `{"join_rule":"invite"}`},
		{`{"join_rule":"public","allow":[1],"x":{"y":1.50}}`, "11", `{"allow":[1],"join_rule":"knock","x":{"y":1.50}}`},
		{`{"join_rule":"invite"}`, "11", ""},
		{`{"join_rule":"knock"}`, "11", ""},
		{`{"join_rule":"restricted","allow":[]}`, "11", ""},
		{`{"join_rule":["public"]}`, "11", ""},
		{`{"join_rule":"Public"}`, "11", ""},
		{`{}`, "11", ""}, {`null`, "11", ""}, {`[`, "11", ""}, {``, "11", ""},
		{strings.Repeat("[", 1e5), "11", ""},
	} {
		d, ok := CloseDoor(json.RawMessage(tc.found), tc.version)
		if ok != (tc.set != "") || ok && (string(d.Set) != tc.set || string(d.Found) != tc.found) {
			t.Errorf("%.50s: %s, %v", tc.found, d.Set, ok)
		}
	}
}

// A door that was closed is told apart from one that was not, and from one that somebody
// else set since; it opens to exactly what was found; and a closed one is not closed again.
func TestDoorLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		more := rapid.MapOf(rapid.String(), rapid.SampledFrom([]any{1.0, "x", true, nil, []any{"y"}})).Draw(rt, "more")
		more["join_rule"] = "public"
		found, err := json.Marshal(more)
		if err != nil {
			rt.Skip()
		}
		d, ok := CloseDoor(found, rapid.SampledFrom([]string{"1", "6", "7", "12", "odd"}).Draw(rt, "version"))
		if !ok || string(d.Found) != string(found) || d.Stands(found) != Open || d.Stands(d.Set) != Closed {
			rt.Fatalf("%s: %+v, %v", found, d, ok)
		}
		if _, again := CloseDoor(d.Set, "12"); again {
			rt.Fatal("what is closed is closed again")
		}
		for _, other := range []string{`{"join_rule":"restricted"}`, `{}`, `x`, ``} {
			if d.Stands(json.RawMessage(other)) != Changed {
				rt.Fatalf("%s is %v", other, d.Stands(json.RawMessage(other)))
			}
		}
	})
}
