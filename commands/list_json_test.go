package commands

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"forseti/policy"
)

// Whatever it is wrapped in, the state of a list is read as the rules that are in it.
func TestExportsAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []any
		var want []policy.Rule
		types := []string{"m.policy.rule.", "m.room.rule.", "org.matrix.mjolnir.rule."}
		advice := map[policy.Recommendation][]string{policy.Ban: {"m.ban", "org.matrix.mjolnir.ban"}, policy.Takedown: {"m.takedown", "org.matrix.msc4204.takedown"}}
		for n := range rapid.IntRange(1, 12).Draw(t, "rules") {
			kind := rapid.SampledFrom([]policy.Kind{policy.User, policy.Server, policy.RoomKind}).Draw(t, "kind")
			r := policy.Rule{Kind: kind, Recommendation: rapid.SampledFrom([]policy.Recommendation{policy.Ban, policy.Takedown}).Draw(t, "does"), Reason: rapid.SampledFrom([]string{"", "spam", "`*<b>\\"}).Draw(t, "reason")}
			r.Entity = map[policy.Kind]string{policy.User: "@u%d*:hs.example", policy.Server: "s%d.example", policy.RoomKind: "!r%d:hs.example"}[kind]
			r.Entity = fmt.Sprintf(r.Entity, n)
			content := map[string]any{"entity": r.Entity, "recommendation": rapid.SampledFrom(advice[r.Recommendation]).Draw(t, "advice"), "reason": r.Reason}
			if rapid.IntRange(0, 4).Draw(t, "hashed") == 0 {
				delete(content, "entity")
				r.Entity, r.Hash = "", policy.HashOf(r.Entity)
				content["hashes"] = map[string]any{"sha256": base64.StdEncoding.EncodeToString([]byte(r.Hash))}
			}
			evt := map[string]any{"type": rapid.SampledFrom(types).Draw(t, "type") + kind.String(), "state_key": fmt.Sprintf("rule:%d", n), "content": content, "sender": "@mod:hs.example", "origin_server_ts": n}
			if rapid.Bool().Draw(t, "said where") {
				evt["room_id"] = "!list:hs.example"
			}
			events, want = append(events, evt), append(want, plainRule(r))
		}
		events = append(events, map[string]any{"type": "m.room.create", "state_key": "", "content": map[string]any{"type": "m.policy"}},
			map[string]any{"type": "m.room.message", "content": map[string]any{"body": map[string]any{"type": "m.policy.rule.user", "state_key": "x", "content": map[string]any{"entity": "@not:hs.example", "recommendation": "m.ban"}}}})
		var whole any = events
		switch rapid.IntRange(0, 4).Draw(t, "wrapped") {
		case 1:
			whole = map[string]any{"state": events}
		case 2:
			whole = map[string]any{"room_name": "x", "messages": events}
		case 3:
			whole = map[string]any{"rooms": map[string]any{"join": map[string]any{"!list:hs.example": map[string]any{"state": map[string]any{"events": events}}}}}
		}
		raw, _ := json.MarshalIndent(whole, "", " ")
		if rapid.IntRange(0, 4).Draw(t, "one a line") == 0 {
			raw = nil
			for _, evt := range events {
				line, _ := json.Marshal(evt)
				raw = append(append(raw, line...), '\n')
			}
		}
		if !isJSON("\ufeff \n" + string(raw)) {
			t.Fatal("is not taken for JSON")
		}
		x, err := readExport(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		sortRules(want)
		if !slices.Equal(x.rules, want) || len(x.left) > 0 {
			t.Fatalf("%s\nis %+v, without %v", raw, x.rules, x.left)
		}
	})
}

