package echo

import (
	"encoding/json"
	"testing"
)

func TestOwnData(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	type step struct {
		wrote, failed, came string
		own                 bool
	}
	for name, steps := range map[string][]step{
		"one write and its echo":       {{wrote: `{"rooms":["!a"],"x":1}`}, {came: `{ "x": 1, "rooms": ["!a"] }`, own: true}, {came: `{"rooms":["!a"],"x":1}`}},
		"of others":                    {{wrote: `{"rooms":["!a"]}`}, {came: `{"rooms":["!b"]}`}, {came: `{"rooms":["!a"]}`, own: true}},
		"echoes in order":              {{wrote: `1`}, {wrote: `2`}, {came: `1`, own: true}, {came: `2`, own: true}},
		"an echo that was left out":    {{wrote: `1`}, {wrote: `2`}, {came: `2`, own: true}, {came: `1`}},
		"a write that failed":          {{wrote: `1`}, {wrote: `2`}, {failed: `1`}, {came: `1`}, {came: `2`, own: true}},
		"the same twice":               {{wrote: `1`}, {wrote: `1`}, {came: `1`, own: true}, {came: `1`, own: true}, {came: `1`}},
		"the order of a list says all": {{wrote: `["a","b"]`}, {came: `["b","a"]`}},
		"no JSON":                      {{wrote: `{`}, {came: `{`}},
	} {
		w := New("@forseti:own.example")
		for i, s := range steps {
			switch {
			case s.wrote != "":
				w.WroteData("kind", raw(s.wrote))
			case s.failed != "":
				w.Unwritten("kind", raw(s.failed))
			case w.OwnData("other kind", raw(s.came)):
				t.Errorf("%s: step %d: an echo of another type", name, i)
			case w.OwnData("kind", raw(s.came)) != s.own:
				t.Errorf("%s: step %d: ours is %v", name, i, !s.own)
			}
		}
	}
}
