package acl

import "testing"

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
