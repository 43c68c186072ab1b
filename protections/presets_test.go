package protections

import (
	"slices"
	"strings"
	"testing"

	"forseti/protections/kit"
	"forseti/sanction"
)

// A new protection is to have its place in every preset, and a setting that was renamed
// or bounded anew is found here.
func TestPresetsSetEveryProtection(t *testing.T) {
	var rows []string
	for _, row := range presets() {
		if _, known := Find(row.protection); !known {
			t.Errorf("there is no protection %s", row.protection)
		}
		if slices.Contains(rows, row.protection) {
			t.Errorf("%s has two rows", row.protection)
		}
		rows = append(rows, row.protection)
	}
	for _, p := range Presets() {
		for _, k := range Kinds() {
			s, says := p.Of(k.Name)
			if !says {
				t.Errorf("%s says nothing of %s: it is a row in presets.go, with off() if it is not wanted", p.Name, k.Name)
				continue
			}
			for name, value := range s.Values {
				values, err := k.Set(nil, name, value)
				switch usual := defaultOf(k, name); {
				case err != nil:
					t.Errorf("%s: %s of %s: %v", p.Name, name, k.Name, err)
				case values[name] != value:
					t.Errorf("%s: %s of %s is %q, and is written %q", p.Name, name, k.Name, value, values[name])
				case value == usual:
					t.Errorf("%s: %s of %s is %q by default", p.Name, name, k.Name, value)
				}
			}
			if problems := k.Problems(s); len(problems) > 0 || len(s.Rooms) > 0 {
				t.Errorf("%s: %s: %v", p.Name, k.Name, problems)
			}
		}
	}
}

// What follows by itself goes up to a mute and a ban from the room; a rule in a list
// follows by the ladder alone, and there only for spam.
func TestPresetsKeepTheLimitsOfAutomation(t *testing.T) {
	for _, p := range Presets() {
		for _, k := range Kinds() {
			s, _ := p.Of(k.Name)
			for _, setting := range k.Settings(s, "") {
				switch setting.Name {
				case "consequence":
					c, err := sanction.ParseConsequence(setting.Value)
					if err != nil || c.Step >= sanction.ListBan {
						t.Errorf("%s: what follows %s is %s", p.Name, k.Name, setting.Value)
					}
				case "points", "brake", "brake-undone", "spare-moderators", "exempt-listed":
					if setting.Value != setting.Default {
						t.Errorf("%s: %s of %s is %s", p.Name, setting.Name, k.Name, setting.Value)
					}
				case "exempt-trust":
					if p.Name == Recommended && setting.Value != setting.Default {
						t.Errorf("%s: %s is hard on those who are %s", p.Name, k.Name, setting.Value)
					}
				}
			}
		}
	}
}

func TestFindPreset(t *testing.T) {
	for _, name := range []string{"public support", "Public-Support", " public  support ", "under_attack", "announcements"} {
		if _, ok := FindPreset(name); !ok {
			t.Errorf("%q is not found", name)
		}
	}
	for _, name := range []string{"", "publicsupport", "attack"} {
		if p, ok := FindPreset(name); ok {
			t.Errorf("%q is %s", name, p.Name)
		}
	}
	if Presets()[0].Name != Recommended {
		t.Error("the recommended preset is not the first")
	}
	for _, p := range Presets() {
		if p.Summary == "" || strings.ToLower(p.Name) != p.Name || strings.ContainsAny(p.Name, "-_") {
			t.Errorf("%+v", p)
		}
	}
}

func defaultOf(k kit.Kind, name string) string {
	for _, s := range k.Settings(kit.Standing{}, "") {
		if s.Name == name {
			return s.Default
		}
	}
	return ""
}
