package protections

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func TestEveryKindIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		p, err := k.New(nil)
		if err != nil {
			t.Fatalf("%s with its defaults: %v", k.Name, err)
		}
		if p.Name() != k.Name {
			t.Errorf("%s calls itself %s", k.Name, p.Name())
		}
		if seen[k.Name] || k.Name == "" || k.Name != strings.ToLower(k.Name) || strings.ContainsAny(k.Name, " \t") {
			t.Errorf("the name %q", k.Name)
		}
		seen[k.Name] = true
		if k.Summary == "" || k.Details == "" {
			t.Errorf("%s is not explained", k.Name)
		}
		if found, ok := Find(strings.ToUpper(k.Name)); !ok || found.Name != k.Name {
			t.Errorf("%s is not found", k.Name)
		}
		for _, s := range k.Settings(nil) {
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

func TestSet(t *testing.T) {
	k := flooding()
	for _, tc := range []struct{ name, value, want, wrong string }{
		{"messages", "20", "20", ""},
		{"Messages", " +020 ", "20", ""},
		{"messages", "1", "", "from 2 to 1000"},
		{"messages", "1001", "", "from 2 to 1000"},
		{"messages", "99999999999999999999", "", "whole number"},
		{"messages", "many", "", "whole number"},
		{"messages", "", "", "whole number"},
		{"within", "10s", "10s", ""},
		{"within", "1 M 30 S", "1m30s", ""},
		{"within", "60s", "1m", ""},
		{"within", "3600s", "1h", ""},
		{"within", "1.5s", "1.5s", ""},
		{"within", "10", "", "time with its unit"},
		{"within", "-5s", "", "from 1s to 1h"},
		{"within", "61m", "", "from 1s to 1h"},
		{"within", "1e300h", "", "from 1s to 1h"},
		{"speed", "10", "", "messages, within"},
		{strings.Repeat("x", 65536), strings.Repeat("y", 65536), "", "messages, within"},
		{"messages", strings.Repeat("9", 65536), "", "whole number"},
	} {
		got, err := k.Set(map[string]string{"other": "kept"}, tc.name, tc.value)
		if tc.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tc.wrong) || len(err.Error()) > 200 {
				t.Errorf("%.20s %.20s: error %v, want %q", tc.name, tc.value, err, tc.wrong)
			}
			continue
		}
		want := map[string]string{"other": "kept", strings.ToLower(tc.name): tc.want}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s %s: %v, %v", tc.name, tc.value, got, err)
		}
	}
}

func TestDefaultTakesASettingOut(t *testing.T) {
	k := flooding()
	old := map[string]string{"messages": "20", "within": "1m"}
	got, err := k.Set(old, "messages", "Default")
	if err != nil || !maps.Equal(got, map[string]string{"within": "1m"}) {
		t.Errorf("%v, %v", got, err)
	}
	if len(old) != 2 {
		t.Error("what was given has changed")
	}
}

func TestSettingsReachTheProtection(t *testing.T) {
	values := map[string]string{"messages": "20", "within": "1m", "of another version": "x"}
	p, err := flooding().New(values)
	if err != nil {
		t.Fatal(err)
	}
	if f := p.(*Flooding); f.messages != 20 || f.within != time.Minute {
		t.Errorf("%d in %s", f.messages, f.within)
	}
	if s := flooding().Settings(values)[1]; s.Value != "1m" || s.Default != "5s" {
		t.Errorf("%+v", s)
	}
	if _, err := flooding().New(map[string]string{"within": "soon"}); err == nil || !strings.Contains(err.Error(), "flooding: within takes") {
		t.Errorf("error %v", err)
	}
}