// Of several events in one place the latest counts, as in a list; what was taken away is no rule, and what is none is left
// out and named.
func TestWhatAnExportAmountsTo(t *testing.T) {
	evt := func(kind, key string, at int, content string) string {
		return fmt.Sprintf(`{"type":%q,"state_key":%q,"origin_server_ts":%d,"content":%s}`, kind, key, at, content)
	}
	const ban = `{"entity":"@a:hs.example","recommendation":"m.ban"}`
	for written, want := range map[string][]string{ // whom rules are about, and behind # why what is left out
		evt("m.policy.rule.user", "k", 1, ban): {"@a:hs.example"},
		evt("m.policy.rule.user", "k", 5, `{}`) + evt("m.policy.rule.user", "k", 1, ban) + evt("m.policy.rule.server", "k", 1, `{}`):      {"#taken away again"},
		evt("m.policy.rule.user", "k", 5, `{"entity":"@b:hs.example","recommendation":"m.ban"}`) + evt("m.policy.rule.user", "k", 1, ban): {"@b:hs.example"},
		evt("m.room.rule.user", "k", 9, ban) + evt("m.policy.rule.user", "k", 1, `{"entity":"@new:hs.example","recommendation":"m.ban"}`): {"@new:hs.example"},
		evt("m.policy.rule.user", "k", 1, ban) + evt("m.policy.rule.user", "l", 1, ban):                                                   {"@a:hs.example"},
		`{"type":"m.policy.rule.user","state_key":"k","content":{},"unsigned":{"redacted_because":{"type":"m.room.redaction"}}}`:          {"#taken away again"},
		`{"type":"m.policy.rule.user","content":` + ban + `}`:                                                                             {"#rule 1, `m.policy.rule.user`: it has no state key"},
		`{"type":"m.policy.rule.user","state_key":7,"content":` + ban + `}`:                                                               {"#it has no state key"},
		`{"type":"m.policy.rule.user","state_key":"k"}`:                                                                                   {"#does not say whom"},
		`{"type":"m.policy.rule.user","state_key":"k","content":[` + ban + `]}`:                                                           {"#with the key `k`: it does not say whom"},
		evt("m.policy.rule.user", "k", 1, `{"entity":["@a:hs.example"],"recommendation":"m.ban"}`):                                        {"#does not say whom"},
		evt("m.policy.rule.user", "k", 1, `{"entity":"@a:hs.example","recommendation":"odd"}`):                                            {"#I do not follow"},
		evt("m.policy.rule.user", "k", 1, `{"entity":"nobody","recommendation":"m.ban"}`):                                                 {"#user IDs begin with @"},
		evt("m.policy.rule.user", "k", 1, `{"entity":"@a\n*:hs.example","recommendation":"m.ban"}`):                                       {"#line break"},
		"[" + evt("m.policy.rule.user", "k", 1, ban) + ",\n\n5x]":                                                                         {"#from line 3 on it is no JSON"},
		`{"type":"m.room.message","content":{}}`:                                                                                          {"#no rule in that JSON"},
		`[]`:                                                                                                                              {"#no rule in that JSON"},
		strings.Repeat("[", 9000) + strings.Repeat("]", 9000):                                                                             {"#no rule in that JSON"},
		strings.Repeat("[", 20000):                                                                                                        {"#it is no JSON"},
		strings.Repeat("[", 9) + evt("m.policy.rule.user", "k", 1, ban) + strings.Repeat("]", 9):                                          {"#no rule in that JSON"},
	} {
		x, err := readExport(written)
		var got []string
		if err != nil {
			got = append(got, "#"+err.Error())
		} else {
			for _, r := range x.rules {
				got = append(got, r.Entity)
			}
			for _, one := range x.left {
				got = append(got, "#"+one.why)
			}
		}
		if !slices.EqualFunc(got, want, func(g, w string) bool {
			return g == w || strings.HasPrefix(w, "#") && strings.HasPrefix(g, "#") && strings.Contains(g, w[1:])
		}) {
			t.Errorf("%.300s is %q, not %q", written, got, want)
		}
	}
}

// What is in an export is shown before it is written, and what is left out of it.
func TestListImportOfAnExport(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@held:calm.example")
	w.limit = 50
	const export = "\n" + `{"state": [
{"type": "m.room.rule.user", "state_key": "1", "room_id": "!a:x", "content": {"entity": "@held:calm.example", "recommendation": "m.ban"}},
{"type": "org.matrix.mjolnir.rule.server", "state_key": "2", "room_id": "!a:x", "content": {"entity": "evil.example", "recommendation": "org.matrix.mjolnir.ban", "reason": "spam"}},
{"type": "m.policy.rule.server", "state_key": "3", "room_id": "!b:x", "content": {"entity": "https://evil.example/", "recommendation": "m.ban"}},
{"type": "m.policy.rule.user", "state_key": "4", "room_id": "!b:x", "content": {"entity": "@warden:ours.example", "recommendation": "m.takedown"}}
]}`
	a := expect(t, w, "list import coc"+export, nil, "1 new rule would be written into `coc`:", "ban server `evil.example`: spam", "It is from 2 rooms", "I leave out 1 rule of it:",
		"rule 3, `m.policy.rule.server` with the key `3`", "1 rule stands there already", "leave out `@warden:ours.example`", "Write it into `coc`?")
	if !a.Ask || len(a.Plan.Steps) != 1 {
		t.Fatalf("%+v", a.Plan)
	}
	newSet(w).Apply(t.Context(), a.Plan, executor{w})
	if len(w.done) != 1 || !strings.HasPrefix(w.done[0], `rule server "evil.example" in !coc:ours.example because "spam"`) {
		t.Errorf("did %q", w.done)
	}
	expect(t, w, "list import coc\n{\"a\": 1", nil, "Nothing of it was taken: from line 1 on it is no JSON")
}

func FuzzReadExport(f *testing.F) {
	f.Add(`[{"type":"m.policy.rule.user","state_key":"k","content":{"entity":"@a:b","recommendation":"m.ban"}}]`)
	f.Add(`{"type":"m.policy.rule.server","content":7}{"state":[[{}]]}`)
	f.Fuzz(func(t *testing.T, written string) {
		x, err := readExport(written)
		if err != nil {
			return
		}
		for _, r := range x.rules {
			if dead(r) || r != plainRule(r) || !isBan(r) && r.Recommendation != policy.Exempt {
				t.Fatalf("%+v of %q", r, written)
			}
		}
		_ = x.said()
	})
}
