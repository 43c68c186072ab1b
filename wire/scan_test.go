package wire

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// odd is JSON as strangers write it, and what is nearly JSON.
var odd = []string{
	``, ` `, `null`, `nul`, `true`, `"k"`, `"`, `{`, `[`, `{}`, `[]`, `[ ]`, ` { "k" : [ 1 , "a" ] } `, `{"k":"one","k":"two"}`,
	`{"\u006b":"escaped"}`, `{"k":"\u0040é😀\"\\\/\b\f\n\r\t"}`, `{"k":"\ud800\udc00 \ud83d \uDC00"}`, "{\"k\xff\":\"\xff\xc3\"}",
	"{\"k\":\"a\tb\"}", "{\"k\":\"\x00\"}", "{\"k\":\"\x7f\"}", `{"k":"\x"}`, `{"k":"\u12g4"}`, `{"k":"\u12`, `{"k":"\`,
	`{"a text of more than eight bytes":"and one that ends in a quote\""}`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{a:1}`,
	`0`, `-0`, `00`, `01`, `-`, `+1`, `1.`, `.1`, `1.5`, `1e5`, `1E+5`, `1e-5`, `1e`, `1e+`, `1e999`, `-1.5e-300x`, `123456789012345678901234567890`,
	`{"k":1e999,"x":"after"}`, `[1 2]`, `[] []`, `{}x`, `tru`, `truee`, `[nulll]`, `[[],[{}],"x",false,null, 3 ]`, "\ufeff{}", "[1]\x00",
	`{"k":{"k":{"k":["k",{"k":null}]}},"K":1}`, `{"":1}`, "\v[]", `'k'`, `{"k":NaN}`, `{"k":undefined}`, `/**/[]`,
}

// FuzzScan holds the reader to encoding/json: in what is JSON, and in what is in it.
func FuzzScan(f *testing.F) {
	for _, seed := range odd {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got, want := Valid(raw), json.Valid(raw); got != want {
			t.Fatalf("%q: valid %v, should be %v", raw, got, want)
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			fields = nil
		}
		if got := Fields(raw); (got == nil) != (fields == nil) || !maps.EqualFunc(got, fields, equal) {
			t.Fatalf("%q: fields %q, should be %q", raw, got, fields)
		}
		var values []json.RawMessage
		if json.Unmarshal(raw, &values) != nil {
			values = nil
		}
		if got := Array(raw, len(raw)); (got == nil) != (values == nil) || !slices.EqualFunc(got, values, equal) {
			t.Fatalf("%q: array %q, should be %q", raw, got, values)
		}
		if got := Array(raw, 2); len(got) > 2 {
			t.Fatalf("%q: array of %d", raw, len(got))
		}
		for _, value := range slices.Concat(values, slices.Collect(maps.Values(fields)), []json.RawMessage{raw}) {
			var s string
			if json.Unmarshal(value, &s) != nil {
				s = ""
			}
			if got := Text(value); got != s {
				t.Fatalf("%q: text %q, should be %q", value, got, s)
			}
		}
	})
}

func equal(a, b json.RawMessage) bool { return bytes.Equal(a, b) }

// To nest deeper than encoding/json allows is no JSON, and ends no program.
func TestDepth(t *testing.T) {
	for _, shape := range [][2]string{{"[", "]"}, {`{"k":`, "}"}, {`[{"k":`, "}]"}} {
		for _, depth := range []int{maxDepth / 2, maxDepth/2 + 1, maxDepth, maxDepth + 1, 1 << 20} {
			inside := "1"
			raw := []byte(strings.Repeat(shape[0], depth) + inside + strings.Repeat(shape[1], depth))
			if got, want := Valid(raw), json.Valid(raw); got != want {
				t.Errorf("%d times %s: valid %v", depth, shape[0], got)
			}
			if half := raw[:len(raw)/2]; Valid(half) {
				t.Errorf("half of %d times %s is valid", depth, shape[0])
			}
		}
	}
}

// BenchmarkScan reads an event beside encoding/json.
func BenchmarkScan(b *testing.B) {
	event := []byte(`{"content":{"entity":"@spammer:spam.example","reason":"spam","recommendation":"m.ban"},"event_id":"$` + strings.Repeat("x", 43) +
		`","origin_server_ts":1700000000000,"sender":"@mod:matrix.example","state_key":"rule:@spammer:spam.example","type":"m.policy.rule.user"}`)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(event)))
		for b.Loop() {
			Valid(event)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(event)))
		for b.Loop() {
			json.Valid(event)
		}
	})
}

// What is within quotes counts for nothing, and what is beyond the bounds is not looked at.
func TestMeasure(t *testing.T) {
	for raw, want := range map[string][2]int{
		``: {0, 0}, `1`: {0, 0}, `"[[,"`: {0, 0}, `"\"[,"`: {0, 0}, `"\\"`: {0, 0}, `{}`: {1, 0}, `{"a":[1,{"b":"}],["}]}`: {3, 1}, `[[],[],[]]`: {2, 2},
		`[[[[[[1]]]]]]`: {5, 0}, `[1,2,3,4,5,6,7,8]`: {1, 5}, `["a`: {1, 0}, `{"a\u0022,":"[,"}`: {1, 0},
	} {
		if depth, parts := Measure([]byte(raw), 4, 4); depth != want[0] || parts != want[1] {
			t.Errorf("%s: %d deep, %d parts", raw, depth, parts)
		}
	}
}
