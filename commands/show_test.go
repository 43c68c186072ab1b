package commands

import (
	"strings"
	"testing"

	"forseti/policy"
)

// A rule that can match nobody is shown as the mistake it is.
func TestRuleThatMatchesNobody(t *testing.T) {
	w := newWorld()
	w.rule("!theirs:else.example", policy.Server, "evil.example:8448")
	if got, want := run(t, w, "rules theirs").Markdown, "ban server `evil.example:8448` (matches nobody: a port is no part of a server's name): spam"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What reads as if it freed somebody, and does not, is shown as what it is.
func TestUnfollowedExemptions(t *testing.T) {
	for _, tt := range []struct {
		recommendation policy.Recommendation
		exempts        bool
		want           string
	}{
		{policy.Exempt, true, "exempt user `@a:calm.example`: spam"},
		{policy.Exempt, false, "exempt user `@a:calm.example` (not followed: this list may not exempt): spam"},
		{policy.Allow, true, "allow user `@a:calm.example` (not followed: Mjolnir makes an entry in an ACL's allow list of it): spam"},
	} {
		w := newWorld()
		w.rule("!theirs:else.example", policy.User, "@a:calm.example")
		w.rules[0].Recommendation = tt.recommendation
		for i := range w.lists {
			w.lists[i].Exempts = tt.exempts
		}
		if got := run(t, w, "rules theirs").Markdown; !strings.Contains(got, tt.want) {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
