package acl

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		glob, s string
		want    bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "a\nb", true}, {"?", "", false},
		{"?", "é", true}, {"??", "é", false}, {"a*b*c", "aXbXbXc", true}, {"a*b*c", "aXbX", false},
		{"*.evil.org", "evil.org", false}, {"*.evil.org", ".evil.org", true}, {"EVIL.*", "evil.org", true},
		{"evil.org", "evil.org.good.net", false}, {"[a]", "a", false}, {"**?**", "x", true},
		{strings.Repeat("a*", 200) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := match(tt.glob, tt.s); got != tt.want {
			t.Errorf("match(%.20q, %.20q) = %v", tt.glob, tt.s, got)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		wide, narrow string
		want         bool
	}{
		{"*", "*.evil.org", true}, {"*.org", "*.evil.org", true}, {"*.evil.org", "*.org", false},
		{"?.org", "*.org", false}, {"*.org", "?.org", true}, {"a.org", "?.org", false}, {"?.org", "a.org", true},
	} {
		if got := covers(tt.wide, tt.narrow); got != tt.want {
			t.Errorf("covers(%q, %q) = %v", tt.wide, tt.narrow, got)
		}
	}
}

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{"a**b": "a*b", "*?*?": "??*", "a.b": "a.b", "?*": "?*", "*?x*": "?*x*"} {
		if got := normal(in); got != want {
			t.Errorf("normal(%q) = %q, want %q", in, got, want)
		}
	}
}
