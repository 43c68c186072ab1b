package protections

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"forseti/protections/kit"
)

// A setting that is given what it cannot have says what it takes, in a sentence of a bounded
// length; nothing that is set already is lost by it; and what it does take is the same when it
// is written again.
func TestNoSettingTakesWhatItCannot(t *testing.T) {
	tried := append([]string{
		"", " ", "-1", "0", "1.5", "1e9", "99999999999999999999", "9999h", "-5s", "1ns", "NaN", "\x00", "\xff\xfe", "null", "[]", "{}", "<b>x</b>", "@room", "`x`", "/(/", "/((a{30}){30})/", "*",
		strings.Repeat("x", 70_000), strings.Repeat("a ", 20_000), strings.Repeat("/a/,", 5000), strings.Repeat("@a:b ", 3000), "\u202e\u200b", "none none", "yes no",
	}, candidates...)
	for _, kind := range Kinds() {
		refused := map[string]int{}
		for _, s := range kind.Settings(kit.Standing{}, "") {
			name := strings.Replace(s.Name, ".name", ".x", 1)
			before, err := kind.Set(nil, "exempt-users", "@kept:hs")
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range tried {
				kept := maps.Clone(before)
				after, err := kind.Set(before, name, value)
				if !maps.Equal(before, kept) {
					t.Fatalf("%s: to set %s changed %v", kind.Name, name, before)
				}
				if err != nil {
					refused[s.Name]++
					if said := err.Error(); after != nil || len(said) < 10 || len(said) > 700 || !utf8.ValidString(said) || !strings.Contains(said, strings.TrimSuffix(s.Name, ".name")) {
						t.Errorf("%s: %.40q for %s: %.900s", kind.Name, value, name, said)
					}
					continue
				}
				again, err := kind.Set(nil, name, after[name])
				if _, set := after[name]; set && (err != nil || again[name] != after[name]) {
					t.Errorf("%s: %.40q for %s becomes %.60q, and that %.60q: %v", kind.Name, value, name, after[name], again[name], err)
				}
				if name != "exempt-users" && after["exempt-users"] != "@kept:hs" {
					t.Errorf("%s: to set %s lost another setting", kind.Name, name)
				}
			}
			if refused[s.Name] == 0 {
				t.Errorf("%s of %s takes anything", s.Name, kind.Name)
			}
		}
	}
	if !slices.Contains(candidates, "yes") {
		t.Error("what is tried has nothing that fits")
	}
}
