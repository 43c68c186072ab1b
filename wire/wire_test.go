package wire

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrongTypesAreNothing(t *testing.T) {
	for _, wrong := range []string{``, `null`, `5`, `1e999`, `true`, `[]`, `[[]]`, `{}`, `{"a":1}`, `"`, `{`, `nul`, "\xff"} {
		raw := json.RawMessage(wrong)
		if s := Text(raw); s != "" {
			t.Errorf("Text(%s) = %q", wrong, s)
		}
		if got := Texts(raw, 9, 9); got != nil {
			t.Errorf("Texts(%s) = %q", wrong, got)
		}
		if n, ok := Integer(raw); ok && wrong != "5" {
			t.Errorf("Integer(%s) = %d", wrong, n)
		}
		if got := Fields(raw); len(got) > 0 && wrong != `{"a":1}` {
			t.Errorf("Fields(%s) = %v", wrong, got)
		}
		for _, o := range []Object{Read(raw), {}, Of(nil)} {
			n, ok := o.Integer("k")
			if o.Text("k") != "" || o.Texts("k", 9, 9) != nil || o.True("k") || o.Object("k").Text("k") != "" || n != 0 || ok {
				t.Errorf("%s has a key", wrong)
			}
		}
	}
}

func TestTexts(t *testing.T) {
	const raw = `{"k":["a",null,5,{},"","long","b","c"]}`
	for _, tt := range []struct {
		most, length int
		want         string
	}{{9, 9, "a,,long,b,c"}, {9, 1, "a,,b,c"}, {2, 9, "a,"}, {0, 9, ""}} {
		var decoded map[string]any
		if err := json.Unmarshal([]byte(raw), &decoded); err != nil {
			t.Fatal(err)
		}
		for _, o := range []Object{Read(json.RawMessage(raw)), Of(decoded)} {
			if got := strings.Join(o.Texts("k", tt.most, tt.length), ","); got != tt.want {
				t.Errorf("Texts(%d, %d) = %q, want %q", tt.most, tt.length, got, tt.want)
			}
		}
	}
}

func TestInteger(t *testing.T) {
	for raw, want := range map[string]int64{
		`5`: 5, `-5`: -5, `5.9`: 5, `"5"`: 5, `"5.9"`: 5, `1e3`: 1000, `9223372036854775807`: math.MaxInt64,
	} {
		if n, ok := Integer(json.RawMessage(raw)); !ok || n != want {
			t.Errorf("Integer(%s) = %d, %v", raw, n, ok)
		}
	}
	for _, raw := range []string{`9223372036854775808`, `-1e19`, `"NaN"`, `"inf"`, `"five"`, `""`, `1e400`} {
		if n, ok := Integer(json.RawMessage(raw)); ok {
			t.Errorf("Integer(%s) = %d", raw, n)
		}
	}
}

// FuzzObject holds reading single keys against decoding all of them.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"k":"@a:b"}`, `{"k":5}`, `{"K":"no","k":"yes"}`, `{"k":"one","k":"two"}`, `{"k":[1,"a",null,"b"]}`,
		`{"a":{"k":"inner"},"k":"outer"}`, `{"a":[",",{"}":"]"}],"k":"x\"y\\"}`, `{"k":"\u0040é😀"}`,
		` { "k" : "spaced" } `, `[]`, `"k"`, `{`, ``, `null`, `{"k":null}`, `{"\u006b":"escaped"}`, `{"k":true}`,
		`{"a":-1.5e9,"b":true,"k":"after"}`, "{\"k\":\"\xff\"}", `{"k":{"k":"deep"}}`, `{"k":"12"}`, `{"k":-7.5}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var decoded map[string]any
		if json.Unmarshal([]byte(raw), &decoded) != nil {
			decoded = nil
		}
		got, want := Content(json.RawMessage(raw), nil), Of(decoded)
		for range 2 {
			if g, w := got.Text("k"), want.Text("k"); g != w {
				t.Errorf("%q: %q, decoded %q", raw, g, w)
			}
			if g, w := got.Short("k", 3), want.Short("k", 3); g != w || len(g) > 3 {
				t.Errorf("%q: short %q, decoded %q", raw, g, w)
			}
			if g, w := got.Texts("k", 3, 5), want.Texts("k", 3, 5); !slices.Equal(g, w) {
				t.Errorf("%q: %q, decoded %q", raw, g, w)
			}
			if got.True("k") != want.True("k") {
				t.Errorf("%q: %v, decoded %v", raw, got.True("k"), want.True("k"))
			}
			n, ok := got.Integer("k")
			m, also := want.Integer("k")
			// Decoded, a number has been through a float64.
			if ok != also || ok && float64(n) != float64(m) {
				t.Errorf("%q: %d %v, decoded %d %v", raw, n, ok, m, also)
			}
			got, want = got.Object("k"), want.Object("k")
		}
	})
}

func FuzzClip(f *testing.F) {
	for _, seed := range []string{"", "abc", "aé😀z", "\xff\xfe\xfd\xfc\xfb", "😀😀"} {
		for most := range 6 {
			f.Add(seed, most)
		}
	}
	f.Fuzz(func(t *testing.T, s string, most int) {
		got := Clip(s, most)
		switch {
		case len(got) > max(most, 0) && got != s, !strings.HasPrefix(s, got):
			t.Errorf("Clip(%q, %d) = %q", s, most, got)
		case utf8.ValidString(s) && !utf8.ValidString(got):
			t.Errorf("Clip(%q, %d) cuts a character: %q", s, most, got)
		case len(s) > most && len(got)+utf8.UTFMax <= most:
			t.Errorf("Clip(%q, %d) = %q cuts too much", s, most, got)
		}
	})
}
