package protections

import (
	"strings"
	"testing"

	"forseti/protections/kit"
)

func TestEveryKindIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.Name] || k.Name == "" || k.Name != strings.ToLower(k.Name) || strings.ContainsAny(k.Name, " \t") {
			t.Errorf("the name %q", k.Name)
		}
		seen[k.Name] = true
		if k.Summary == "" || k.Details == "" || k.New == nil {
			t.Errorf("%s is not explained, or cannot be made", k.Name)
		}
		if found, ok := Find(strings.ToUpper(k.Name)); !ok || found.Name != k.Name {
			t.Errorf("%s is not found", k.Name)
		}
		for _, s := range k.Settings(kit.Standing{}, "") {
			if s.Value != s.Default || s.Doc == "" || strings.Contains(s.Doc, "|") {
				t.Errorf("%s: %+v", k.Name, s)
			}
			values, err := k.Set(nil, s.Name, s.Default)
			if err != nil || values[s.Name] != s.Default {
				t.Errorf("%s: the default of %s becomes %q: %v", k.Name, s.Name, values[s.Name], err)
			}
			if !strings.Contains(Reference(), "`"+s.Name+"`") {
				t.Errorf("%s: the reference lacks %s", k.Name, s.Name)
			}
		}
	}
	if _, ok := Find("nothing"); ok {
		t.Error("nothing is found")
	}
}
